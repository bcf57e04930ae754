"""The figures of the fault tests: collected by each, printed when the run ends."""

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


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    """Where tests put their figures."""
    return pytestconfig.stash.setdefault(_KEY, Figures())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures, a line per test."""
    collected = config.stash.get(_KEY, Figures())
    if collected.rows:
        terminalreporter.section("faults: figures")
    for test, numbers in collected.rows:
        terminalreporter.write_line(f"{test}: " + ", ".join(f"{name} {n}" for name, n in numbers.items()))
