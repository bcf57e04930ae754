"""The demo shows the whole pipeline, ends, and leaves nothing behind."""

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sklearn.datasets import load_breast_cancer

from tests.conftest import ROOT
from tests.waiting import wait_for

PROGRAMS = Path(sys.executable).parent
DECISION = re.compile(r"^\[Evidently\] report_html=(\S+) report_json=(\S+) drift_share=(\S+) -> (\w+) ")


def processes_in(folder: Path) -> list[str]:
    """The command lines of processes whose environment names the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that has what the demo reads of a checkout."""
    for name in ("bundles", "data"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def start(checkout: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start the demo in the checkout."""
    return subprocess.Popen(
        [PROGRAMS / "demo", *arguments],
        cwd=checkout,
        env={**os.environ, "DEMO_TEST": str(checkout)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def no_process_left(checkout: Path) -> Iterator[None]:
    """Whatever a demo did, all of its processes are gone."""
    yield
    assert processes_in(checkout) == []


@pytest.mark.usefixtures("no_process_left")
def test_the_demo_replays_both_months_and_decides_each_window(checkout: Path) -> None:
    """Windows of month_001 are NO_ACTION, those of month_002 RETRAINING_TRIGGERED; the ledger is balanced."""
    demo = start(checkout, "run")
    output, _ = demo.communicate(timeout=280)
    assert demo.returncode == 0, output
    decisions = [match for line in output.splitlines() if (match := DECISION.match(line))]
    assert [match[4] for match in decisions[:7]] == ["NO_ACTION"] * 7
    assert [match[4] for match in decisions[8:]] == ["RETRAINING_TRIGGERED"] * 6
    assert len(decisions) == 14
    for match in decisions:
        assert (checkout / match[1]).stat().st_size > 1_000_000
        json.loads((checkout / match[2]).read_text())
    assert output.rstrip().endswith("ledger: balanced")


@pytest.mark.usefixtures("no_process_left")
def test_an_interrupted_demo_says_so_and_stops_everything(checkout: Path) -> None:
    """Ctrl-C in the middle ends every process."""
    demo = start(checkout, "run")
    wait_for("the demo's processes", lambda: len(processes_in(checkout)) > 3, timeout=60)
    demo.send_signal(signal.SIGINT)
    output, _ = demo.communicate(timeout=60)
    assert demo.returncode == 130
    assert "interrupted; everything was stopped" in output


@pytest.mark.usefixtures("no_process_left")
def test_a_part_that_dies_ends_the_demo_with_its_last_lines(checkout: Path) -> None:
    """A killed worker is named, with where its log is."""
    demo = start(checkout, "run")

    def worker() -> str:
        listed = subprocess.run(
            ["pgrep", "-f", "drift-worker run"], capture_output=True, text=True, check=False
        )
        mine = [
            pid
            for pid in listed.stdout.split()
            if str(checkout).encode() in Path(f"/proc/{pid}/environ").read_bytes()
        ]
        return mine[0] if mine else ""

    pid = wait_for("the worker's process", worker, timeout=60)
    os.kill(int(pid), signal.SIGKILL)
    output, _ = demo.communicate(timeout=120)
    assert demo.returncode == 1
    assert "drift-worker ended with exit code -9; the last lines of" in output


def test_a_folder_without_months_is_refused(checkout: Path, tmp_path: Path) -> None:
    """The message says what was expected."""
    demo = start(checkout, "run", "--data", str(tmp_path))
    output, _ = demo.communicate(timeout=60)
    assert demo.returncode == 2
    assert "expected month_000 in it, the month that the model is made from" in output
    assert "Traceback" not in output


@pytest.mark.usefixtures("no_process_left")
def test_another_data_set_goes_from_csv_to_its_first_evaluation(checkout: Path) -> None:
    """Breast cancer, two CSV files, no edit in the repository."""
    frame = load_breast_cancer(as_frame=True).frame
    frame.insert(0, "patient", [f"p{number}" for number in range(len(frame))])
    data = checkout / "cancer"
    data.mkdir()
    frame.to_csv(data / "month_000.csv", index=False)
    frame.assign(**{"mean radius": frame["mean radius"] * 1.5}).to_csv(data / "month_001.csv", index=False)
    proposed = subprocess.run(
        [
            PROGRAMS / "training",
            "schema",
            str(data / "month_000.csv"),
            "--entity",
            "patient",
            "--label",
            "target",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    (data / "schema.yaml").write_text(proposed.stdout)
    demo = start(checkout, "run", "--data", str(data))
    output, _ = demo.communicate(timeout=200)
    assert demo.returncode == 0, output
    ((html, *_),) = [match.groups() for line in output.splitlines() if (match := DECISION.match(line))]
    evaluation = json.loads((checkout / html).with_name("evaluation.json").read_text())
    kinds = Counter(finding["kind"] for finding in evaluation["findings"])
    assert kinds["feature_drift"] == 30
    drifted = [finding["column"] for finding in evaluation["findings"] if finding["drifted"]]
    assert "mean radius" in drifted
