"""Detection of drift: Evidently's values, from one pass over each column."""

import json
from typing import Any

import pandas as pd
import pytest
from evidently import Dataset, Report
from evidently.legacy.core import ColumnType
from evidently.legacy.utils import NumpyEncoder
from evidently.presets import DataDriftPreset

from contract.schema import Feature, Schema
from drift_worker.decide.decision import drift_share
from drift_worker.detect.evidently.errors import EvidentlyResultError, FrameError
from drift_worker.detect.evidently.frames import columns_of, comparable, data_definition
from drift_worker.detect.evidently.measure import Incomparable, measure
from drift_worker.detect.thresholds import finding_of
from tests.support.evaluations.comparison import ABOUT, ReadMonth, column_compared, compared, of_column


def values_by_type_and_column(report: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """A JSON report's method, threshold and value of each metric, wherever in the list it stands."""
    return {
        (metric["config"]["type"], str(metric["config"].get("column"))): (
            metric["config"].get("method"),
            metric["config"].get("threshold"),
            metric["value"],
        )
        for metric in report["metrics"]
    }


def preset(reference: pd.DataFrame, current: pd.DataFrame, schema: Schema) -> Any:
    """A run of Evidently's own preset over the features, of the same frames."""
    kinds = columns_of(schema, {})
    before, now = comparable(reference, current, kinds)
    definition = data_definition(kinds)
    return Report([DataDriftPreset(columns=schema.feature_names, drift_share=0.30)]).run(
        Dataset.from_pandas(now, definition), Dataset.from_pandas(before, definition)
    )


def test_the_second_month_drifts_in_one_feature(month: ReadMonth, schema: Schema) -> None:
    """All 14 features are evaluated; rebuffer_events_7d alone drifts."""
    findings = compared(month(0), month(1), schema).findings
    assert [each.column for each in findings] == schema.feature_names
    assert [each.column for each in findings if each.drifted] == ["rebuffer_events_7d"]
    assert drift_share(findings) == 1 / 14


def test_a_month_compared_with_itself_has_no_drift(month: ReadMonth, schema: Schema) -> None:
    """Every score is exactly 0, and there is nothing to say of data quality."""
    findings = compared(month(0), month(0), schema).findings
    assert {each.score for each in findings} == {0.0}


def test_the_report_has_the_presets_values(month: ReadMonth, schema: Schema) -> None:
    """Each metric of the preset is in the report with the same method, threshold and value."""
    detection = compared(month(0), month(2), schema)
    assert detection.report
    ours = values_by_type_and_column(json.loads(detection.report.json()))
    assert ours == values_by_type_and_column(json.loads(preset(month(0), month(2), schema).json()))


def test_the_report_has_the_presets_tables(month: ReadMonth, schema: Schema) -> None:
    """Counters, headings, and every row of the table with its distributions and figures."""
    detection = compared(month(0), month(1), schema)
    assert detection.report
    ours, theirs = detection.report.snapshot.widgets, preset(month(0), month(1), schema)._widgets
    assert [shown(widget) for widget in ours] == [shown(widget) for widget in theirs]


def shown(widget: Any) -> Any:
    """What a widget shows, without the ids that differ with every run."""
    content = json.loads(json.dumps(widget.dict(), cls=NumpyEncoder))
    rows = content["params"].get("data", [])
    for row in rows:
        row["details"] = [part["title"] for part in row.get("details", {}).get("parts", [])]
    graphs = [graph["params"] for graph in content["additionalGraphs"]]
    return content["title"], content["type"], content["params"], graphs


def test_findings_are_what_the_report_says(month: ReadMonth, schema: Schema) -> None:
    """A finding's method, threshold and score stand in the JSON under the metric's type and column."""
    detection = compared(month(0), month(1), schema)
    assert detection.report
    report = json.loads(detection.report.json())
    report["metrics"].reverse()
    in_report = values_by_type_and_column(report)
    for each in detection.findings:
        value = in_report["evidently:metric_v2:ValueDrift", each.column]
        assert value == (each.method, each.threshold, each.score)


def test_the_models_output_is_a_finding_of_its_own(month: ReadMonth, schema: Schema) -> None:
    """Its drift is found, and counts neither as a column of the report nor in the drift share."""
    reference = month(0).assign(score=0.25)
    current = month(1).assign(score=0.75)
    detection = compared(reference, current, schema, outputs={"score": "numerical"})
    assert [each.column for each in detection.findings if each.kind == "prediction_drift"] == ["score"]
    assert of_column(detection, "score").drifted
    assert drift_share(detection.findings) == 1 / 14
    assert detection.report
    counted = values_by_type_and_column(json.loads(detection.report.json()))
    assert counted["evidently:metric_v2:DriftedColumnsCount", "None"][2] == {"count": 1.0, "share": 1 / 14}


@pytest.mark.parametrize(("rows", "method"), [(500, "K-S p_value"), (2_000, "Wasserstein distance (normed)")])
def test_drifted_is_the_methods_own_verdict(rows: int, method: str) -> None:
    """A small p-value is drift, and so is a large distance."""
    steady = column_compared("numerical", range(rows), range(300, 800))
    moved = column_compared("numerical", range(rows), range(10_000, 10_500))
    assert of_column(moved).method == method
    assert of_column(moved).drifted
    assert (of_column(moved).score or 0) < 0.05 if rows == 500 else (of_column(moved).score or 0) > 0.1
    assert of_column(steady).method == method


@pytest.mark.parametrize("figure", ["drift_score", "stattest_threshold"])
def test_a_figure_that_is_missing_is_an_error(figure: str) -> None:
    """A result without score or threshold is refused by the column's name, and never read as 0."""
    cells = pd.Series(range(100), dtype="float64", name="fee")
    result = measure(cells, cells, ColumnType.Numerical)
    assert not isinstance(result, Incomparable)
    assert finding_of("fee", "feature_drift", result).score == 1.0
    with pytest.raises(EvidentlyResultError, match=r"'fee' has no (score|threshold)"):
        finding_of("fee", "feature_drift", result.copy(update={figure: None}))


def test_the_report_has_the_windows_own_time(month: ReadMonth, schema: Schema) -> None:
    """Time, name and metadata of a run are the window's; its name ends with what was decided."""
    detection = compared(month(0), month(1), schema)
    assert detection.report
    run = json.loads(detection.report.run_json())
    assert run["timestamp"].startswith("2024-02-29T12:00:00+00:00")
    assert (run["name"], run["metadata"]) == (f"{ABOUT.name}: NO_ACTION", {"window_id": "w-1"})


def test_a_missing_column_is_named() -> None:
    """A frame without a feature's column is refused by the column's name."""
    schema = Schema(entity="id", features=[Feature(name="fee", kind="numerical")])
    with pytest.raises(FrameError, match="current data have no column 'fee'"):
        compared(pd.DataFrame({"fee": [1.0]}), pd.DataFrame({"cost": [1.0]}), schema)


@pytest.mark.parametrize(
    ("kind", "cells", "said"),
    [("numerical", ["much"], "numerical, but"), ("boolean", ["yes"], "other values than true and false")],
)
def test_values_of_another_kind_are_refused(kind: Any, cells: list[object], said: str) -> None:
    """Nothing is read as what it is not."""
    with pytest.raises(FrameError, match=said):
        column_compared(kind, [True, False], cells)
