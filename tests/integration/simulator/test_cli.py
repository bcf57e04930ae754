"""The command line: exit codes, what goes to stdout and stderr, and Ctrl-C."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web
from typer.testing import CliRunner

from simulator.cli.app import app
from tests.support.http.counterpart import Counterpart, csv_of, predicted, served
from tests.support.processes import program
from tests.support.waiting import wait_for

PROGRAM = str(Path(sys.executable).parent / "simulator")


@pytest.fixture
def service() -> Iterator[Counterpart]:
    """A service that answers every row."""
    with served(Counterpart()) as counterpart:
        yield counterpart


@pytest.fixture
def month(tmp_path: Path) -> Path:
    """A table of 200 rows."""
    path = tmp_path / "month.csv"
    path.write_text(csv_of(200))
    return path


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The program to its end, not on a terminal."""
    return program.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_a_replay_ends_with_its_counts(service: Counterpart, month: Path) -> None:
    """All answered: the summary on stdout, nothing on stderr, exit code 0."""
    done = run("replay", month, "--url", service.url, "--concurrency", "4")
    assert (done.returncode, done.stderr) == (0, "")
    assert "answered  200" in done.stdout
    assert "latency   p50 " in done.stdout


def test_json_is_one_document_on_stdout(service: Counterpart, month: Path) -> None:
    """A program can read the whole of stdout as JSON; a refused row makes the exit code 1."""

    async def answer(number: int, request: web.Request) -> web.StreamResponse:
        return web.Response(status=422) if number == 3 else await predicted(number, request)

    service.answer = answer
    done = run("replay", month, "--url", service.url, "--json", "--scenario", "missing", "--strength", "1")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["answered"] == 199
    assert document["refused"] == {"422": 1}
    assert service.documents[199]["features"]["tv"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--strength", "1"], "add --scenario"),
        (["--scenario", "shift", "--strength", "0"], "strength of a shift"),
        (["--rate", "0"], "the rate is a number of rows per second above 0; got 0"),
        (["--scenario", "drought"], "drought"),
        (["--url", "localhost:8000"], "address is one like http://127.0.0.1:8000"),
    ],
)
def test_bad_usage_is_one_message_and_exit_code_2(month: Path, arguments: list[str], message: str) -> None:
    """Nothing on stdout, no traceback, and what to change on stderr."""
    done = CliRunner().invoke(app, ["replay", str(month), *arguments])
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_data_that_are_not_there_are_named(service: Counterpart, tmp_path: Path) -> None:
    """A missing folder is bad input."""
    done = run("replay", tmp_path / "month_009", "--url", service.url)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"simulator: {tmp_path / 'month_009'}: there is no such file or folder")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_replay_ends_with_the_counts_so_far(
    service: Counterpart, month: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """Ctrl-C and a container's stop print what was sent and answered; the exit code is 130."""
    ids = tmp_path / "ids.txt"
    command: list[str | Path] = [
        PROGRAM,
        "replay",
        month,
        "--url",
        service.url,
        "--rate",
        "20",
        "--json",
        "--ids",
        ids,
    ]
    with program.start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for("the third row", lambda: len(service.documents) >= 3)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr) == (130, "")
    document = json.loads(stdout)
    assert document["interrupted"]
    assert document["answered"] == document["sent"] == len(service.documents) < 200
    assert len(ids.read_text().splitlines()) == document["answered"]


def test_an_interrupt_before_the_first_row_ends_at_once(month: Path) -> None:
    """A service that takes a connection and never answers doesn't hold Ctrl-C up."""
    with served(Counterpart(hangs=True)) as counterpart:
        command: list[str | Path] = [PROGRAM, "replay", month, "--url", counterpart.url]
        with program.start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            wait_for("the question whether it is ready", lambda: counterpart.asked)
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=10)
    assert (process.returncode, stdout) == (130, "")
    assert stderr == "simulator: interrupted before the first row\n"


def test_a_terminal_shows_progress(service: Counterpart, month: Path) -> None:
    """On a terminal stderr has a bar with the rows so far and their rate; stdout stays as it is."""
    ours, theirs = pty.openpty()
    command: list[str | Path] = [PROGRAM, "replay", month, "--url", service.url, "--rate", "300"]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    with program.start(command, stdout=subprocess.PIPE, stderr=theirs, text=True, env=environment) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:  # how Linux says that the terminal's other end is closed
            pass
        stdout, _ = process.communicate(timeout=20)
    os.close(ours)
    assert process.returncode == 0
    assert "/200" in shown.decode()
    assert "/s" in shown.decode()
    assert stdout.startswith("model     churn")
