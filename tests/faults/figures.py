"""The figures of tests that break something: collected by each, printed when the run ends."""

from dataclasses import dataclass, field

import pytest


@dataclass
class Figures:
    """A row of numbers per test."""

    rows: list[tuple[str, dict[str, int]]] = field(default_factory=list)

    def add(self, test: str, **numbers: int) -> None:
        """Note what a test did and found."""
        self.rows.append((test, numbers))


_KEY = pytest.StashKey[Figures]()


def figures_of(config: pytest.Config) -> Figures:
    """Where the tests of a run put their figures."""
    return config.stash.setdefault(_KEY, Figures())


def print_figures(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures, a line per test, unless that was done."""
    figures = figures_of(config)
    if figures.rows:
        terminalreporter.section("faults: figures")
    for test, numbers in figures.rows:
        terminalreporter.write_line(f"{test}: " + ", ".join(f"{name} {n}" for name, n in numbers.items()))
    figures.rows.clear()
