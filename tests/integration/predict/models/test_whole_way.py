"""Three models of three tasks in one service: answers, windows and figures of each are its own."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from bundle import Bundle
from contract.partition import ledger
from demo.machine.ports import free_port
from tests.support.data.three import asked, joined, known_rows, partition_of, score_of
from tests.support.processes.pipeline import pipeline
from tests.support.processes.predict import EMBEDDED, samples_of, value_of
from tests.support.waiting import wait_for

REQUESTS = 1000
WINDOW = 250
WINDOWS = REQUESTS // WINDOW

Answers = dict[str, list[dict[str, Any]]]


def interleaved(url: str, bundles: Mapping[str, Bundle], at_once: int = 24) -> Answers:
    """Ask each model its rows again and again, one model after the other, and give each one's answers."""
    rows = {name: known_rows(bundle) for name, bundle in bundles.items()}
    answers: Answers = {name: [{}] * REQUESTS for name in bundles}
    waiting = iter([(number, name) for number in range(REQUESTS) for name in bundles])

    async def ask(client: httpx.AsyncClient) -> None:
        for number, name in waiting:
            body = asked(bundles[name], rows[name][number % len(rows[name])], number)
            answer = await client.post(f"/models/{name}/predict", json=body)
            answers[name][number] = answer.raise_for_status().json()

    async def ask_all() -> None:
        limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
        async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60) as client:
            await asyncio.gather(*(ask(client) for _ in range(at_once)))

    asyncio.run(ask_all())
    return answers


def expect_answers(bundle: Bundle, answers: list[dict[str, Any]]) -> None:
    """Each answer is what the model says of its row, and says whose it is."""
    rows = known_rows(bundle)
    assert len(answers) == REQUESTS
    for number, answer in enumerate(answers):
        assert (answer["model"], answer["model_version"]) == (bundle.name, bundle.version)
        assert score_of(answer) == pytest.approx(rows[number % len(rows)].score, rel=1e-4, abs=1e-4)


def test_each_of_three_models_has_its_answers_windows_and_figures(
    bundles: dict[str, Bundle], tmp_path: Path
) -> None:
    """A thousand requests each, interleaved: each record is in a window of its own model."""
    figures = str(free_port())
    served = joined(*bundles.values())
    with (
        pipeline(tmp_path, BUNDLE=served, WINDOW_ROWS=str(WINDOW), APPEND_TIMEOUT="20") as running,
        Redis.from_url(running.redis.url) as redis,
    ):
        running.start("predict")
        running.start("worker")
        running.start("sweep", **EMBEDDED, OTEL_SDK_DISABLED="false", METRICS_PORT=figures)
        answers = interleaved(running.url, bundles)
        for name, bundle in bundles.items():
            expect_answers(bundle, answers[name])
            labels = partition_of(bundle).labels
            assert value_of(running.url, "predictions_total", **labels) == REQUESTS
            logged = {"outcome": "appended", **labels}
            assert value_of(running.url, "feature_log_records_total", **logged) == REQUESTS
            assert value_of(running.url, "feature_log_commit_seconds_count", **labels) > 0
        for bundle in bundles.values():
            partition = partition_of(bundle)
            wait_for(
                f"the windows of {bundle.name} to be evaluated",
                lambda partition=partition: ledger(redis, partition).evaluated == REQUESTS,  # type: ignore[misc]
                timeout=120,
            )
            assert redis.zcard(partition.evaluated) == WINDOWS
            assert ledger(redis, partition).differences == []
        page = f"http://127.0.0.1:{figures}"
        for bundle in bundles.values():
            labels = partition_of(bundle).labels
            evaluated = {"status": "evaluated", **labels}
            assert value_of(page, "drift_windows_total", **evaluated) == WINDOWS
            assert value_of(page, "drift_window_rows", **labels) == WINDOW
            assert value_of(page, "drift_share_ratio", **labels) >= 0
            assert any(
                name.startswith("drift_prediction_score{") and f'model="{bundle.name}"' in name
                for name in samples_of(page)
            )
