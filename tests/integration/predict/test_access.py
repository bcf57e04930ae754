"""With keys set, a request to predict has to bring one of them; everything else stays open."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from predict.errors import Reason, RefusedError, StartError
from predict.request.access import Access, read_access
from tests.support.http.load import Logged
from tests.support.paths import ROOT
from tests.support.processes import program
from tests.support.processes.pipeline import PROGRAMS
from tests.support.processes.predict import EMBEDDED, Running, environment, is_ready, serving
from tests.support.processes.redis import RedisServer
from tests.support.waiting import wait_for

KEYS = ["0123456789abcdef", "another-key-of-a-client"]


@pytest.fixture(scope="module")
def service(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with two keys, from a file."""
    folder = tmp_path_factory.mktemp("predict")
    file = folder / "keys"
    file.write_text(f"# a comment\n{KEYS[0]}\n\n  {KEYS[1]}\n")
    with serving(folder, redis_server.url, API_KEYS_FILE=str(file), **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        yield running


@pytest.mark.parametrize("key", KEYS)
def test_a_known_key_opens(client: httpx.Client, logged: Logged, asked: dict[str, Any], key: str) -> None:
    """Any of them."""
    answer = client.post("/predict", json=asked, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200
    assert len(logged.ids) == 1


def test_a_batch_needs_a_key_too(client: httpx.Client, logged: Logged, asked: dict[str, Any]) -> None:
    """Before its body is looked at."""
    refused = client.post("/predict/batch", content=b"{")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    known = {"Authorization": f"Bearer {KEYS[0]}"}
    assert client.post("/predict/batch", json={"rows": [asked] * 2}, headers=known).status_code == 200
    assert len(logged.ids) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": KEYS[0]},
        {"Authorization": f"Basic {KEYS[0]}"},
        {"Authorization": f"Bearer {KEYS[0]}x"},
        {"Authorization": f"Bearer {KEYS[0][:-1]}"},
        {"Authorization": f"Bearer {','.join(KEYS)}"},
        {"Authorization": b"Bearer \xff\xfe"},
    ],
)
def test_anything_else_does_not(
    service: Running, client: httpx.Client, logged: Logged, asked: Any, headers: Any
) -> None:
    """It is refused before its body is looked at, and counted; the answer and the log tell no key."""
    before = service.rejections().get("unauthorized", 0)
    for body in (b"{", httpx.Request("POST", "http://x", json=asked).content):
        answer = client.post(
            "/predict", content=body, headers={"Content-Type": "application/json", **headers}
        )
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert answer.json()["reason"] == "unauthorized"
        assert KEYS[0] not in answer.text
    assert service.rejections()["unauthorized"] == before + 2
    assert logged.ids == []
    assert not any(key in service.log.read_text() for key in KEYS)


@pytest.mark.parametrize("path", ["/", "/health", "/ready", "/model", "/metrics", "/docs", "/openapi.json"])
def test_the_rest_stays_open(client: httpx.Client, path: str) -> None:
    """Probes, metrics and documentation hold nothing of a client's."""
    assert client.get(path).status_code == 200


def test_the_api_page_says_that_a_key_is_needed(client: httpx.Client) -> None:
    """With a scheme that its forms use."""
    page = client.get("/openapi.json").json()
    (scheme,) = page["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert page["paths"]["/predict"]["post"]["security"]
    assert "security" not in page["paths"]["/model"]["get"]


def test_without_keys_everyone_may_ask() -> None:
    """As on one's own machine."""
    Access([]).check(None)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("", "at least 16"),
        ("short", "at least 16"),
        (f"{KEYS[0]},", "at least 16"),
        ("a key with spaces in it", "without spaces"),
        ("ein-schlüssel-mit-umlaut", "ASCII"),
    ],
)
def test_what_is_no_key_is_told_at_the_start(keys: str, said: str) -> None:
    """And not what it was."""
    with pytest.raises(StartError, match=said) as error:
        read_access(keys, None)
    assert not keys or keys not in str(error.value)


def test_a_file_that_can_not_be_used_is_told(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(StartError, match="No such file"):
        read_access(None, tmp_path / "keys")
    (tmp_path / "keys").write_text("# nothing\n")
    with pytest.raises(StartError, match="at least one key"):
        read_access(None, tmp_path / "keys")
    (tmp_path / "keys").write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(StartError, match="not UTF-8"):
        read_access(None, tmp_path / "keys")
    with pytest.raises(StartError, match="not both"):
        read_access(KEYS[0], tmp_path / "keys")


def test_a_refusal_has_its_reason() -> None:
    """It is what the metric counts."""
    with pytest.raises(RefusedError) as refused:
        Access(KEYS).check("Bearer nothing")
    assert refused.value.reason is Reason.UNAUTHORIZED


@pytest.mark.parametrize(("key", "code"), [(KEYS[0], 0), ("not-one-of-the-keys", 1)])
def test_the_simulator_brings_its_key(service: Running, logged: Logged, key: str, code: int) -> None:
    """From PREDICT_API_KEY; without a known one nothing is answered."""
    command: list[str | Path] = [
        PROGRAMS / "simulator",
        "replay",
        ROOT / "data" / "streamflow" / "month_001",
        "--json",
    ]
    ended = program.run(
        [*command, "--url", service.url, "--limit", "5"],
        env={**environment(), "PREDICT_API_KEY": key},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, len(logged.ids)) == (code, 5 if code == 0 else 0), ended.stderr
    assert key not in ended.stdout + ended.stderr
