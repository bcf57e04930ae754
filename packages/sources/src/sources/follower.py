"""Follows a source: opens each bundle that it holds, once."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from bundle import BundleError
from sources.source import Edition, Source

Opened = TypeVar("Opened")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A source holds what can't be opened."""

    why: str
    """What is wrong, and what to do."""


class Follower(Generic[Opened]):
    """Tells of a source's bundle when it is another one than at the last look."""

    def __init__(self, source: Source, opening: Callable[[Edition], Opened]) -> None:
        """`opening` raises BundleError where the bundle in an edition's folder is not to be taken."""
        self.source = source
        self._opening = opening
        self._opened: Edition | None = None
        self._told: Hashable = None

    def look(self) -> Opened | Refusal | None:
        """Open what the source holds; None where that was told before, or changes right now."""
        try:
            edition = self.source.look()
        except BundleError as error:
            return self._news(str(error), Refusal(str(error)))
        if self._told == (edition,):
            return None
        found = self._open(edition)
        if isinstance(found, Refusal) and self.source.renew(edition):
            found = self._open(edition)
        if not self.source.holds(edition):
            return None
        return self._news((edition,), found)

    def before(self) -> Opened | None:
        """Open what was good last, in place of what the source holds now; None where that can't be done."""
        edition = self.source.confirmed()
        found = None if edition is None else self._open(edition)
        return None if isinstance(found, Refusal) else found

    def confirm(self) -> None:
        """Have the source take note that what was opened last is served."""
        if self._opened is not None:
            self.source.confirm(self._opened)

    def _open(self, edition: Edition) -> Opened | Refusal:
        try:
            found = self._opening(edition)
        except BundleError as error:
            return Refusal(str(error))
        self._opened = edition
        return found

    def _news(self, what: Hashable, found: Opened | Refusal) -> Opened | Refusal | None:
        told, self._told = self._told, what
        return None if told == what else found
