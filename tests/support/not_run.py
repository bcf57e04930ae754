"""What `make test` did not run, and why, as the last lines that it prints."""

from collections.abc import Iterator
from typing import Final

import pytest

from tests.support.soak import IS_LONG

_SKIPPED: Final = "driftline/skipped"
"""Where the first run of `make test` leaves the reasons of its skipped tests for the second run."""


def print_not_run(terminalreporter: pytest.TerminalReporter) -> None:
    """Print one line for each thing that was not run.

    `make test` has two runs, of which the second runs the tests marked `alone` and speaks for both. A run of
    chosen tests prints only its skipped tests, and one of those that failed before prints nothing.
    """
    config = terminalreporter.config
    if config.getoption("lf"):
        return
    skipped, cache, marks = _skipped(terminalreporter), config.cache, config.getoption("markexpr")
    assert cache is not None
    if marks == "not alone":
        cache.set(_SKIPPED, skipped)
        return
    if marks == "alone":
        skipped = list(dict.fromkeys([*cache.get(_SKIPPED, []), *skipped]))
        cache.set(_SKIPPED, [])
    is_whole = config.args_source != pytest.Config.ArgsSource.ARGS
    for what in [*skipped, *(_left_out() if is_whole else ())]:
        terminalreporter.write_line(f"not run: {what}", yellow=True)


def _left_out() -> Iterator[str]:
    if not IS_LONG:
        yield "the long form of the fault tests; `make soak` runs it"
    yield "Jaeger; only its configuration is checked"


def _skipped(terminalreporter: pytest.TerminalReporter) -> list[str]:
    """Where tests were skipped, and the reason, each pair once."""
    found: dict[str, None] = {}
    for report in terminalreporter.getreports("skipped"):
        if isinstance(report.longrepr, tuple):
            file = report.nodeid.partition("::")[0]
            found[f"tests of {file}; {str(report.longrepr[2]).removeprefix('Skipped: ')}"] = None
    return list(found)
