"""Evaluations as a table."""

import pytest
from contract.windows import Window
from drift_worker.cli.tables import print_evaluations
from drift_worker.findings import Finding, FindingKind
from drift_worker.record.evaluation import evaluation_without_result

WINDOW = Window(
    id="churn-000000000000-2-0", number=1, start="0-0", first="1-0", last="2-0", rows=2, reason="full"
)
EXPIRED = evaluation_without_result(WINDOW, "expired", "no worker came", None)


def finding(kind: FindingKind, column: str, *, drifted: bool) -> Finding:
    """A finding of a column."""
    return Finding(kind=kind, column=column, method="psi", score=0.1, threshold=0.2, drifted=drifted)


def test_what_was_not_compared_is_not_available(capsys: pytest.CaptureFixture[str]) -> None:
    """An expired window says nothing about drift."""
    print_evaluations([EXPIRED], as_json=False)
    cells = capsys.readouterr().out.splitlines()[1].split()
    assert cells == ["churn-000000000000-2-0", "2", "n/a", "n/a", "expired", "n/a", "n/a"]


def test_names_are_listed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Brackets are no markup, and colons no emoji."""
    findings = [
        finding("prediction_drift", "score", drifted=False),
        finding("feature_drift", "price [/h] :smile:", drifted=True),
    ]
    evaluated = EXPIRED.model_copy(update={"decision": "NO_ACTION", "findings": findings})
    print_evaluations([evaluated], as_json=False)
    line = capsys.readouterr().out.splitlines()[1]
    assert line.split(maxsplit=6)[3:] == ["stable", "NO_ACTION", "n/a", "price [/h] :smile:"]
