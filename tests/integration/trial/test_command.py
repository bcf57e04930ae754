"""`drift-worker trial`: what the monitoring of a bundle can and can't see."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bundle import write_bundle
from drift_worker.cli.app import main
from drift_worker.record.trial import Trial
from tests.support.data.accepted import small_parts
from tests.support.data.format_1 import small_format_1
from tests.support.paths import ROOT
from tests.support.processes import program

COMMAND = Path(sys.executable).parent / "drift-worker"


@dataclass(frozen=True)
class Tried:
    """What the command printed about the example, and where it kept it."""

    document: dict[str, Any]
    err: str
    reports: Path

    def breaks(self, what: str) -> dict[tuple[str, ...], dict[str, Any]]:
        """The breaks of one kind by their columns."""
        return {(*each["columns"],): each for each in self.document["breaks"] if each["what"] == what}


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """The example, with few windows without drift."""
    reports = tmp_path_factory.mktemp("reports")
    ended = program.run(
        [COMMAND, "trial", "--json", "--windows", "10", "--processes", "1"],
        cwd=ROOT,
        env=os.environ | {"REPORTS_DIR": str(reports)},
        capture_output=True,
        text=True,
        check=True,
    )
    return Tried(json.loads(ended.stdout), ended.stderr, reports)


def test_windows_without_drift_are_counted_by_their_rows(tried: Tried) -> None:
    """As many of each size as were asked for, and none of them acts; nothing is printed but the document."""
    assert tried.err == ""
    assert [(each["rows"], each["windows"]) for each in tried.document["no_drift"]] == [
        (50, 10),
        (200, 10),
        (1_000, 10),
        (5_000, 10),
    ]
    assert sum(each["false_actions"] for each in tried.document["no_drift"]) == 0
    assert tried.document["false_action_bound"] == pytest.approx(1 - 0.05 ** (1 / 40))


def test_a_wrong_unit_is_seen_in_the_smallest_window(tried: Tried) -> None:
    """Of every number, whatever it is multiplied by."""
    for what in ("x 1000", "x 60", "/ 60"):
        assert len(tried.breaks(what)) == 10
        assert {each["seen_from"] for each in tried.breaks(what).values()} == {50}


def test_what_nobody_could_see_is_said_to_be_unseen(tried: Tried) -> None:
    """The two plans are alike; two rare counts need more rows than a small window has."""
    plans = tried.breaks("swapped booleans")["plan_stream_tv", "plan_stream_movies"]
    assert (plans["is_seen"], plans["seen_from"], plans["windows"]) == (False, None, 20)
    rare = tried.breaks("swapped numbers")["failed_payments_90d", "support_tickets_90d"]
    assert rare["is_seen"]
    assert rare["seen_from"] in (200, 500, 1_000)


def test_missing_values_are_tried_where_a_window_can_have_them(tried: Tried) -> None:
    """The schema allows two columns to be empty; predict refuses the others' requests."""
    found = tried.breaks("30 % missing")
    assert [name for (name,), each in found.items() if not each["refused"]] == [
        "plan_stream_tv",
        "plan_stream_movies",
    ]
    assert all(each["is_seen"] != each["refused"] for each in found.values())


def test_shifts_are_found_by_their_size(tried: Tried) -> None:
    """A drift needs less of a shift than a call for one column alone; the constant column has none."""
    shifts = {each["column"]: each for each in tried.document["shifts"]}
    assert len(shifts) == 9
    assert "avg_session_mins_7d" not in shifts
    for each in shifts.values():
        assert 0.1 <= each["drifted_from"] < each["action_from"] <= 0.5


def test_the_trial_is_kept_as_a_page_and_as_json(tried: Tried) -> None:
    """Both in REPORTS_DIR, where the command says."""
    reports = tried.document.pop("reports")
    html, values = Path(reports["html"]), Path(reports["json"])
    assert html.parent == values.parent == tried.reports / "trials"
    assert "plan_stream_tv and plan_stream_movies" in html.read_text()
    assert Trial.model_validate_json(values.read_bytes()).model_dump(mode="json") == tried.document


