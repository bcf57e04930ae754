"""A window that failed can be tried again, from its saved entries."""

from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from contract.keys import Partition
from contract.partition import ledger
from contract.stream.record import Record
from drift_worker.errors import MissingEntriesError, NotFailedError, UnknownWindowError, UnreadableFileError
from drift_worker.evaluate.evaluator import WindowEvaluator
from drift_worker.evaluate.review.retry import retry_window
from drift_worker.record.bundles import BundleCache
from drift_worker.record.files import ENTRIES
from tests.support.evaluations.windows import close_window, fail, with_bundles
from tests.support.labels import about, account, counting, joiner, of_entity, prediction, send


def test_a_retry_takes_the_failed_ones_place(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """From the saved entries, long after the stream was trimmed; once."""
    window = close_window(redis, partition, month_001[:300])
    fail(evaluator, window, 3)
    redis.delete(partition.stream)
    fresh = with_bundles(evaluator, BundleCache(evaluator.stores.files.root / "bundles"))
    evaluation = retry_window(fresh.rows, window.id)
    assert evaluator.stores.evaluations.get(window.id) == evaluation
    assert (evaluation.status, evaluation.rows) == ("evaluated", 300)
    account = ledger(redis, partition)
    assert (account.failed, account.evaluated) == (0, 300)
    assert account.differences == []
    assert not (evaluator.stores.files.folder(window.id) / ENTRIES).exists()
    with pytest.raises(NotFailedError, match="is evaluated"):
        retry_window(evaluator.rows, window.id)


def test_labels_that_waited_are_joined_after_a_retry(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """By id and by entity, to the window's rows."""
    records = [
        replace(each, prediction_id=prediction(place, at_ms=each.timestamp_ms).prediction_id)
        for place, each in enumerate(month_001[:300])
    ]
    window = close_window(redis, partition, records)
    fail(evaluator, window, 3)
    by_id, of_ada = records[7:9]
    now_ms = max(each.timestamp_ms for each in records) + 1_000
    send(redis, partition.model, about(by_id.prediction_id, True, now_ms))
    send(redis, partition.model, of_entity(of_ada.entity or "", False, now_ms))
    root = evaluator.stores.files.root
    joiner(redis, root, patience=0, now_ms=now_ms).join(partition.model)
    assert account(redis, partition.model).waiting == 2
    retry_window(evaluator.rows, window.id)
    joiner(redis, root, patience=0, now_ms=now_ms).join(partition.model)
    assert counting(root / window.id) == {by_id.prediction_id: "true", of_ada.prediction_id: "false"}
    assert account(redis, partition.model).joined == 2


def test_a_retry_gives_what_the_first_try_would_have(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """Its bad entries and duplicates included."""
    records = [*month_001[:300], *month_001[:10]]
    window = close_window(redis, partition, records)
    redis.xdel(partition.stream, window.first)
    first_id = window.first.encode()
    redis.xadd(partition.stream, {b"\xff": b"\xfe"}, id=_next(window.last))
    stream = redis.xrange(partition.stream)
    assert first_id not in [each[0] for each in stream or []]
    for _ in range(3):
        with pytest.raises(MissingEntriesError):
            evaluator.evaluate_window(window.id)
    evaluation = retry_window(evaluator.rows, window.id)
    assert (evaluation.rows, evaluation.duplicates) == (300, 9)
    account = ledger(redis, partition)
    assert (account.evaluated, account.duplicate, account.failed) == (300, 9, 1), "one entry is gone"
    assert account.differences == []


def test_what_is_not_there_can_not_be_tried_again(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record], tmp_path: Path
) -> None:
    """Each with a message that says what is missing."""
    with pytest.raises(UnknownWindowError, match="has no evaluation"):
        retry_window(evaluator.rows, f"{partition.window_prefix}-1-0")
    window = close_window(redis, partition, month_001[:300])
    fail(evaluator, window, 3)
    (evaluator.stores.files.folder(window.id) / ENTRIES).unlink()
    with pytest.raises(UnknownWindowError, match=r"entries\.jsonl is missing"):
        retry_window(evaluator.rows, window.id)


def test_entries_of_another_window_are_told(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """The other window's evaluation is not replaced."""
    asked = close_window(redis, partition, month_001[:300])
    fail(evaluator, asked, 3)
    other = close_window(redis, partition, month_001[300:600])
    fail(evaluator, other, 3)
    saved = evaluator.stores.files.folder(other.id) / ENTRIES
    saved.replace(evaluator.stores.files.folder(asked.id) / ENTRIES)
    with pytest.raises(UnreadableFileError, match=other.id):
        retry_window(evaluator.rows, asked.id)


def test_damaged_entries_are_told(
    redis: Redis, evaluator: WindowEvaluator, partition: Partition, month_001: list[Record]
) -> None:
    """By one message that names the file; the window stays failed."""
    window = close_window(redis, partition, month_001[:300])
    fail(evaluator, window, 3)
    path = evaluator.stores.files.folder(window.id) / ENTRIES
    whole = path.read_bytes()
    first, rest = whole.split(b"\n", 1)
    no_fields, no_text = b"\n1-1 []\n", b'\n1-1 {"x": 1}\n'
    for damaged in (b"", b"\xff", b"{}\n" + rest, whole[:-20], first + no_fields, first + no_text):
        path.write_bytes(damaged)
        with pytest.raises(UnreadableFileError, match=r"entries\.jsonl is damaged"):
            retry_window(evaluator.rows, window.id)
    path.write_bytes(whole)
    assert retry_window(evaluator.rows, window.id).status == "evaluated"


def _next(stream_id: str) -> str:
    time, _, sequence = stream_id.partition("-")
    return f"{time}-{int(sequence) + 1}"
