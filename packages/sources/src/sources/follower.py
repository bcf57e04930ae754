"""Follows a source: opens each bundle that it holds, once, and again only what was not taken."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from time import monotonic, sleep
from typing import Final, Generic, TypeVar

from bundle import BundleError
from sources.source import Edition, Source

STANDS_STILL: Final = 10.0
"""Seconds for which the start of a process waits for a bundle that is being written."""

PAUSE: Final = 1.0
"""Seconds from one look to the next meanwhile."""

OPENED_AGAIN: Final = 60.0
"""Seconds after which what was refused is opened again: the reason may have been this machine's, and pass."""

Opened = TypeVar("Opened")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A source holds what can't be opened."""

    why: str
    """What is wrong, and what to do."""


class Follower(Generic[Opened]):
    """Tells of a source's bundle when it is another one than at the last look."""

    def __init__(
        self, source: Source, opening: Callable[[Edition], Opened], opened_again: float = OPENED_AGAIN
    ) -> None:
        """`opening` raises BundleError where the bundle in an edition's folder is not to be taken.

        What was refused is opened again after `opened_again` seconds.
        """
        self.source = source
        self._opening = opening
        self._opened_again = opened_again
        self._told: Edition | None = None
        self._refusal: Refusal | None = None
        self._again_at = inf
        self._opened: Edition | None = None

    def first(self, patience: float = STANDS_STILL, pause: float = PAUSE) -> Opened | Refusal:
        """Look for the first time, and again while the source changes, for so many seconds of patience.

        Later looks go on where this one has to end with a refusal.
        """
        until = monotonic() + patience
        while (found := self.look()) is None:
            if monotonic() > until:
                why = f"{self.source}: the bundle changed each time that it was opened, for {patience:g} s"
                return Refusal(self.source.problem or why)
            sleep(pause)
        return found

    def look(self) -> Opened | Refusal | None:
        """Open what the source holds; None where that was told before, or changes right now."""
        try:
            edition = self.source.look()
        except BundleError as error:
            return self._news(None, Refusal(str(error)))
        if edition == self._told and monotonic() < self._again_at:
            return None
        found = self._open(edition)
        if isinstance(found, Refusal) and self.source.renew(edition):
            found = self._open(edition)
        if not self.source.holds(edition):
            return None
        return self._news(edition, found)

    def tell_again(self, *, soon: bool = False) -> None:
        """Have what was told be told once more, since it was not taken: at the next look, or later."""
        self._refusal = None
        self._again_at = monotonic() + (0.0 if soon else self._opened_again)

    def before(self) -> Opened | None:
        """Open what was good last, in place of what the source holds now; None where that can't be done."""
        edition = self.source.confirmed()
        found = None if edition is None else self._open(edition)
        return None if isinstance(found, Refusal) else found

    def confirm(self) -> None:
        """Have the source take note that what was told last is served."""
        if self._opened is not None:
            self.source.confirm(self._opened)

    def _open(self, edition: Edition) -> Opened | Refusal:
        try:
            return self._opening(edition)
        except BundleError as error:
            return Refusal(str(error))

    def _news(self, edition: Edition | None, found: Opened | Refusal) -> Opened | Refusal | None:
        """What was found, unless it is refused for the reason that was told before."""
        before = (self._told, self._refusal)
        self._told, self._refusal = edition, found if isinstance(found, Refusal) else None
        if self._refusal is None:
            self._opened, self._again_at = edition, inf
            return found
        self._again_at = monotonic() + self._opened_again
        return None if before == (self._told, self._refusal) else found
