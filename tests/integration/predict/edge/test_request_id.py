"""One id for a request: in the answer, in the access log and in its span."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.http.load import Logged
from tests.support.observability.otlp_receiver import attributes, otlp_receiver
from tests.support.processes.predict import Running, is_ready, serving
from tests.support.waiting import wait_for

HEADER = "X-Request-ID"
MADE = re.compile("[0-9a-f]{32}")


def test_a_clients_id_comes_back(client: httpx.Client, asked: dict[str, Any]) -> None:
    """With a prediction, a refusal, a page, and what isn't there."""
    for number, (method, path, body) in enumerate(
        [
            ("POST", "/predict", asked),
            ("POST", "/predict", {}),
            ("GET", "/docs", None),
            ("GET", "/nowhere", None),
        ]
    ):
        given = f"web-7/{number}:a=b+c@d.e_f"
        assert client.request(method, path, json=body, headers={HEADER: given}).headers[HEADER] == given


def test_without_one_each_request_gets_its_own(client: httpx.Client) -> None:
    """Also from a page that is made once."""
    made = [client.get("/docs").headers.get_list(HEADER) for _ in range(3)]
    assert all(len(ids) == 1 and MADE.fullmatch(ids[0]) for ids in made)
    assert len({ids[0] for ids in made}) == len(made)


@pytest.mark.parametrize(
    "given", ["", "x" * 129, "two words", 'a"b', "{}", "ä".encode().decode("latin-1"), "a\tb"]
)
def test_an_unsound_id_is_replaced(client: httpx.Client, given: str) -> None:
    """It would end up in logs."""
    answer = client.get("/health", headers={HEADER.encode(): given.encode("latin-1")})
    assert MADE.fullmatch(answer.headers[HEADER])


def test_an_id_that_is_given_twice_is_replaced(client: httpx.Client) -> None:
    """Nobody could say which one counts."""
    answer = client.get("/health", headers=[(HEADER, "one"), (HEADER, "two")])
    assert MADE.fullmatch(answer.headers[HEADER])


@pytest.mark.parametrize("way", ["contrib", "native"])
def test_an_id_leads_to_line_and_span(
    way: str, logged: Logged, tmp_path: Path, asked: dict[str, Any]
) -> None:
    """ACCESS_LOG=on writes a line for each request, without anything of its body, query or path."""
    with otlp_receiver() as received:
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": received.url,
            "OTEL_TRACES_SAMPLER": "always_on",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "HTTP_INSTRUMENTATION": way,
            "ACCESS_LOG": "on",
        }
        with serving(tmp_path, logged.url, **variables) as running:
            wait_for("predict to be ready", lambda: is_ready(running.url))
            secret = {**asked, "user_id": "somebody"}
            httpx.post(f"{running.url}/predict?q=hidden", json=secret, headers={HEADER: "one"})
            httpx.get(f"{running.url}/somewhere/secret", headers={HEADER: "two"})
            wait_for("a line of the last", lambda: "two" in [line["request_id"] for line in access(running)])
            lines = access(running)
            probes = [line for line in access(running) if line["route"] in ("/health", "/ready")]
            text = running.log.read_text()
    first, second = lines[-2:]
    assert all(line["status"] == 503 for line in probes)
    assert {name: first[name] for name in ("request_id", "method", "route", "status", "client")} == {
        "request_id": "one",
        "method": "POST",
        "route": "/predict",
        "status": 200,
        "client": "127.0.0.1",
    }
    assert first["seconds"] > 0
    assert first["bytes"] > 0
    assert (second["request_id"], second["route"], second["status"]) == ("two", "unmatched", 404)
    span = next(span for span in received.spans if span.name == "POST /predict")
    assert attributes(list(span.attributes))["request_id"] == "one"
    assert first["trace_id"] == span.trace_id.hex()
    assert not [word for word in ("somebody", "hidden", "secret") if word in text]
    assert json.dumps(asked["features"])[1:-1] not in text


def access(running: Running) -> list[dict[str, Any]]:
    """The lines of the access log so far."""
    return [line for line in running.lines() if line["logger"] == "predict.access"]


def test_without_the_setting_there_are_no_lines(service: Running, client: httpx.Client) -> None:
    """The metrics count them all the same."""
    client.get("/model")
    assert access(service) == []
