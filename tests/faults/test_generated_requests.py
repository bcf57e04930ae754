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
from bundle import Bundle, open_bundle
from contract.keys import Partition
from contract.reading import ledger
from hypothesis import HealthCheck, Phase, given, seed, settings
from predict.openapi import request_example
from redis import Redis
from schemathesis import GenerationMode

from tests.conftest import ROOT
from tests.faults.figures import Figures
from tests.faults.raw_requests import Requests, send_all
from tests.integration.predict.load import Logged
from tests.integration.predict.serving import EMBEDDED, Running, is_ready, serving
from tests.integration.predict.test_generated_requests import changed_features, mutated
from tests.month_records import month_records
from tests.records import read_all
from tests.waiting import wait_for

pytestmark = pytest.mark.timeout(500)

SEED = 20_261_124
BY_PAGE, BY_BODY, BY_HAND, BROKEN = 2_000, 8_000, 86_400, 3_600
GROWTH_MB = 60


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
        self.statuses: Counter[int] = Counter()
        self.prediction_ids: list[str] = []
        self.http = httpx.Client(base_url=url, timeout=20, event_hooks={"response": [self._keep]})

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
        before = resident_mb(running)
        by_body(client, BY_BODY - 500)
        page = by_page(running.url)
        raw = asyncio.run(by_hand(running.url, bundle))
        grown = resident_mb(running) - before
        client.http.close()
        statuses = client.statuses + raw.statuses + Counter(page.values())
        answered = client.prediction_ids + raw.prediction_ids + list(page)
        figures.add(
            "generated requests",
            sent=BY_PAGE + BY_BODY + BY_HAND + BROKEN,
            answered=statuses.total(),
            ok=statuses[200],
            refused=sum(count for status, count in statuses.items() if 400 <= status < 500),
            failed=sum(count for status, count in statuses.items() if status >= 500),
            closed=raw.closed,
            grown_mb=round(grown),
        )
        assert is_ready(running.url)
    assert not [status for status in statuses if status >= 500]
    assert statuses[200] > 30_000
    assert grown < GROWTH_MB
    partition = Partition(bundle.name, bundle.version)
    logged = read_all(bundle.schema, partition, Logged(redis, partition).entries).prediction_ids
    real = [each for each in answered if not each.startswith("refused")]
    assert len(set(logged)) == len(logged)
    assert set(real) <= set(logged)
    assert len(logged) - len(real) <= raw.closed, "more than the answers that were cut off on their way"
    assert ledger(redis, partition).differences == []
    assert not [line for line in running.lines() if line["level"] == "error"]


def by_body(client: Client, count: int) -> None:
    """Bodies made by hypothesis: features changed at will, and bytes put in the place of others."""
    example = request_example(open_bundle(ROOT / "bundles" / "churn").schema)
    json_type = {"Content-Type": "application/json"}

    @seed(SEED)
    @generated(count // 2)
    @given(changes=changed_features)
    def changed(changes: dict[str, Any]) -> None:
        body = json.dumps({"features": {**example["features"], **changes}}).encode()
        client.http.post("/predict", content=body, headers=json_type)

    @seed(SEED)
    @generated(count // 2)
    @given(content=mutated())
    def other(content: bytes) -> None:
        client.http.post("/predict", content=content, headers=json_type)

    changed()
    other()


def by_page(url: str) -> dict[str, int]:
    """Requests made by schemathesis from the OpenAPI page; the status by prediction id, or by a number."""
    page = schemathesis.openapi.from_url(f"{url}/openapi.json")
    found: dict[str, int] = {}
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @seed(SEED)
        @generated(BY_PAGE // 2)
        @given(case=page["/predict"]["POST"].as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            response = case.call()
            accepted = response.status_code == 200
            name = response.json()["prediction_id"] if accepted else f"refused {len(found)}"
            found[name] = response.status_code

        ask()
    return found


async def by_hand(url: str, bundle: Bundle) -> Any:
    """Requests as bytes, over many connections."""
    records = month_records(ROOT / "data" / "streamflow" / "month_001", bundle)[:500]
    bodies = [{"features": json.loads(record.features_json)} for record in records]
    parts = urlsplit(url)
    requests = Requests(bodies, Random(SEED))  # noqa: S311 - a seed
    return await send_all(parts.hostname or "", parts.port or 0, requests, BY_HAND, BROKEN)


def resident_mb(running: Running) -> float:
    """The memory that the service holds, in MiB."""
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024
