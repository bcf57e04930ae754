"""Requests with labels that nobody thought of: no server error, and what is acknowledged is what waits."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from redis import Redis

from contract.labels.keys import LabelKeys
from contract.labels.ledger import label_ledger
from tests.support.figures import Figures
from tests.support.http.generated import json_values
from tests.support.labels import prediction
from tests.support.processes.predict import EMBEDDED, is_ready, serving
from tests.support.soak import SCALE
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(500)

SEED = 20_261_129
EXAMPLE = json.dumps(
    {
        "labels": [
            {"prediction_id": prediction(1, at_ms=1_700_000_000_000).prediction_id, "label": True},
            {"user_id": "user-1", "label": False, "time": "2026-01-31T12:00:00Z"},
        ]
    }
).encode()

ids = st.uuids().map(str) | st.just(prediction(2, at_ms=1_700_000_000_000).prediction_id)
times = st.datetimes().map(lambda each: f"{each.isoformat()}Z") | st.text(max_size=40)
labels = st.fixed_dictionaries(
    {"label": st.booleans() | json_values},
    optional={
        "prediction_id": ids | json_values,
        "user_id": st.text(max_size=300),
        "time": times | json_values,
    },
)
bodies = st.fixed_dictionaries({"labels": st.lists(labels | json_values, max_size=5) | json_values})


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """The example's bytes with a piece replaced by others."""
    start = draw(st.integers(0, len(EXAMPLE)))
    end = draw(st.integers(start, min(len(EXAMPLE), start + 20)))
    piece = draw(
        st.binary(max_size=20) | st.sampled_from([b'"', b"{", b"}", b",", b"NaN", b"1e999", b"\\ud800"])
    )
    return EXAMPLE[:start] + piece + EXAMPLE[end:]


def test_generated_labels_are_taken_or_refused(
    redis: Redis, redis_url: str, tmp_path: Path, figures: Figures
) -> None:
    """Every answer is 202 or a problem document; what was acknowledged waits, and nothing else does."""
    statuses = Counter[int]()
    received = 0
    with serving(tmp_path, redis_url, **EMBEDDED) as running, httpx.Client(base_url=running.url) as client:
        wait_for("predict to be ready", lambda: is_ready(running.url))

        def ask(content: bytes) -> None:
            nonlocal received
            answer = client.post("/labels", content=content, headers={"content-type": "application/json"})
            statuses[answer.status_code] += 1
            if answer.status_code == 202:
                received += answer.json()["received"]
            else:
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.json()["reason"]

        @seed(SEED)
        @settings(
            max_examples=SCALE.label_bodies,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(body=bodies, text=mutated())
        def generate(body: Any, text: bytes) -> None:
            ask(json.dumps(body).encode(errors="surrogatepass"))
            ask(text)

        generate()
        assert not [line for line in running.lines() if line["level"] == "error"]
    figures.add("generated labels", sent=statuses.total(), taken=statuses[202], labels=received)
    assert statuses[202] > SCALE.label_bodies / 20
    assert {status for status in statuses if status >= 500 or status < 202} == set()
    assert label_ledger(redis, "churn").received == received == redis.xlen(LabelKeys("churn").waiting)
