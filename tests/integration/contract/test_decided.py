"""What was decided last of a model version, as predict's page reads it."""

import asyncio
from typing import Any

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from contract.versions.decided import LOOKED_AT, LatestDecisions, read_latest_decisions
from tests.support.records import PARTITION

QUALITY = '{"decision": "RETRAINING_TRIGGERED", "reasons": ["auc 0.48 < 0.83"]}'
WINDOW = '{"decision": null, "status": "failed", "reasons": ["it was tried 3 times"]}'


def latest(url: str) -> LatestDecisions:
    """What is read of the partition."""

    async def read() -> LatestDecisions:
        async with AsyncRedis.from_url(url) as redis:
            return await read_latest_decisions(redis, PARTITION)

    return asyncio.run(read())


@pytest.mark.parametrize(("windows", "is_found"), [(0, True), (60, True), (LOOKED_AT + 50, False)])
def test_labels_are_found_behind_many_windows(
    redis: Redis, redis_url: str, windows: int, *, is_found: bool
) -> None:
    """Up to a bound; whether anything older was left out is told."""
    with redis.pipeline(transaction=False) as pipeline:
        pipeline.xadd(PARTITION.decisions, {"quality_id": "q1", "evaluation": QUALITY}, id="1000-1")
        for number in range(windows):
            event: Any = {"window_id": f"w{number}", "evaluation": WINDOW}
            pipeline.xadd(PARTITION.decisions, event, id=f"{2000 + number}-0")
        pipeline.execute()
    found = latest(redis_url)
    assert (found.quality is not None) == is_found
    assert is_found or not found.ended
    if found.quality is not None:
        assert (found.quality.id, found.quality.time_ms) == ("q1", 1000)
        assert (found.quality.decision, found.quality.reason) == ("RETRAINING_TRIGGERED", "auc 0.48 < 0.83")
    if windows:
        assert found.drift is not None
        assert (found.drift.id, found.drift.decision) == (f"w{windows - 1}", "failed")


def test_where_nothing_was_decided_there_is_nothing(redis_url: str) -> None:
    """And that is all that there is."""
    assert latest(redis_url) == LatestDecisions(None, None, ended=True)
