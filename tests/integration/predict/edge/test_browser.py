"""Pages of other origins may ask only where CORS_ORIGINS names them."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import RedisServer
from tests.support.waiting import wait_for

APP = "https://app.example"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
}


@pytest.fixture(scope="module")
def service(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with keys, that pages of two origins may ask."""
    variables = {"CORS_ORIGINS": f"{APP}, http://localhost:5173", "API_KEYS": "0123456789abcdef"}
    with serving(tmp_path_factory.mktemp("predict"), redis_server.url, **variables, **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        yield running


@pytest.mark.parametrize("origin", [APP, "http://localhost:5173"])
def test_a_page_of_a_named_origin_may_ask(client: httpx.Client, asked: dict[str, Any], origin: str) -> None:
    """Its browser asks first, without a key, and then with what it was allowed."""
    first = client.options("/predict", headers={"Origin": origin, **PREFLIGHT})
    assert first.status_code == 200
    assert first.headers["Access-Control-Allow-Origin"] == origin
    assert "POST" in first.headers["Access-Control-Allow-Methods"]
    key = {"Authorization": "Bearer 0123456789abcdef"}
    answer = client.post("/predict", json=asked, headers={"Origin": origin, **key})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert "X-Request-ID" in answer.headers["Access-Control-Expose-Headers"]


def test_a_refusal_can_be_read_by_the_page_too(client: httpx.Client) -> None:
    """Else its script would not know what is wrong."""
    answer = client.post("/predict", json={}, headers={"Origin": APP})
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == APP


@pytest.mark.parametrize("origin", ["https://evil.example", "https://app.example.evil", "null"])
def test_a_page_of_another_origin_may_not(client: httpx.Client, origin: str) -> None:
    """Its browser is told so before it asks, and shows no answer to it."""
    assert client.options("/predict", headers={"Origin": origin, **PREFLIGHT}).status_code == 400
    assert "Access-Control-Allow-Origin" not in client.get("/model", headers={"Origin": origin}).headers
