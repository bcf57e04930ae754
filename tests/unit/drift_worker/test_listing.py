"""Evaluations as a table."""

import json

import pytest

from contract.windows import Window
from drift_worker.cli.tables import print_evaluations
from drift_worker.estimates import CAVEAT, EstimatedFigure, QualityEstimate
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


def test_an_estimate_is_called_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Its first figure stands in the row; what it can't see is said once, as is why another has none."""
    figures = [
        EstimatedFigure(metric="auc", value=0.832, standard_error=0.005, reference=0.828),
        EstimatedFigure(metric="accuracy", value=0.79, standard_error=0.005),
    ]
    estimated = EXPIRED.model_copy(update={"estimate": QualityEstimate(figures=figures, rows=2)})
    without = EXPIRED.model_copy(update={"estimate": QualityEstimate(missing="no row has a score")})

    print_evaluations([estimated, estimated, without], as_json=False)

    _, first, second, third, *below = capsys.readouterr().out.splitlines()
    assert [line.split()[5] for line in (first, second, third)] == ["auc=0.83", "auc=0.83", "n/a"]
    assert below == [f"estimate: {CAVEAT}", "estimate: no row has a score"]


def test_json_says_what_an_estimate_cannot_see(capsys: pytest.CaptureFixture[str]) -> None:
    """A program reads the figures and the caveat with each evaluation."""
    figure = EstimatedFigure(metric="auc", value=0.832, standard_error=0.005, reference=0.828)
    estimated = EXPIRED.model_copy(update={"estimate": QualityEstimate(figures=[figure], rows=2)})

    print_evaluations([estimated, EXPIRED], as_json=True)

    with_one, without = json.loads(capsys.readouterr().out)
    assert with_one["estimate"] == {
        "figures": [{"metric": "auc", "value": 0.832, "standard_error": 0.005, "reference": 0.828}],
        "rows": 2,
        "missing": None,
        "caveat": CAVEAT,
    }
    assert without["estimate"] is None


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
