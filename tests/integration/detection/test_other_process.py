"""What another process sees: the same findings, and no word to anyone."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from contract.schema import Schema
from drift_worker.detect.evidently.frames import Category
from tests.support.evaluations import other_process
from tests.support.evaluations.comparison import ReadMonth, judged
from tests.support.processes import program


@pytest.fixture(scope="module")
def other(months_path: Path) -> dict[str, Any]:
    """What a process with another hash seed printed, whose environment says nothing of telemetry."""
    environment = {name: value for name, value in os.environ.items() if name != "DO_NOT_TRACK"}
    process = program.run(
        [sys.executable, str(Path(other_process.__file__)), str(months_path)],
        env=environment | {"PYTHONHASHSEED": "4242"},
        check=True,
        capture_output=True,
        text=True,
        timeout=240,
    )
    document: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
    return document


def test_findings_are_equal_to_the_last_bit(other: dict[str, Any], month: ReadMonth, schema: Schema) -> None:
    """The same frames give the same findings in every process."""
    findings = judged(month(0), month(2), schema).findings
    assert [each.model_dump() for each in findings] == other["findings"]


def test_nothing_is_sent_to_anyone(other: dict[str, Any]) -> None:
    """Evidently's usage telemetry is off in detection and in the UI: no name is looked up, nobody called."""
    assert other["statuses"] == [200, 200]
    assert other["tried"] == []


def test_a_categorys_hash_is_its_texts() -> None:
    """Not the process's: the order of a set of categories is part of a score's last bits."""
    assert hash(Category("a")) == 3904355907
    assert Category("a") == "a"
