"""One Idempotency-Key is for all rows of a request: the same rows are logged, and answered, once."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from redis import Redis

from contract.keys import Partition
from contract.partition import ledger
from contract.stream.append import APPEND, Batch, StreamWriter
from contract.stream.idempotency import RowsFingerprint
from contract.stream.record import Record
from tests.support.http.batches import Row, customers, ids_of, post_rows
from tests.support.http.load import Logged
from tests.support.processes.predict import Running

KEY = "order 66"
ROWS = 200
ALTERED: Row = {**customers(1)[0], "user_id": "somebody else"}


def test_the_same_rows_get_the_same_predictions(
    service: Running, client: httpx.Client, logged: Logged, redis: Redis
) -> None:
    """Whatever the layout; they are logged and predicted once, and counted as repeated."""
    before = service.value("predictions_total")
    first = post_rows(client, customers(ROWS), KEY)
    turned = [dict(reversed(row.items())) for row in customers(ROWS)]
    again = post_rows(client, turned, KEY)
    assert again.json() == first.json()
    assert logged.ids == ids_of(first)
    assert service.value("predictions_total") == before + ROWS
    account = ledger(redis, logged.partition)
    assert (account.accepted, account.appended, account.repeated) == (2 * ROWS, ROWS, ROWS)
    assert account.differences == []


def test_repeats_at_the_same_time_get_the_same_predictions(service: Running, logged: Logged) -> None:
    """A client that loses patience asks again while its first request is under way."""

    async def send() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=service.url, timeout=30) as clients:
            asked = {"rows": customers(ROWS)}
            return await asyncio.gather(
                *(
                    clients.post("/predict/batch", json=asked, headers={"Idempotency-Key": KEY})
                    for _ in range(5)
                )
            )

    answers = asyncio.run(send())
    assert all(ids_of(answer) == logged.ids for answer in answers)


@pytest.mark.parametrize("done", [1, 3, 130, ROWS - 1])
def test_a_repeat_completes_what_was_cut_off(
    client: httpx.Client, redis: Redis, logged: Logged, partition: Partition, done: int
) -> None:
    """The rows that were logged before are not logged again; the others are, behind them."""
    records = [_record(partition, place, row) for place, row in enumerate(customers(ROWS))]
    fingerprint = RowsFingerprint()
    fingerprint.add(record.asked for record in records)
    writer = StreamWriter(partition, 1000, "a process that was killed")
    once = {place: fingerprint.once(KEY, place) for place in range(done)}
    APPEND.run(redis, *writer.call(Batch(1, records[:done], once)))
    ids = ids_of(post_rows(client, customers(ROWS), KEY))
    assert ids[:done] == [record.prediction_id for record in records[:done]]
    assert logged.ids == ids
    assert ids_of(post_rows(client, customers(ROWS), KEY)) == ids
    assert len(logged.ids) == ROWS


@pytest.mark.parametrize(
    "other",
    [
        pytest.param([*customers(ROWS - 1), ALTERED], id="another last row"),
        pytest.param([ALTERED, *customers(ROWS - 1, first=1)], id="another first row"),
        pytest.param(customers(ROWS)[::-1], id="another order"),
        pytest.param([*customers(2)[::-1], *customers(ROWS - 2, first=2)], id="two rows exchanged"),
        pytest.param(customers(ROWS - 1), id="fewer rows"),
        pytest.param(customers(ROWS + 1), id="more rows"),
        pytest.param(customers(1), id="the first row"),
    ],
)
def test_other_rows_under_a_used_key_are_refused(
    client: httpx.Client, logged: Logged, redis: Redis, other: list[Row]
) -> None:
    """None of them is logged; the rows themselves may still be asked for again."""
    first = ids_of(post_rows(client, customers(ROWS), KEY))
    answer = post_rows(client, other, KEY)
    assert (answer.status_code, answer.json()["reason"]) == (422, "key_reused")
    assert logged.ids == first == ids_of(post_rows(client, customers(ROWS), KEY))
    assert ledger(redis, logged.partition).differences == []


@pytest.mark.parametrize("single_first", [True, False])
def test_a_key_is_for_one_row_or_for_a_request_of_rows(
    client: httpx.Client, logged: Logged, single_first: bool
) -> None:
    """Also where the only row is the same: the second use is refused."""
    (row,) = customers(1)
    headers = {"Idempotency-Key": KEY}
    answers = []
    for single in (single_first, not single_first):
        if single:
            answers.append(client.post("/predict", json=row, headers=headers))
        else:
            answers.append(post_rows(client, [row], KEY))
    first, second = answers
    assert first.status_code == 200
    assert (second.status_code, second.json()["reason"]) == (422, "key_reused")
    assert len(logged.ids) == 1


def test_without_a_key_the_same_rows_are_others(client: httpx.Client, logged: Logged) -> None:
    """As are those under another key."""
    ids = [each for key in (None, None, "a", "b") for each in ids_of(post_rows(client, customers(5), key))]
    assert logged.ids == ids
    assert len(set(ids)) == 20


def test_what_is_no_key_is_refused(client: httpx.Client, logged: Logged) -> None:
    """Before anything is scored."""
    answer = post_rows(client, customers(2), "k" * 256)
    assert (answer.status_code, answer.json()["reason"]) == (400, "key_invalid")
    assert logged.ids == []


def _record(partition: Partition, place: int, row: dict[str, Any]) -> Record:
    """What the service would log of a row, under an id of its own."""
    return Record(
        prediction_id=f"01a00000-0000-7000-8000-{place:012x}",
        timestamp_ms=1_700_000_000_000,
        model=partition.model,
        version=partition.version,
        entity=row["user_id"],
        features_json=json.dumps(row["features"], separators=(",", ":")).encode(),
        score=0.5,
        traceparent=None,
    )
