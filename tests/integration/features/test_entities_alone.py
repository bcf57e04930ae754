"""A month of which only the entities are sent is served and watched as one whose features are sent."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from redis import Redis

from bundle import open_bundle
from contract.keys import Partition
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.store import EvaluationStore
from tests.support.evaluations.outcome import outcome
from tests.support.feast import month
from tests.support.feast.server import FeastServer
from tests.support.http.replay import run
from tests.support.processes.pipeline import Pipeline, pipeline
from tests.support.waiting import wait_for

WINDOWS = 2
WINDOW_ROWS = 3521
ROWS = WINDOWS * WINDOW_ROWS
"""All of the month's 7,043 rows but the last, as whole windows."""


OF_ITS_OWN = ("prediction_id", "timestamp", "looked_up")
"""The columns of a window that differ from replay to replay."""


@dataclass(frozen=True)
class Replayed:
    """What became of one replay."""

    scores: list[tuple[str, str]]
    """Each entity with its score, in the order of the rows."""
    evaluations: list[Evaluation]
    windows: list[pd.DataFrame]


@pytest.fixture(scope="module")
def running(feast: FeastServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """Predict, which looks features up, and a worker."""
    folder = tmp_path_factory.mktemp("pipeline")
    with pipeline(
        folder,
        FEATURES_URL=feast.url,
        FEATURES_TIMEOUT="30",
        APPEND_TIMEOUT="30",
        WINDOW_ROWS=str(WINDOW_ROWS),
    ) as found:
        for part in ("predict", "worker"):
            found.start(part)
        yield found


def replayed(running: Pipeline, folder: Path, *, entities_only: bool) -> Replayed:
    """Send the month, and wait for its windows."""
    bundle, answers = open_bundle(month.BUNDLE), folder / f"answers-{entities_only}.csv"
    partition = Partition(bundle.name, bundle.version)
    with Redis.from_url(running.redis.url) as redis:
        store = EvaluationStore(redis)
        before = len(store.all(partition))
        result = run(
            month.MONTH, running.url, limit=ROWS, batch=503, entities_only=entities_only, answers=answers
        )
        assert result.complete, result.first_problem
        wait_for(
            "its evaluations",
            lambda: len(store.all(partition)) == before + WINDOWS,
            timeout=200,
            interval=0.2,
        )
        evaluations = store.all(partition)[before:]
    with answers.open() as lines:
        scores = [(row["entity"], row["score"]) for row in csv.DictReader(lines)]
    windows = [pd.read_parquet(running.reports / each.window_id / "window.parquet") for each in evaluations]
    return Replayed(scores, evaluations, windows)


def test_predictions_windows_and_evaluations_are_the_same(running: Pipeline, tmp_path: Path) -> None:
    """To the last bit, but for names, times, and what is said of the look-up."""
    given = replayed(running, tmp_path, entities_only=False)
    looked_up = replayed(running, tmp_path, entities_only=True)

    assert len(given.scores) == ROWS
    assert looked_up.scores == given.scores
    for one, other in zip(looked_up.windows, given.windows, strict=True):
        columns = [name for name in other if name not in OF_ITS_OWN]
        assert {"user_id", "monthly_fee", "plan_stream_tv", "score"} <= set(columns)
        pd.testing.assert_frame_equal(one[columns], other[columns], check_exact=True)
        assert one["looked_up"].notna().all()
        assert "looked_up" not in other or other["looked_up"].isna().all()
    assert [outcome(each) for each in looked_up.evaluations] == [outcome(each) for each in given.evaluations]
