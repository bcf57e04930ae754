"""The bundles of BUNDLE and SHADOW: those that this process was given, and what is wrong with the others."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from bundle import Bundle, BundleError, open_bundle
from contract.keys import Partition
from contract.settings import SharedSettings
from registry import RegisteredVersion
from sources import Edition, Follower, Refusal, Source, configured_sources

END: Final = 2.0
"""Seconds that a look may still take when the process ends; then it is left."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OwnBundle:
    """A bundle that this process was given."""

    bundle: Bundle
    registered: RegisteredVersion | None
    """The version in MLflow's registry that it is; None of a folder."""

    @property
    def partition(self) -> Partition:
        """The model version."""
        return Partition(self.bundle.name, self.bundle.version)


class OwnBundles:
    """Follows the sources; where one holds a bad bundle, the one before counts."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._followers = [Follower(source, _open) for source in sources]
        self._found = dict[int, OwnBundle]()
        self._problems = dict[int, str]()
        self.interval = min(source.interval for source in sources)

    @property
    def found(self) -> tuple[OwnBundle, ...]:
        """What the sources hold, or held before they held something bad."""
        return tuple(self._found.values())

    @property
    def bundles(self) -> tuple[Bundle, ...]:
        """The bundles themselves."""
        return tuple(each.bundle for each in self.found)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with what the others hold, and what to do."""
        return tuple(self._problems.values())

    @property
    def partitions(self) -> tuple[Partition, ...]:
        """The model versions of the bundles."""
        return tuple(each.partition for each in self.found)

    def first(self) -> None:
        """Look at each source for the first time; one that changes just then is given some seconds."""
        for number, follower in enumerate(self._followers):
            self._take(number, follower.first())

    def look(self) -> list[str]:
        """Look at each source once; gives what is wrong with those that hold something bad now."""
        problems = list[str]()
        for number, follower in enumerate(self._followers):
            found = follower.look()
            self._take(number, found)
            if isinstance(found, Refusal):
                problems.append(found.why)
        return problems

    def look_and_say(self) -> None:
        """Look at each source once, and log which bundles can't be read."""
        log_problems(self.look())

    @contextmanager
    def following(self, look: Callable[[], None]) -> Iterator[None]:
        """Call `look` from time to time while the context lasts, in a thread, since MLflow may be slow.

        A look that is under way when the context ends is left: a download may last.
        """
        ended = threading.Event()
        thread = threading.Thread(target=self._follow, args=(look, ended), name="bundles", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(END)

    def _take(self, number: int, found: OwnBundle | Refusal | None) -> None:
        if isinstance(found, Refusal):
            self._problems[number] = found.why
        elif found is not None:
            self._found[number] = found
            self._problems.pop(number, None)

    def _follow(self, look: Callable[[], None], ended: threading.Event) -> None:
        said = None
        while not ended.wait(self.interval):
            try:
                look()
            except Exception as error:  # a defect, whichever it is: the next version has to come all the same
                if str(error) != said:
                    log.exception("the bundles of BUNDLE could not be followed, which is tried again")
                said = str(error)
            else:
                said = None


def own_sources(settings: SharedSettings) -> list[Source]:
    """Where the bundles come from: those of BUNDLE, and those of SHADOW; raises BadSettingError."""
    return [
        *configured_sources(settings, settings.bundles, "BUNDLE"),
        *configured_sources(settings, settings.shadows, "SHADOW"),
    ]


def open_own_bundles(sources: Sequence[Source]) -> OwnBundles:
    """Look at each source; raises BundleError where none holds a bundle that can be read."""
    own = OwnBundles(sources)
    own.first()
    if not own.bundles:
        raise BundleError("; ".join(own.problems))
    return own


def log_problems(problems: Sequence[str]) -> None:
    """Say which bundles can't be read; the others are used all the same."""
    for problem in problems:
        log.error("a bundle of BUNDLE is left out: %s", problem)


def _open(edition: Edition) -> OwnBundle:
    with edition.told():
        return OwnBundle(open_bundle(edition.path), edition.registered)
