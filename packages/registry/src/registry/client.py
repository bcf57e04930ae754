"""MLflow's registry: which version a name means, its files, and what is written there."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from pydantic import ValidationError

from registry.access import RegistryAccess
from registry.errors import BadArtifactsError, RefusedByRegistryError, UnknownModelError
from registry.reference import ModelReference
from registry.rest.artifacts import Artifacts
from registry.rest.http import MlflowHttp
from registry.rest.runs import Runs
from registry.version import RegisteredVersion

BUNDLE: Final = "bundle"
"""The folder among a version's files that holds the bundle."""

PAGE: Final = "200"


class RegistryClient:
    """One MLflow server. Threads may share it; a process makes its own. Each method raises RegistryError."""

    def __init__(self, access: RegistryAccess) -> None:
        self.http = MlflowHttp(access)
        self.artifacts = Artifacts(self.http)
        self.runs = Runs(self.http)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self.http.close()

    @property
    def uri(self) -> str:
        """Where the server is."""
        return self.http.uri

    def resolve(self, reference: ModelReference) -> RegisteredVersion:
        """The version that a reference means now; raises UnknownModelError, which says what there is."""
        if reference.alias is None:
            asked = ("model-versions/get", {"version": str(reference.version)})
        else:
            asked = ("registered-models/alias", {"alias": reference.alias})
        try:
            answer = self.http.get(asked[0], name=reference.name, **asked[1])
        except (UnknownModelError, RefusedByRegistryError) as error:
            raise self._unknown(reference) from error
        version = self._version(answer.get("model_version"))
        if version.status != "READY":
            raise UnknownModelError(f"{reference}: {version} isn't ready, but {version.status}")
        return version

    def versions(self, name: str) -> list[RegisteredVersion]:
        """Every version of a model, oldest first; raises UnknownModelError where there is no such model."""
        self.aliases(name)
        quoted = name.replace("'", "''")
        asked = {"filter": f"name='{quoted}'", "max_results": PAGE}
        found: list[RegisteredVersion] = []
        while True:
            answer = self.http.get("model-versions/search", **asked)
            found += map(self._version, self.http.items(answer, "model_versions"))
            if not answer.get("next_page_token"):
                return sorted(found, key=lambda each: each.version)
            asked["page_token"] = str(answer["next_page_token"])

    def aliases(self, name: str) -> dict[str, int]:
        """The version of each of a model's aliases; raises UnknownModelError where there is no such model."""
        text, found = self.http.text, dict[str, int]()
        for each in self._listed(name, "aliases"):
            alias, version = text(each, "alias"), text(each, "version")
            if not version.isdecimal():
                raise self.http.strange(f"alias {alias!r} means version {version!r}")
            found[alias] = int(version)
        return found

    def tags(self, name: str) -> dict[str, str]:
        """The tags of a model; raises UnknownModelError where there is no such model."""
        text = self.http.text
        return {text(each, "key"): text(each, "value") for each in self._listed(name, "tags")}

    def set_tag(self, name: str, key: str, value: str) -> None:
        """Set a tag of a model."""
        self.http.post("registered-models/set-tag", name=name, key=key, value=value)

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Let an alias mean a version, whatever it meant before."""
        self.http.post("registered-models/alias", name=name, alias=alias, version=str(version))

    def create_model(self, name: str) -> None:
        """Register a model without versions, unless there is one of that name."""
        try:
            self.aliases(name)
        except UnknownModelError:
            self.http.post("registered-models/create", name=name)

    def create_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: Mapping[str, str] | None = None,
        description: str = "",
    ) -> RegisteredVersion:
        """Register what lies at a run's `source` (`mlflow-artifacts:/…`) as the model's next version."""
        fields: dict[str, Any] = {"name": name, "source": source, "description": description}
        fields |= {"run_id": run_id} if run_id else {}
        fields["tags"] = [{"key": key, "value": value} for key, value in (tags or {}).items()]
        return self._version(self.http.post("model-versions/create", **fields).get("model_version"))

    def location(self, version: RegisteredVersion) -> str:
        """Where a version's files are; raises BadArtifactsError unless MLflow serves them itself."""
        answer = self.http.get(
            "model-versions/get-download-uri", name=version.name, version=str(version.version)
        )
        return self.http.text(answer, "artifact_uri")

    def download(self, version: RegisteredVersion, folder: Path, part: str = BUNDLE) -> None:
        """Write the files below `part` of a version's files into a folder; all of them with `part=""`.

        Raises BadArtifactsError where there are none, or where they are not to be taken.
        """
        location = self.location(version)
        if not self.artifacts.download(location, part, folder):
            there = ", ".join(each.name for each in self.artifacts.list(location)) or "nothing"
            raise BadArtifactsError(
                f"{version} in MLflow has no folder {part!r}, but {there}; `training register` puts a bundle "
                "there, and `training import` makes one of a model that others have registered"
            )

    def _listed(self, name: str, what: str) -> list[Any]:
        """A list in what MLflow tells of a model."""
        answer = self.http.get("registered-models/get", name=name)
        return self.http.items(self.http.object(answer, "registered_model"), what)

    def _unknown(self, reference: ModelReference) -> UnknownModelError:
        """The error for a reference that means nothing, with what there is instead."""
        try:
            aliases = self.aliases(reference.name)
        except UnknownModelError:
            return UnknownModelError(f"{reference}: MLflow at {self.uri} has no model {reference.name!r}")
        if reference.alias is not None:
            there = ", ".join(sorted(aliases)) or "none"
            return UnknownModelError(
                f"{reference}: {reference.name} has no alias {reference.alias!r}; its aliases are: {there}"
            )
        newest = max((each.version for each in self.versions(reference.name)), default="none")
        return UnknownModelError(
            f"{reference}: {reference.name} has no version {reference.version}; its newest is {newest}"
        )

    def _version(self, found: Any) -> RegisteredVersion:
        try:
            return RegisteredVersion.model_validate(found)
        except ValidationError as error:
            raise self.http.strange(f"{found!r} is no model version") from error
