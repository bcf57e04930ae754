"""A source of bundles, whatever it is: what it holds now, and how often it is worth to look."""

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from registry import RegisteredVersion


@dataclass(frozen=True, slots=True)
class Edition:
    """What a source holds at one time."""

    path: Path
    """The bundle's folder."""

    mark: Hashable
    """Differs where the content may differ."""

    registered: RegisteredVersion | None = None
    """The version in MLflow's registry that it is; None of a folder."""


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
