"""The whole benchmark, too short to measure anything: does it run, and leave nothing behind?"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.processes import program


def bench(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    command = [sys.executable, "-m", "bench", *map(str, arguments)]
    return program.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_drift_job_is_measured_against_the_preset(tmp_path: Path) -> None:
    """Both take time and memory, and the ratio is that of the medians."""
    file = tmp_path / "result.json"
    done = bench("--only", "job", "--quick", "--json", file)
    assert done.returncode == 0, done.stderr
    assert "job ÷ preset" in done.stdout
    result = json.loads(file.read_text())
    (window,) = result["drift_job"]
    assert window["rows"] == 1000
    seconds = [window[name]["seconds"]["median"] for name in ("job", "preset")]
    assert min(seconds) > 0
    assert window["ratio"] == pytest.approx(seconds[0] / seconds[1])
    assert set(window["stages"]) == {"read", "detect", "report"}
    assert all(
        window[name]["peak_bytes"] > window[name]["peak_bytes_before"] > 0 for name in ("job", "preset")
    )
    assert result["serving"] is None


def test_batches_are_measured_beside_single_requests(tmp_path: Path) -> None:
    """Each alone, and both at once; the ratios are those of the medians."""
    file = tmp_path / "result.json"
    done = bench("--only", "batches", "--quick", "--json", file)
    assert done.returncode == 0, done.stderr
    assert "rows in requests of one and of 1,000" in " ".join(done.stdout.split())
    found = json.loads(file.read_text())["batches"]
    assert found["ratio"] == pytest.approx(found["batch"]["median"] / found["single"]["median"])
    p99 = [found[name]["p99"]["median"] for name in ("alone", "beside")]
    assert found["added"] == pytest.approx(p99[1] / p99[0])
    assert found["labels_beside"]["median"] > 0
    labels = found["beside_labels"]["p99"]["median"]
    assert found["added_by_labels"] == pytest.approx(labels / p99[0])


def test_a_large_table_is_read_in_both_forms(tmp_path: Path) -> None:
    """Its schema is proposed, and then it is read by it, each in a process of its own."""
    file = tmp_path / "result.json"
    done = bench("--only", "reading", "--quick", "--json", file)
    assert done.returncode == 0, done.stderr
    found = json.loads(file.read_text())["reading"]
    assert [(each["form"], each["what"], each["columns"]) for each in found] == [
        ("CSV", "schema", 15),
        ("CSV", "read", 15),
        ("Parquet", "schema", 15),
        ("Parquet", "read", 15),
    ]


def test_services_are_loaded_in_turns(tmp_path: Path) -> None:
    """Bare, with the log, and where there is a collector with telemetry: each answers and is measured."""
    file = tmp_path / "result.json"
    done = bench("--only", "serving", "--quick", "--json", file)
    assert done.returncode == 0, done.stderr
    serving = json.loads(file.read_text())["serving"]
    has_collector = shutil.which("otelcol") is not None
    names = ["bare", "log", "contrib", "native", "instrumented"] if has_collector else ["bare", "log"]
    assert [subject["name"] for subject in serving["subjects"]] == names
    assert ("(c) and (d) were left out" in done.stdout) is not has_collector
    bare = serving["subjects"][0]
    assert bare["ratio"] == 1.0
    rate = bare["full_load"]["requests_per_second"]["median"]
    assert serving["half_rate"] == pytest.approx(rate / 2)
    for subject in serving["subjects"]:
        for load in (subject["full_load"], subject["half_load"]):
            assert 0 < load["p50"]["median"] <= load["p99"]["median"]
            assert 0 < load["generator_busy"]["median"] < 1.5


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    """Ten minutes are not spent on figures that have nowhere to go."""
    done = bench("--json", tmp_path / "missing" / "result.json")
    assert done.returncode == 2
    assert "there is no folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_part_is_refused() -> None:
    """The message says what there is."""
    done = bench("--only", "everything")
    assert done.returncode == 2
    assert "job" in done.stderr
    assert "Traceback" not in done.stderr
