"""Traffic for a stack, and the account of what came of it."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.scenario.scenarios import Scenario
from simulator.traffic.options import ReplayOptions
from simulator.traffic.replay import replay
from tests.support.processes import program
from tests.support.stack.project import Stack
from tests.support.waiting import wait_for

RATE = 40
"""Rows per second: enough to be under way at any moment, little enough for a busy machine."""


def send(
    url: str,
    month: Path,
    rows: int | None = None,
    *,
    concurrency: int = 1,
    scenario: Scenario | None = None,
) -> None:
    """Send the first rows of a month, all of which have to be answered with a prediction."""
    options = ReplayOptions(data=month, url=url, limit=rows, concurrency=concurrency, scenario=scenario)
    result = asyncio.run(replay(options))
    assert result.complete, f"{result.refused} {result.failed} {result.first_problem}"


def send_labels(url: str, month: Path) -> None:
    """Send the labels of a month, all of which have to be taken."""
    command = [Path(sys.executable).parent / "simulator", "labels", month, "--url", url, "--json"]
    counts = json.loads(program.run(command, stdout=subprocess.PIPE, check=True).stdout)
    assert counts["taken"] == counts["labels"], counts


@dataclass
class Traffic:
    """A replay that goes on by itself; `result` is there once it was ended."""

    ids_file: Path
    result: dict[str, Any] = field(default_factory=dict)

    def answered(self) -> list[str]:
        """The prediction ids of the answers so far."""
        return self.ids_file.read_text().split() if self.ids_file.exists() else []

    def goes_on(self, answers: int = RATE) -> None:
        """Wait until so many more answers came than there were."""
        before = len(self.answered())
        wait_for("answers to come in", lambda: len(self.answered()) > before + answers, timeout=60)


@contextmanager
def traffic(url: str, month: Path, folder: Path) -> Iterator[Traffic]:
    """A replay at a constant rate for as long as the context is open, whatever happens to the service."""
    under_way = Traffic(folder / "ids.txt")
    command: list[str | Path] = [Path(sys.executable).parent / "simulator", "replay", month, "--url", url]
    command += ["--rate", str(RATE), "--timeout", "10", "--ids", under_way.ids_file, "--json"]
    process = program.start(command, stdout=subprocess.PIPE, text=True)
    try:
        under_way.goes_on()
        yield under_way
    finally:
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=60)
    under_way.result = json.loads(printed)


@dataclass(frozen=True)
class Account:
    """What is in the evaluated windows once nothing waits any more."""

    logged: list[str]
    """Prediction ids in the order of the stream."""

    lost: int
    duplicated: int


def account_of(stack: Stack, answered: list[str]) -> Account:
    """Let every window be evaluated, and look for the answered predictions."""
    stack.settle()
    logged = stack.logged_ids()
    return Account(logged, len(set(answered) - set(logged)), len(logged) - len(set(logged)))


def assert_accounted_for(stack: Stack, answered: list[str]) -> None:
    """Every answered prediction is in one evaluated window, none is in two, and the ledger balances."""
    assert answered
    assert_balanced(stack, account_of(stack, answered))


def assert_balanced(stack: Stack, account: Account) -> None:
    """Nothing is missing or twice, and the ledger says the same."""
    assert (account.lost, account.duplicated) == (0, 0)
    ledger = stack.ledger()
    assert ledger["balanced"], ledger["differences"]
    assert ledger["evaluated"] == len(account.logged)


def assert_recomputations_are_equal(stack: Stack, windows: Collection[str]) -> None:
    """Evaluations are those that an undisturbed run gives of the same rows, to the last bit."""
    recomputed = stack.worker("recompute", *windows) if windows else []
    assert [each["differences"] for each in recomputed if not each["equal"]] == []
