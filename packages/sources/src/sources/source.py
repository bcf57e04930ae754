"""A source of bundles, whatever it is: what it holds now, and how often it is worth to look."""

import shlex
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bundle import BUILD_ANEW, BundleError
from registry import ModelReference, RegisteredVersion


@dataclass(frozen=True, slots=True)
class Edition:
    """What a source holds at one time."""

    path: Path
    """The bundle's folder."""

    mark: Hashable
    """Differs where the content may differ."""

    registered: RegisteredVersion | None = None
    """The version in MLflow's registry that it is; None of a folder."""

    reference: ModelReference | None = None
    """What means that version; None of a folder."""

    @contextmanager
    def told(self) -> Iterator[None]:
        """Have a BundleError about this edition tell of it as its users know it, and what they can do."""
        try:
            yield
        except BundleError as error:
            if self.reference is None or self.registered is None:
                raise
            why = str(error).removeprefix(f"{self.path}: ").replace(f"{self.path}/", "")
            raise BundleError(
                f"{_meaning(self.reference, self.registered)} can't be used: {why.removesuffix(BUILD_ANEW)}; "
                f"register it again, or {_way_out(self.reference)}"
            ) from error


class Source(Protocol):
    """A place that holds one bundle, and later maybe another one."""

    @property
    def interval(self) -> float:
        """Seconds from one look to the next."""
        ...

    @property
    def short_name(self) -> str:
        """What the model may be called while its bundle doesn't say it."""
        ...

    @property
    def problem(self) -> str | None:
        """Why it isn't known what the source holds now; None where it is."""
        ...

    def told_name(self) -> str | None:
        """The model's name, if the source says it although its bundle may be damaged."""
        ...

    def look(self) -> Edition:
        """What the source holds; raises BundleError where it holds nothing that could be opened."""
        ...

    def holds(self, edition: Edition) -> bool:
        """Whether the edition is still there, as it was."""
        ...

    def renew(self, edition: Edition) -> bool:
        """Get an edition again that could not be opened; whether there is reason to open it once more."""
        ...

    def confirm(self, edition: Edition) -> None:
        """Take note that an edition is served."""
        ...

    def confirmed(self) -> Edition | None:
        """The edition that was served last, in place of a bad one; None where the source keeps none."""
        ...


def _meaning(reference: ModelReference, registered: RegisteredVersion) -> str:
    if reference.alias is None:
        return str(reference)
    return f"{reference} means version {registered.version}, which"


def _way_out(reference: ModelReference) -> str:
    if reference.alias is None:
        return "name another version"
    option = "" if reference.alias == "champion" else f" --alias {shlex.quote(reference.alias)}"
    return f"go back with `training rollback {shlex.quote(reference.name)}{option}`"
