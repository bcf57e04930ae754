"""The mark of a version tells since when it is served, by however many, wherever Redis was meanwhile."""

import asyncio

from redis import Redis

from contract.partition import partitions
from contract.redis.connection import request_client
from contract.versions.served import STALE_AFTER, has_answered, mark_served
from contract.versions.use import Use, read_use
from tests.support.records import PARTITION
from tests.support.versions import mark

SLACK_MS = 5_000
"""What a busy machine adds."""


def marked(redis: Redis, redis_url: str, served_for: float) -> Use:
    """The version's use once a service has marked it that has served it for so many seconds."""

    async def mark_once() -> None:
        client = request_client(redis_url, 5)
        await mark_served(client, PARTITION, served_for)
        await client.aclose()

    asyncio.run(mark_once())
    return read_use(redis, PARTITION)


def served_for(use: Use) -> float:
    """For how many milliseconds the version is served by its mark."""
    assert use.served
    assert use.is_served
    return use.now - use.served.since


def test_a_mark_makes_a_version_known_that_nobody_asked_yet(redis: Redis, redis_url: str) -> None:
    """It has neither record nor window."""
    assert read_use(redis, PARTITION).is_served is None
    assert 0 <= served_for(marked(redis, redis_url, 0)) < SLACK_MS
    assert partitions(redis) == [PARTITION]


def test_a_shadow_has_answered_nobody(redis_url: str) -> None:
    """Its version is served all the same; once it answers, that stays, whoever marks it."""

    async def mark_thrice() -> list[bool]:
        client, told = request_client(redis_url, 5), list[bool]()
        for answers in (False, True, False):
            await mark_served(client, PARTITION, 0, answers=answers)
            told.append(await has_answered(client, PARTITION))
        await client.aclose()
        return told

    assert asyncio.run(mark_thrice()) == [False, True, True]


def test_a_version_is_served_since_the_first_of_those_that_serve_it(redis: Redis, redis_url: str) -> None:
    """A second one that comes later, or marks later, changes nothing."""
    assert served_for(marked(redis, redis_url, 3600)) >= 3_600_000
    assert served_for(marked(redis, redis_url, 5)) >= 3_600_000
    assert served_for(marked(redis, redis_url, 7200)) >= 7_200_000


def test_a_version_that_comes_back_is_served_since_then(redis: Redis, redis_url: str) -> None:
    """The mark of those that served it before is stale."""
    mark(redis, PARTITION, ago=STALE_AFTER + 1, served_for=86_400)
    assert 5_000 <= served_for(marked(redis, redis_url, 5)) < 5_000 + SLACK_MS


def test_a_service_that_outlived_an_outage_of_redis_has_served_all_the_time(
    redis: Redis, redis_url: str
) -> None:
    """It knows since when, though the mark in Redis is old."""
    mark(redis, PARTITION, ago=600, served_for=60)
    assert served_for(marked(redis, redis_url, 3600)) >= 3_600_000
