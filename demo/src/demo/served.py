"""What BUNDLE names: folders, or versions in MLflow's registry."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from contract.settings import MlflowSettings
from registry import ModelReference, RegistryAccess, RegistryAwayError, RegistryCache, RegistryClient


@dataclass(frozen=True, slots=True)
class ServedBundles:
    """The names in BUNDLE, between its commas; none where the months' own bundle is served."""

    names: tuple[str, ...]

    @classmethod
    def of(cls, text: str | None) -> Self:
        """What BUNDLE says."""
        return cls(() if text is None else tuple(part.strip() for part in text.split(",")))

    @property
    def needs_registry(self) -> bool:
        """Whether any of them is in MLflow's registry."""
        return any(map(ModelReference.is_meant, self.names))

    def first_folder(self, settings: MlflowSettings, cache: Path) -> Path | None:
        """The folder of the first bundle, fetched where it is in the registry.

        Raises RegistryError, and BadSettingError where nothing says where MLflow is.
        """
        if not self.names or not ModelReference.is_meant(self.names[0]):
            return Path(self.names[0]) if self.names else None
        reference = ModelReference.parse(self.names[0])
        try:
            with RegistryClient(RegistryAccess.of(settings)) as client:
                return RegistryCache(cache, client).fetch(reference).path
        except RegistryAwayError as error:
            raise RegistryAwayError(
                f"{error}; MLFLOW=1 runs an MLflow server here, with the models that it had before"
            ) from error
