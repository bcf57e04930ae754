"""Sentinels and their master by TLS: each is asked by it, and each certificate is looked at."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from contract.keys import Partition
from contract.redis.connection import background_client
from demo.machine.ports import HOST, free_port
from tests.support.http.load import Logged, send
from tests.support.processes.forked import Forked
from tests.support.processes.predict import EMBEDDED, environment, is_ready, serving
from tests.support.processes.redis import answers
from tests.support.processes.sentinels import MASTER
from tests.support.processes.tls import certificate, tls_options, tls_server
from tests.support.waiting import wait_for

WORD = "w0rd"


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[str]:
    """REDIS_URL of a master and a Sentinel that speak TLS alone, without the certificates to trust."""
    path, key = certificate(tmp_path, "redis")
    port, sentinel_port = free_port(), free_port()
    with ExitStack() as servers:
        for name, own, more in (
            ("master", port, ["--requirepass", WORD, "--save", ""]),
            ("sentinel", sentinel_port, ["--sentinel"]),
        ):
            folder = tmp_path / name
            folder.mkdir()
            options: list[str | Path] = [*tls_options(own, path, key), *more]
            if name == "sentinel":
                options.insert(0, watching(folder, port))
            redis = Redis(
                HOST, own, password=WORD if name == "master" else None, ssl=True, ssl_ca_certs=str(path)
            )
            servers.enter_context(redis)
            servers.enter_context(tls_server(folder, options, partial(answers, redis)))
        yield f"rediss+sentinel://:{WORD}@{HOST}:{sentinel_port}/{MASTER}/0?ssl_ca_certs={tmp_path}"


def watching(folder: Path, port: int) -> Path:
    """The configuration of a Sentinel that watches the master at the port."""
    file = folder / "sentinel.conf"
    file.write_text(f"sentinel monitor {MASTER} {HOST} {port} 1\nsentinel auth-pass {MASTER} {WORD}\n")
    return file


def test_master_and_sentinels_are_asked_by_tls(
    secured: str, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """By predict, by the worker and its commands."""
    url = f"{secured}/redis.crt"
    with serving(tmp_path, url, **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        predicted = send(running.url, asked, 3).predicted
        assert httpx.get(f"{running.url}/ready").json()["limitations"] == []
        with background_client(url) as redis:
            wait_for("the records", lambda: len(Logged(redis, partition).ids) == 3)
            assert sorted(Logged(redis, partition).ids) == sorted(predicted)
    variables = environment(REDIS_URL=url, REPORTS_DIR=str(tmp_path), OTEL_SDK_DISABLED="true")
    assert Forked(["ledger"], variables, tmp_path / "said").wait(120) == 0, (tmp_path / "said").read_text()


def test_a_sentinels_certificate_that_is_not_trusted_is_told(
    secured: str, tmp_path: Path, asked: dict[str, Any]
) -> None:
    """With what to look at; no password is sent to whoever has it."""
    certificate(tmp_path, "other")
    with serving(tmp_path, f"{secured}/other.crt", **EMBEDDED) as running:
        assert send(running.url, asked, 3).statuses == {200: 3}
        (said,) = httpx.get(f"{running.url}/ready").json()["limitations"]
        assert "certificate that is not trusted; check ssl_ca_certs in REDIS_URL" in said
        assert WORD not in said + running.log.read_text()


def test_a_sentinel_without_tls_is_told(secured: str, tmp_path: Path, asked: dict[str, Any]) -> None:
    """The other way round: redis+sentinel:// to those that speak TLS alone is an outage with its reason."""
    plain = secured.partition("?")[0].replace("rediss+", "redis+")
    with serving(tmp_path, plain, **EMBEDDED) as running:
        assert send(running.url, asked, 3).statuses == {200: 3}
        (said,) = httpx.get(f"{running.url}/ready").json()["limitations"]
        assert "answers; do they run there, and with the same TLS?" in said
