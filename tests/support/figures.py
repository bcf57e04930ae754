"""The figures of tests that break something: kept with each test's report, printed when the run ends."""

from typing import Final

import pytest

_PROPERTY: Final = "figures"


class Figures:
    """What a test did and found, as lines of numbers."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item

    def add(self, what: str, **numbers: int) -> None:
        """Note a line."""
        line = f"{what}: " + ", ".join(f"{name} {number}" for name, number in numbers.items())
        self._item.user_properties.append((_PROPERTY, line))


def print_figures(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures of every test, also of one that another process ran."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    lines = [
        str(value)
        for report in reports
        if report.when == "call"
        for name, value in report.user_properties
        if name == _PROPERTY
    ]
    if lines:
        terminalreporter.section("figures")
    for line in lines:
        terminalreporter.write_line(line)
