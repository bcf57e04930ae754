"""Versions that take over from each other under load, and what clients had of it."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from bundle import Bundle
from registry import RegisteredVersion, RegistryClient
from tests.support.http.constant_load import Load
from tests.support.waiting import wait_for

TAKEOVERS = 5
"""So many are judged by the middle one: a disk halts any second of such a load for a moment."""

NOISE = 0.005
"""Seconds by which the middle one of so many differs from one run to the next."""

QUIET = 4.0
"""Seconds before each."""

LIMIT = 10.0
"""Seconds within which each process serves what an alias means."""


@dataclass(frozen=True, slots=True)
class Takeover:
    """One takeover."""

    before: Load
    """What was asked in the seconds before the alias moved."""
    meanwhile: Load
    """What was asked from then on until no other version answered."""
    seconds: float
    """How long that took."""


@dataclass(frozen=True, slots=True)
class Takeovers:
    """Takeovers of one run."""

    each: Sequence[Takeover]

    @property
    def before(self) -> float:
        """Seconds that the slowest hundredth took before a takeover, in the middle one."""
        return statistics.median(each.before.percentile(0.99) for each in self.each)

    @property
    def meanwhile(self) -> float:
        """Seconds that the slowest hundredth took during a takeover, in the middle one."""
        return statistics.median(each.meanwhile.percentile(0.99) for each in self.each)

    @property
    def slowest(self) -> float:
        """Seconds from the move of the alias to the last answer of another version, at most."""
        return max(each.seconds for each in self.each)

    def figures(self, load: Load, rate: float) -> dict[str, int]:
        """What is told of them."""
        return {
            "requests_a_second": int(rate),
            "requests": len(load.asked),
            "failed": load.unanswered,
            "slowest_ms": int(self.slowest * 1e3),
            "longest_answer_ms": int(1e3 * max(each.meanwhile.percentile(1.0) for each in self.each)),
            "p99_before_us": int(self.before * 1e6),
            "p99_meanwhile_us": int(self.meanwhile * 1e6),
        }


def take_turns(
    client: RegistryClient, versions: Sequence[tuple[RegisteredVersion, Bundle]], load: Load, rate: float
) -> Takeovers:
    """Move the alias `champion` from version to version; each time the version alone answers in the end."""
    return Takeovers(
        [
            _taken_over(client, registered, bundle.version, load, rate)
            for registered, bundle in islice(cycle(versions), TAKEOVERS)
        ]
    )


def seconds_until_answered_by(load: Load, version: str, rate: float, began: float) -> float:
    """How long after a moment another version still answered; it is over when a second went without one.

    The load alone tells: to ask predict meanwhile would slow its client.
    """
    wait_for(
        f"{version} to serve",
        lambda: load.since(began).is_answered_by(version, int(rate)),
        timeout=2 * LIMIT,
        interval=0.5,
    )
    late = [each.answered for each in load.since(began).asked if each.version != version]
    return max(late, default=began) - began


def _taken_over(
    client: RegistryClient, to: RegisteredVersion, version: str, load: Load, rate: float
) -> Takeover:
    """Move an alias after some quiet seconds, and wait until the version alone answers."""
    quiet = time.monotonic()
    wait_for("some quiet seconds", load.goes_on(QUIET * rate), timeout=60)
    moved = time.monotonic()
    client.set_alias(to.name, "champion", to.version)
    seconds = seconds_until_answered_by(load, version, rate, moved)
    before = Load([each for each in load.since(quiet).asked if each.sent < moved])
    meanwhile = Load([each for each in load.since(moved).asked if each.sent <= moved + seconds])
    return Takeover(before, meanwhile, seconds)
