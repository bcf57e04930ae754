"""What the append script counts beside the records, and what it remembers of an Idempotency-Key."""

import asyncio
from collections.abc import Callable

import pytest
from redis import Redis

from contract.partition import ledger
from contract.redis.connection import request_client
from contract.stream.append import AppendReply, Batch, Counts, StreamWriter
from contract.stream.idempotency import Once, Remembered
from tests.support.records import PARTITION, record

Append = Callable[[Batch], AppendReply]


@pytest.fixture
def append(redis: Redis, redis_url: str) -> Append:
    """Appends one batch as a writer in a service does."""

    async def call(batch: Batch) -> AppendReply:
        client = request_client(redis_url, timeout=5.0)
        try:
            return await StreamWriter(PARTITION, 100, "writer").append(client, batch)
        finally:
            await client.aclose()

    return lambda batch: asyncio.run(call(batch))


def test_counts_are_taken_once_under_their_number(append: Append, redis: Redis) -> None:
    """What a limit kept out is added to the ledger, with a batch or without, and never twice."""
    first = Batch(1, [record(1)], counts=Counts(1, {"accepted": 5, "dropped": 2, "unsampled": 3}))
    for _ in range(2):
        append(first)
    alone = Batch(2, counts=Counts(2, {"accepted": 1, "dropped": 1}))
    for _ in range(2):
        append(alone)
    account = ledger(redis, PARTITION)
    assert (account.accepted, account.appended, account.dropped, account.unsampled) == (7, 1, 3, 3)
    assert account.differences == []


def test_spooled_records_leave_the_spool_as_they_are_appended(append: Append, redis: Redis) -> None:
    """They are announced once, and then move from one count to the other, however often they are sent."""
    announced = Counts(1, {"accepted": 5, "spooled": 5})
    append(Batch(1, counts=announced))
    append(Batch(1, [record(1), record(2), record(3)], spooled=True))
    assert (ledger(redis, PARTITION).spooled, ledger(redis, PARTITION).appended) == (2, 3)
    append(Batch(1, counts=announced))
    append(Batch(1, [record(number) for number in range(1, 6)], spooled=True))
    account = ledger(redis, PARTITION)
    assert (account.accepted, account.spooled, account.appended) == (5, 0, 5)
    assert account.differences == []


def test_a_repeat_is_told_what_was_answered_first(append: Append, redis: Redis) -> None:
    """It isn't appended, and is counted as repeated; in one batch as in two."""
    once = Once("k", "f")
    reply = append(Batch(1, [record(1), record(2)], once={0: once, 1: once}))
    first = Remembered("f", record(1).prediction_id, record(1).score)
    assert reply.repeats == {1: first}
    assert append(Batch(3, [record(3)], once={0: once})).repeats == {0: first}
    account = ledger(redis, PARTITION)
    assert (account.accepted, account.appended, account.repeated) == (3, 1, 2)
    assert account.differences == []


def test_a_batch_sent_again_still_tells_its_repeats(append: Append, redis: Redis) -> None:
    """The answer that got lost is given again, and the key's own record is no repeat of itself."""
    batch = Batch(1, [record(1), record(2)], once={0: Once("k", "f"), 1: Once("k", "f")})
    assert append(batch).repeats == append(batch).repeats
    assert redis.xlen(PARTITION.stream) == 1
    assert ledger(redis, PARTITION).differences == []


def test_what_is_not_sampled_is_remembered_all_the_same(append: Append, redis: Redis) -> None:
    """A repeat of it gets its answer."""
    append(Batch(1, [record(1)], once={0: Once("k", "f", logged=False)}))
    assert append(Batch(2, [record(2)], once={0: Once("k", "f")})).repeats[0].prediction_id == (
        record(1).prediction_id
    )
    account = ledger(redis, PARTITION)
    assert (account.accepted, account.unsampled, account.repeated, account.appended) == (2, 1, 1, 0)
    assert account.differences == []


def test_a_key_is_forgotten_in_time(append: Append, redis: Redis) -> None:
    """After its lifetime the same key is a new one."""
    append(Batch(1, [record(1)], once={0: Once("k", "f")}))
    lifetime = redis.pttl(PARTITION.idempotency("k"))
    assert 590_000 < lifetime <= 600_000