@dataclass(frozen=True)
class Command:
    """Runs the command in the test's process; it writes into `reports`."""

    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    reports: Path

    def run(self, *options: object, **environment: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        for name, value in environment.items():
            self.monkeypatch.setenv(name, value)
        self.monkeypatch.setattr(sys, "argv", ["drift-worker", "trial", *map(str, options)])
        with pytest.raises(SystemExit) as ended:
            main()
        written = self.capsys.readouterr()
        return int(ended.value.code or 0), written.out, written.err


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """The command, run in the project's folder."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("REPORTS_DIR", str(tmp_path / "reports"))
    return Command(capsys, monkeypatch, tmp_path / "reports")


def test_tables_say_what_is_not_seen_first(command: Command, tmp_path: Path) -> None:
    """On a small bundle: a bool and a number, whose windows are of 60 rows."""
    write_bundle(tmp_path / "small", small_parts(300))
    code, out, err = command.run(
        "--bundle", tmp_path / "small", "--windows", 5, "--processes", 1, WINDOW_ROWS="60"
    )
    assert (code, err) == (0, "")
    titles = [
        "Windows without drift",
        "Breaks that 60 rows don't show",
        "Breaks that 60 rows show",
        "Shifts of",
    ]
    assert [out.index(title) for title in titles] == sorted(out.index(title) for title in titles)
    assert out.splitlines()[-1].startswith(f"page: {command.reports}/trials/small-")


@pytest.mark.parametrize(
    ("options", "environment", "said"),
    [
        (["--bundle", "bundles/chrun"], {}, "bundles/chrun: there is no such folder"),
        ([], {"BUNDLE": "data"}, "data: model.onnx, reference.parquet,"),
        (["--rows", "49"], {}, "--rows: a window of 49 rows is INSUFFICIENT_DATA"),
        ([], {"WINDOW_ROWS": "20"}, "WINDOW_ROWS: a window of 20 rows is INSUFFICIENT_DATA"),
        (
            ["--rows", "500001"],
            {},
            "--rows: a window of 500001 rows is never filled; expected at most half of",
        ),
        ([], {"WINDOW_ROWS": "many"}, "WINDOW_ROWS: Input should be a valid integer"),
        ([], {"REPORTS_DIR": "README.md"}, "README.md/trials: Not a directory"),
    ],
)
def test_bad_options_are_one_message(
    command: Command, options: list[str], environment: dict[str, str], said: str
) -> None:
    """Exit code 2, one message on stderr that says what was expected, and nothing written."""
    code, out, err = command.run(*options, **environment)
    assert (code, out) == (2, "")
    assert err.startswith(f"drift-worker: {said}")
    assert not (command.reports / "trials").exists()


@pytest.mark.parametrize(
    "options", [["--windows", "0"], ["--rows", "x"], ["--seed", "-1"], ["--processes", "0"]]
)
def test_bad_numbers_name_the_option(command: Command, options: list[str]) -> None:
    """And what it takes."""
    code, out, err = command.run(*options)
    assert (code, out) == (2, "")
    assert options[0] in err


def test_a_bundle_of_format_1_is_to_be_built_anew(command: Command, tmp_path: Path) -> None:
    """It has no baseline, so that there is no chance to try."""
    code, _, err = command.run("--bundle", small_format_1(tmp_path / "old"))
    assert code == 2
    assert "has format 1, which keeps no baseline of its reference; rebuild it" in err
    assert "Evidently's thresholds alone" in err


def test_a_reference_of_few_rows_says_nothing(command: Command, tmp_path: Path) -> None:
    """The message says how many it has and how many it takes."""
    write_bundle(tmp_path / "small", small_parts(99))
    code, _, err = command.run("--bundle", tmp_path / "small")
    assert code == 2
    assert "99 rows have a value in each column" in err
    assert "at least 100" in err


def test_a_damaged_reference_is_said(command: Command, tmp_path: Path) -> None:
    """A reference without one of its columns is refused as the worker refuses it."""
    parts = small_parts(200, without="service")
    write_bundle(tmp_path / "small", parts)
    code, _, err = command.run("--bundle", tmp_path / "small")
    assert code == 2
    assert "column 'service' is missing" in err
