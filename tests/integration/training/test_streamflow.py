"""The committed example months: rebuilt equal, small, and drifting where they should."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow.parquet
import pytest
from sklearn.metrics import roc_auc_score

from bundle import Scorer, open_bundle
from contract.task import SCORE
from dataset import read_dataset, read_reference
from drift_worker.decide.decision import Policy
from drift_worker.evaluate.compare import reference_of
from drift_worker.evaluate.judge import judge
from drift_worker.findings import Verdict
from tests.support.data.scored import scored
from tests.support.data.training import Training
from training.example.streamflow import SCHEMA, TABLES

MONTHS = ("month_000", "month_001", "month_002")
WINDOW_ROWS = 1000


@cache
def month(folder: Path, name: str) -> pd.DataFrame:
    """One of the committed months."""
    return read_dataset(folder / name, SCHEMA).frame


def windows(frame: pd.DataFrame, offset: int = 0) -> Iterator[pd.DataFrame]:
    """The full windows of a month, in the order of its rows."""
    for start in range(offset, len(frame) - WINDOW_ROWS + 1, WINDOW_ROWS):
        yield frame.iloc[start : start + WINDOW_ROWS]


def verdict(reference: pd.DataFrame, current: pd.DataFrame) -> Verdict:
    """The decision on one comparison, by the worker's own detection."""
    return judge(reference_of(reference, SCHEMA), current, Policy(200, 0.3)).verdict


def test_the_command_rebuilds_the_committed_months(
    training: Training, tmp_path: Path, months_path: Path
) -> None:
    """Every table comes out equal, and so does the schema."""
    answer = training("streamflow", "--out", tmp_path / "streamflow")

    assert answer.code == 0
    rebuilt = {path.relative_to(tmp_path / "streamflow") for path in (tmp_path / "streamflow").rglob("*.*")}
    assert rebuilt == {path.relative_to(months_path) for path in months_path.rglob("*.*")}
    for table in (path for path in rebuilt if path.suffix == ".parquet"):
        new, old = (
            pyarrow.parquet.read_table(folder / table) for folder in (tmp_path / "streamflow", months_path)
        )
        assert new.equals(old), f"{table} differs from the committed one"
    schema = (tmp_path / "streamflow" / "schema.yaml").read_bytes()
    assert schema == (months_path / "schema.yaml").read_bytes()


def test_the_committed_months_are_small(months_path: Path) -> None:
    """Three months of six tables in at most 2 MB."""
    files = [path for path in months_path.rglob("*") if path.is_file()]

    assert len(files) == len(MONTHS) * len(TABLES) + 1
    assert sum(path.stat().st_size for path in files) <= 2_000_000


def test_tables_have_the_columns_of_the_real_ones(months_path: Path) -> None:
    """The entity key comes first, then the table's columns."""
    for name in MONTHS:
        for table, columns in TABLES.items():
            schema = pyarrow.parquet.read_schema(months_path / name / f"{table}.parquet")
            assert schema.names == ["user_id", *columns]


def test_the_whole_second_month_hardly_drifts(months_path: Path) -> None:
    """One feature of fourteen, and that is no reason to retrain."""
    found = verdict(month(months_path, "month_000"), month(months_path, "month_001"))

    assert found.decision == "NO_ACTION"
    assert found.drift_share == pytest.approx(1 / 14)
    assert "rebuffer_events_7d" in " ".join(found.reasons)


def test_every_window_of_the_second_month_is_no_action(months_path: Path) -> None:
    """In windows of 1,000 rows the drift share stays well below 0.30."""
    reference = month(months_path, "month_000")

    found = [verdict(reference, window) for window in windows(month(months_path, "month_001"))]

    assert len(found) == 7
    assert {one.decision for one in found} == {"NO_ACTION"}
    assert max(one.drift_share or 0.0 for one in found) <= 2 / 14


@pytest.mark.parametrize("offset", [0, 957])
def test_every_window_of_the_third_month_triggers_retraining(months_path: Path, offset: int) -> None:
    """At least six features drift, also where windows begin with the rest of the month before."""
    reference = month(months_path, "month_000")

    found = [verdict(reference, window) for window in windows(month(months_path, "month_002"), offset)]

    assert len(found) >= 6
    assert {one.decision for one in found} == {"RETRAINING_TRIGGERED"}
    assert min(one.drift_share or 0.0 for one in found) >= 6 / 14


def test_the_model_fails_where_the_features_hardly_move(months_path: Path, bundle_path: Path) -> None:
    """On the second month's labels the committed model is no better than a coin."""
    bundle = open_bundle(bundle_path)
    scorer = Scorer(bundle.model_path, bundle.schema)
    auc = {}
    for name in MONTHS:
        frame = scored(month(months_path, name), bundle.schema, scorer)
        auc[name] = roc_auc_score(frame["churn_label"].astype(bool), frame[SCORE])

    assert auc["month_000"] >= 0.8
    assert auc["month_001"] < 0.6
    assert auc["month_002"] < 0.6


def test_the_reference_of_the_example_is_its_first_month(months_path: Path, bundle_path: Path) -> None:
    """The committed bundle was made of the committed data."""
    reference = read_reference(bundle_path / "reference.parquet", open_bundle(bundle_path).schema)

    pd.testing.assert_frame_equal(reference.drop(columns=SCORE), month(months_path, "month_000"))
