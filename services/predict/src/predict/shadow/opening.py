"""The bundles of SHADOW opened, and what makes one no shadow of the model that is served."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bundle import Bundle, open_bundle
from contract.task import class_text
from sources import Edition, Follower, Refusal, Source


@dataclass(frozen=True, slots=True)
class UnreadableShadow:
    """A bundle of SHADOW that can't be read."""

    model: str
    """The model that it shadows: as it says itself, else as it said before, else like its source."""

    why: str
    """What is wrong with the bundle, and what to do."""


Candidate = Bundle | UnreadableShadow
"""What may be a shadow: a bundle that can be read, whose model its own process opens, or one that can't."""


class Candidates:
    """Follows the sources of SHADOW."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._followers = [Follower(source, _open) for source in sources]
        self._found = dict[int, Candidate]()
        self.interval: Final = min((source.interval for source in sources), default=None)
        """Seconds from one look to the next; None where there is nothing to look at."""

    @property
    def found(self) -> list[Candidate]:
        """What the sources hold, in their order."""
        return [self._found[number] for number in sorted(self._found)]

    def look(self) -> set[str]:
        """Look at each source once; gives the models whose candidates have changed. Blocks meanwhile."""
        changed = set[str]()
        for number, follower in enumerate(self._followers):
            found = follower.look()
            if found is None:
                continue
            before = self._found.get(number)
            self._found[number] = _candidate(follower.source, found, before)
            changed |= {model_of(each) for each in (before, self._found[number]) if each is not None}
        return changed


def model_of(candidate: Candidate) -> str:
    """The name of the model that it shadows."""
    return candidate.name if isinstance(candidate, Bundle) else candidate.model


def misfit(served: Bundle, shadow: Bundle) -> str | None:
    """Why no row that is answered by the one could be scored by the other; None where it could."""
    one, other = served.metadata, shadow.metadata
    if one.task != other.task:
        return f"it is {other.task}, but {served.name} {served.version}, which is served, is {one.task}"
    if one.classes != other.classes:
        own, theirs = (", ".join(map(class_text, each.classes)) for each in (other, one))
        return f"its classes are {own}, but {served.name} {served.version}, which is served, has {theirs}"
    lacking = [name for name in shadow.schema.feature_names if name not in served.schema.feature_names]
    if lacking:
        return f"it needs {', '.join(lacking)}, which requests to {served.name} {served.version} lack"
    return None


def _open(edition: Edition) -> Bundle:
    with edition.told():
        return open_bundle(edition.path)


def _candidate(source: Source, found: Bundle | Refusal, before: Candidate | None) -> Candidate:
    """One that can't be read shadows the model that it says, else the one that it shadowed before."""
    if isinstance(found, Bundle):
        return found
    likely = source.short_name if before is None else model_of(before)
    return UnreadableShadow(source.told_name() or likely, found.why)
