"""A hundred thousand requests that nobody thought of: no server error, no hang, no growth, no bad record."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from redis import Redis
from schemathesis import GenerationMode

from bundle import Bundle, open_bundle
from contract.keys import Partition
from contract.partition import ledger
from predict.request.openapi import request_example
from tests.support.data.month_records import month_records
from tests.support.figures import Figures
from tests.support.http.generated import changed_features, mutated
from tests.support.http.load import Logged
from tests.support.http.raw_requests import Requests
from tests.support.http.raw_sending import Seen, send_all
from tests.support.paths import ROOT
from tests.support.processes.memory import resident_mb
from tests.support.processes.predict import EMBEDDED, is_ready, serving
from tests.support.records import read_all
from tests.support.soak import SCALE
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(500)

SEED = 20_261_124
BY_PAGE, BY_BODY, BY_HAND, BROKEN = SCALE.by_page, SCALE.by_body, SCALE.by_hand, SCALE.broken
TOTAL = BY_PAGE + BY_BODY + BY_HAND + BROKEN
GROWTH_MB = 10
"""A quarter of a kilobyte kept of each answered request would be more."""

visible = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
media_types = st.one_of(
    *[st.just("application/json")] * 3,
    st.sampled_from(["text/plain", "application/json; charset=latin-1", "application/xml", ""]),
    st.text(visible, max_size=40),
)


def generated(count: int) -> settings:
    """So many examples, without looking for smaller ones."""
    return settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


class Client:
    """Asks one request after another, and keeps what came."""

    def __init__(self, url: str) -> None:
        self.sent = 0
        self.statuses: Counter[int] = Counter()
        self.prediction_ids: list[str] = []
        self.http = httpx.Client(base_url=url, timeout=20, event_hooks={"response": [self._keep]})

    def ask(self, content: bytes, headers: dict[str, str]) -> None:
        """Send one request."""
        self.sent += 1
        self.http.post("/predict", content=content, headers=headers)

    def _keep(self, response: httpx.Response) -> None:
        response.read()
        self.statuses[response.status_code] += 1
        if response.status_code == 200:
            self.prediction_ids.append(response.json()["prediction_id"])


def test_a_hundred_thousand_generated_requests(
    redis: Redis, redis_url: str, tmp_path: Path, figures: Figures
) -> None:
    """Every 200 is a record; every record can be read; the process stays as large as it was."""
    bundle = open_bundle(ROOT / "bundles" / "churn")
    with serving(tmp_path, redis_url, REQUEST_TIMEOUT="3", **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        client = Client(running.url)
        by_body(client, 500)
        before = resident_mb(running.process.pid)
        by_body(client, BY_BODY - 500)
        page = by_page(running.url)
        raw = asyncio.run(by_hand(running.url, bundle))
        grown = resident_mb(running.process.pid) - before
        client.http.close()
        sent = {"by_page": len(page), "by_body": client.sent, "by_hand": raw.sent}
        statuses = client.statuses + raw.statuses + Counter(status for status, _ in page)
        answered = client.prediction_ids + raw.prediction_ids + [each for _, each in page if each]
        figures.add(
            "generated requests",
            sent=sum(sent.values()),
            **sent,
            answered=statuses.total(),
            ok=statuses[200],
            refused=sum(count for status, count in statuses.items() if 400 <= status < 500),
            failed=sum(count for status, count in statuses.items() if status >= 500),
            closed=raw.closed,
            grown_mb=round(grown),
        )
        assert is_ready(running.url)
    assert sent["by_page"] >= BY_PAGE
    assert sent["by_body"] >= BY_BODY
    assert sum(sent.values()) >= TOTAL
    assert not [status for status in statuses if status >= 500]
    assert statuses[200] > TOTAL / 4
    assert grown < GROWTH_MB
    partition = Partition(bundle.name, bundle.version)
    logged = read_all(bundle.schema, partition, Logged(redis, partition).entries).prediction_ids
    assert len(set(logged)) == len(logged)
    assert set(answered) <= set(logged)
    assert len(logged) - len(set(answered)) <= raw.closed, (
        "more than the answers that were cut off on their way"
    )
    assert ledger(redis, partition).differences == []
    assert not [line for line in running.lines() if line["level"] == "error"]


def by_body(client: Client, count: int) -> None:
    """Bodies made by hypothesis: features changed at will, and bytes put in the place of others.

    Most say that they are JSON; the others say what hypothesis likes.
    """
    example = request_example(open_bundle(ROOT / "bundles" / "churn").schema)

    @seed(SEED + count)
    @generated(count // 2)
    @given(changes=changed_features, sent_as=media_types)
    def changed(changes: dict[str, Any], sent_as: str) -> None:
        body = json.dumps({"features": {**example["features"], **changes}}).encode()
        client.ask(body, {"Content-Type": sent_as})

    @seed(SEED + count)
    @generated(count // 2)
    @given(content=mutated(), sent_as=media_types)
    def other(content: bytes, sent_as: str) -> None:
        client.ask(content, {"Content-Type": sent_as})

    changed()
    other()


def by_page(url: str) -> list[tuple[int, str | None]]:
    """Requests made by schemathesis from the OpenAPI page; the status of each, and its prediction id."""
    page = schemathesis.openapi.from_url(f"{url}/openapi.json")
    found: list[tuple[int, str | None]] = []
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @seed(SEED)
        @generated(BY_PAGE // 2)
        @given(case=page["/predict"]["POST"].as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            response = case.call()
            accepted = response.status_code == httpx.codes.OK
            found.append((response.status_code, response.json()["prediction_id"] if accepted else None))

        ask()
    return found


async def by_hand(url: str, bundle: Bundle) -> Seen:
    """Requests as bytes, over many connections."""
    records = month_records(ROOT / "data" / "streamflow" / "month_001", bundle)[:500]
    bodies = [{"features": json.loads(record.features_json)} for record in records]
    parts = urlsplit(url)
    requests = Requests(bodies, Random(SEED))  # noqa: S311 - a seed
    return await send_all(parts.hostname or "", parts.port or 0, requests, BY_HAND, BROKEN)
