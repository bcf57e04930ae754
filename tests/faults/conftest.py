"""The figures of the fault tests."""

import pytest

from tests.faults.figures import Figures, figures_of, print_figures


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    """Where tests put their figures."""
    return figures_of(pytestconfig)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures, a line per test."""
    print_figures(terminalreporter, config)
