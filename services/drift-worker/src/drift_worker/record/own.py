"""The bundles of BUNDLE: those that this process was given, and what is wrong with the others."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bundle import Bundle, BundleError, open_bundle
from contract.keys import Partition

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OwnBundles:
    """What a process was given to work with."""

    bundles: tuple[Bundle, ...]
    """Those that can be read, one at least."""

    problems: tuple[str, ...]
    """What is wrong with each of the others, and what to do."""

    @property
    def partitions(self) -> tuple[Partition, ...]:
        """The model versions of the bundles."""
        return tuple(Partition(each.name, each.version) for each in self.bundles)


def open_own_bundles(paths: Sequence[Path]) -> OwnBundles:
    """Open the bundle in each folder; raises BundleError where none can be read."""
    bundles, problems = list[Bundle](), list[str]()
    for path in paths:
        try:
            bundles.append(open_bundle(path))
        except BundleError as error:
            problems.append(str(error))
    if not bundles:
        raise BundleError("; ".join(problems))
    return OwnBundles(tuple(bundles), tuple(problems))


def log_problems(own: OwnBundles) -> None:
    """Say which bundles can't be read; the others are used all the same."""
    for problem in own.problems:
        log.error("a bundle of BUNDLE is left out: %s", problem)
