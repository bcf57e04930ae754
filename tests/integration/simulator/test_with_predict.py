"""Replays against the real predict: what the clients were told is what the stream holds."""

import asyncio
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bundle import open_bundle
from contract.keys import Partition
from contract.stream.decode import LoggedPredictions
from dataset import read_dataset
from demo.machine.ports import HOST, free_port
from demo.machine.processes import Processes
from simulator.scenario.scenarios import Scenario
from simulator.traffic.options import ReplayOptions
from simulator.traffic.replay import replay
from simulator.traffic.result import ReplayResult
from tests.support.processes.redis import RedisServer
from tests.support.records import read_all
from tests.support.waiting import wait_for

ROWS = 300


@dataclass(frozen=True)
class Predict:
    """A running service, the example's month_001, and the stream that it writes."""

    url: str
    month: Path
    bundle: Path
    redis: Redis

    def replay(self, **options: Any) -> ReplayResult:
        """The month's first rows, sent to their end."""
        return asyncio.run(replay(ReplayOptions(data=self.month, url=self.url, limit=ROWS, **options)))

    def records(self) -> LoggedPredictions:
        """Everything in the stream, decoded."""
        bundle = open_bundle(self.bundle)
        partition = Partition(bundle.name, bundle.version)
        entries: Any = self.redis.xrange(partition.stream)
        return read_all(bundle.schema, partition, [fields for _, fields in entries])


def is_ready(url: str) -> bool:
    """Whether predict says so."""
    try:
        with urllib.request.urlopen(f"{url}/ready", timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="module")
def address(
    redis_server: RedisServer, bundle_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a predict of this module's own."""
    port = free_port()
    folder = tmp_path_factory.mktemp("predict")
    environment = {
        "SPOOL_DIR": str(folder / "spool"),
        "REDIS_URL": redis_server.url,
        "BUNDLE": str(bundle_path),
        "PREDICT_HOST": HOST,
        "PREDICT_PORT": str(port),
        "APPEND_TIMEOUT": "10",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_TRACES_EXPORTER": "none",
    }
    with Processes(folder) as processes:
        processes.start("predict", [sys.executable, "-m", "predict"], environment)
        wait_for("predict to be ready", lambda: is_ready(f"http://{HOST}:{port}"))
        yield f"http://{HOST}:{port}"


@pytest.fixture
def predict(address: str, redis: Redis, months_path: Path, bundle_path: Path) -> Predict:
    """The service with an empty stream."""
    return Predict(address, months_path / "month_001", bundle_path, redis)


def test_the_stream_holds_the_month_row_by_row(predict: Predict, tmp_path: Path) -> None:
    """With one row in flight records are the rows, in order and value by value, with the clients' ids."""
    ids = tmp_path / "ids.txt"
    assert predict.replay(ids=ids).complete
    records = predict.records()
    schema = open_bundle(predict.bundle).schema
    frame = read_dataset(predict.month, schema).frame.head(ROWS)
    rows = frame[schema.feature_names].astype(object).where(frame.notna(), "none").to_dict("records")
    logged = [{k: "none" if v is None else v for k, v in features.items()} for features in records.features]
    assert logged == rows
    assert records.entities == list(frame[schema.entity])
    assert records.prediction_ids == ids.read_text().splitlines()


def test_every_answer_has_its_record_whatever_the_concurrency(predict: Predict, tmp_path: Path) -> None:
    """With 16 rows in flight the ids that clients hold are those of the stream, each once."""
    ids = tmp_path / "ids.txt"
    assert predict.replay(ids=ids, concurrency=16).answered == ROWS
    assert sorted(ids.read_text().splitlines()) == sorted(predict.records().prediction_ids)


def test_batches_are_the_rows_in_order(predict: Predict, tmp_path: Path) -> None:
    """The last batch has what is left; ids, entities and features are those of the rows."""
    ids = tmp_path / "ids.txt"
    assert predict.replay(batch=70, ids=ids).complete
    batched = predict.records()
    assert batched.prediction_ids == ids.read_text().splitlines()
    assert predict.replay().complete
    single = predict.records()
    assert single.features[ROWS:] == batched.features
    assert single.entities[ROWS:] == batched.entities
    assert len(batched.features) == ROWS


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario("shift", 2.0, "gradual"),
        Scenario("shift", 0.5, features=("paperless_billing",)),
        Scenario("missing", 1.0),
        Scenario("new-category", 1.0),
    ],
    ids=lambda scenario: f"{scenario.name}-{scenario.mode}",
)
def test_predict_takes_every_scenario(predict: Predict, scenario: Scenario) -> None:
    """Drifted rows are predictions like others: all answered, and logged as they were sent."""
    assert predict.replay().complete
    plain = predict.records().features
    assert predict.replay(scenario=scenario).complete
    drifted = predict.records().features[ROWS:]
    assert len(drifted) == ROWS
    assert drifted != plain
    if scenario.mode == "sudden":
        assert drifted[: ROWS // 2] == plain[: ROWS // 2]
