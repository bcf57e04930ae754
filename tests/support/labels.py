"""Labels for tests, and what became of them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from redis import Redis

from contract.keys import Partition
from contract.labels.accept import accept_labels
from contract.labels.keys import LabelKeys
from contract.labels.label import Label, Value
from contract.labels.ledger import LabelLedger, label_ledger
from contract.stream.read import entries
from contract.stream.record import Record
from contract.windows import Window
from drift_worker.evaluate.lease import LeaseKeeper
from drift_worker.labels.file import LabelFile, LabelRow
from drift_worker.labels.horizon import Horizon, Horizons
from drift_worker.labels.joiner import LabelJoiner
from drift_worker.record.evaluation import evaluation_without_result
from drift_worker.record.files import WindowFiles
from drift_worker.record.store import EvaluationStore
from drift_worker.window.read import read_window
from tests.support.evaluations.windows import close_window, evaluation_of
from tests.support.records import PARTITION, SCHEMA, record

START_MS = 1_780_000_000_000
"""When the first prediction of a test is made."""

NOW_MS = START_MS + 1_000_000
"""A time after every prediction of a test."""


def prediction(
    number: int, *, at_ms: int | None = None, partition: Partition = PARTITION, entity: str = ""
) -> Record:
    """The prediction of that number, a second after the one before it unless `at_ms` says when."""
    made = START_MS + 1_000 * number if at_ms is None else at_ms
    digits = f"{made:012x}7000800000{number:010x}"
    prediction_id = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    like = record(number, partition)
    return replace(like, prediction_id=prediction_id, timestamp_ms=made, entity=entity or like.entity)


def closed_window(redis: Redis, records: list[Record]) -> Window:
    """Append the records, which are a whole window."""
    return close_window(redis, Partition(records[0].model, records[0].version), records)


def evaluate(redis: Redis, root: Path, window: Window, **changes: object) -> Path:
    """Commit an evaluation of the window as a worker does, and give the window's folder."""
    rows = read_window(redis, window, SCHEMA)
    files = WindowFiles(root)
    files.save(window.id, None, rows.frame)
    first, last = (each.isoformat() for each in rows.times(window))
    owner = {"model": window.partition.model, "model_version": window.partition.version}
    evaluation = evaluation_of(window, **{"first_time": first, "last_time": last, **owner, **changes})
    assert EvaluationStore(redis).commit(evaluation, rows.ledger_counts(window), rows.dead_letters)
    return files.folder(window.id)


def evaluated_window(redis: Redis, root: Path, records: list[Record]) -> Path:
    """Append the records and evaluate the window that they are; gives the window's folder."""
    return evaluate(redis, root, closed_window(redis, records))


def failed_window(redis: Redis, root: Path, records: list[Record]) -> str:
    """Append the records, which are a whole window that could not be evaluated; gives its id."""
    window = closed_window(redis, records)
    WindowFiles(root).save_entries(window, entries(redis, window))
    failed = evaluation_without_result(window, "failed", "it could not be evaluated", "ValueError")
    EvaluationStore(redis).commit(failed, {"failed": len(records)})
    redis.delete(window.partition.stream)
    return window.id


class FixedHorizons(Horizons):
    """The same horizon for every version, in seconds."""

    def __init__(self, seconds: float | None = None, negative: str | None = None) -> None:
        self._fixed = Horizon(None if seconds is None else round(seconds * 1000), negative)

    def of(self, _: Partition) -> Horizon:
        """The horizon."""
        return self._fixed


def joiner(
    redis: Redis,
    root: Path,
    horizons: Horizons | None = None,
    *,
    patience: float = 60,
    now_ms: int = NOW_MS,
) -> LabelJoiner:
    """What a worker joins labels with, at some time."""
    keeper = LeaseKeeper(redis, "test", ttl=20)
    horizons = horizons or FixedHorizons()
    return LabelJoiner(redis, WindowFiles(root), horizons, keeper, patience, clock=lambda: now_ms / 1000)


def about(prediction_id: str, value: Value = True, time_ms: int = NOW_MS) -> Label:
    """A label of a prediction."""
    return Label(value, time_ms, prediction_id=prediction_id)


def of_entity(entity: str, value: Value = True, time_ms: int = NOW_MS) -> Label:
    """A label of an entity."""
    return Label(value, time_ms, entity=entity)


def send(redis: Redis, model: str, *labels: Label) -> None:
    """Take labels as the service does."""
    assert accept_labels(redis, model, labels) == "accepted"


def send_json(redis: Redis, model: str, labels: Sequence[dict[str, Any]]) -> None:
    """Take labels of predictions as they stand in requests."""
    for first in range(0, len(labels), 1_000):
        send(redis, model, *(_of_json(each) for each in labels[first : first + 1_000]))


def _of_json(label: dict[str, Any]) -> Label:
    time_ms = round(datetime.fromisoformat(label["time"]).timestamp() * 1000)
    if "prediction_id" in label:
        return about(label["prediction_id"], label["label"], time_ms)
    return of_entity(label["user_id"], label["label"], time_ms)


def account(redis: Redis, model: str) -> LabelLedger:
    """The label ledger, which balances."""
    found = label_ledger(redis, model)
    assert found.differences == []
    return found


def unmatched(redis: Redis, model: str) -> list[dict[bytes, bytes]]:
    """The unmatched labels that are kept to be looked at, with their reasons."""
    kept = cast("list[tuple[bytes, dict[bytes, bytes]]]", redis.xrange(LabelKeys(model).unmatched))
    return [fields for _, fields in kept]


def counting(folder: Path) -> dict[str, float | str]:
    """The labels that count in a window, by prediction id."""
    return {row.prediction_id: row.label for row in rows_of(folder) if row.state in {"joined", "implied"}}


def rows_of(folder: Path) -> list[LabelRow]:
    """What stands in a window's labels.parquet."""
    return LabelFile(folder).rows()


def without_ids(rows: Iterable[LabelRow]) -> list[LabelRow]:
    """The same rows without what differs between two runs: the stream ids by which labels came."""
    return [row._replace(label_id="") for row in rows]
