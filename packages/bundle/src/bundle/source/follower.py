"""Follows a source: opens each bundle that it holds, once."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from bundle.errors import BundleError
from bundle.source.source import Source

Opened = TypeVar("Opened")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A source holds what can't be opened."""

    why: str
    """What is wrong, and what to do."""


class Follower(Generic[Opened]):
    """Tells of a source's bundle when it is another one than at the last look."""

    def __init__(self, source: Source, opening: Callable[[Path], Opened]) -> None:
        """`opening` raises BundleError where the bundle in a folder is not to be taken."""
        self.source = source
        self._opening = opening
        self._told: Hashable = None

    def look(self) -> Opened | Refusal | None:
        """Open what the source holds; None where that was told before, or changes right now."""
        try:
            edition = self.source.look()
        except BundleError as error:
            return self._news(str(error), Refusal(str(error)))
        if self._told == (edition,):
            return None
        try:
            found: Opened | Refusal = self._opening(edition.path)
        except BundleError as error:
            found = Refusal(str(error))
        if not self.source.holds(edition):
            return None
        return self._news((edition,), found)

    def _news(self, what: Hashable, found: Opened | Refusal) -> Opened | Refusal | None:
        told, self._told = self._told, what
        return None if told == what else found
