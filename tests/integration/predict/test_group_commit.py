"""Concurrent requests share round trips, and each 200 stands for one record."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from tests.support.http.load import Logged, send
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.waiting import wait_for


def test_requests_that_wait_together_share_a_round_trip(
    redis: Redis, redis_url: str, logged: Logged, asked: dict[str, Any], tmp_path: Path
) -> None:
    """While Redis is busy with one batch, all that come meanwhile make the next."""
    with serving(tmp_path, redis_url, APPEND_TIMEOUT="20", **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        redis.client_pause(1000)
        outcomes = send(running.url, asked, 40, at_once=40)
        round_trips = running.value("feature_log_commit_seconds_count")
    assert outcomes.statuses == {200: 40}
    assert sorted(logged.ids) == sorted(outcomes.predicted)
    assert round_trips <= 5


def test_records_of_one_connection_keep_their_order(
    client: httpx.Client, logged: Logged, asked: dict[str, Any]
) -> None:
    """Each was committed before its answer."""
    answers = [client.post("/predict", json=asked).json()["prediction_id"] for _ in range(20)]
    assert logged.ids == answers


@pytest.mark.parametrize("at_once", [1, 8, 64])
def test_every_answer_is_one_record(
    service: Running, logged: Logged, asked: dict[str, Any], at_once: int
) -> None:
    """However many are under way at once."""
    outcomes = send(service.url, asked, 128, at_once)
    assert outcomes.statuses == {200: 128}
    assert sorted(logged.ids) == sorted(outcomes.predicted)
