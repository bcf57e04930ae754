"""A password of any characters: as REDIS_PASSWORD it reaches Redis and the services just as it is."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from demo.machine.ports import HOST, free_port
from demo.machine.redis_server import find_redis_server
from tests.support.http.load import send
from tests.support.paths import ROOT
from tests.support.processes import program
from tests.support.processes.forked import Forked
from tests.support.processes.predict import EMBEDDED, environment, is_ready, serving
from tests.support.processes.redis import answers
from tests.support.waiting import wait_for

PASSWORD = "p$a@s#s/w%41 '\"\\ü{HOME}`"  # noqa: S105 - the test's own


def start_script(folder: Path, port: int, password: str) -> subprocess.Popen[bytes]:
    """Start redis/start.sh, with the files that its container has elsewhere."""
    (folder / "data").mkdir(exist_ok=True)
    configuration = (ROOT / "redis" / "redis.conf").read_text().replace("dir /data", f"dir {folder}/data")
    (folder / "redis.conf").write_text(f"{configuration}\nport {port}\nbind {HOST}\n")
    (folder / "users.example.acl").write_text((ROOT / "redis" / "users.example.acl").read_text())
    script = (ROOT / "redis" / "start.sh").read_text().replace("/etc/driftline", str(folder))
    (folder / "start.sh").write_text(script)
    variables = {
        "PATH": f"{Path(find_redis_server()).parent}{os.pathsep}{os.environ['PATH']}",
        "REDISCLI_AUTH": password,
        "PASSWORD_IS_SET": "yes",
        "FEATURES_PASSWORD": "",
        "MAXMEMORY": "100mb",
    }
    with (folder / "redis.log").open("wb") as output:
        return program.start(["sh", folder / "start.sh"], env=variables, stdout=output, stderr=output)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port of a Redis that asks for the password."""
    port = free_port()
    process = start_script(tmp_path, port, PASSWORD)
    try:
        with Redis(HOST, port, password=PASSWORD) as redis:
            wait_for("Redis to answer", lambda: answers(redis), timeout=120)
        yield port
    finally:
        process.kill()
        process.wait()


def test_a_password_of_any_characters_is_taken_as_it_is(
    port: int, tmp_path: Path, asked: dict[str, Any]
) -> None:
    """By Redis, predict and the worker, whose health is asked for in a way of its own."""
    url = f"redis://:driftline@{HOST}:{port}/0"
    with serving(tmp_path, url, REDIS_PASSWORD=PASSWORD, **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        assert send(running.url, asked, 3).statuses == {200: 3}
        assert httpx.get(f"{running.url}/ready").json()["limitations"] == []
    variables = environment(REDIS_URL=url, REDIS_PASSWORD=PASSWORD, REPORTS_DIR=str(tmp_path))
    assert Forked(["ledger"], variables, tmp_path / "ledger").wait(120) == 0, (
        tmp_path / "ledger"
    ).read_text()
    health = program.run(
        [sys.executable, "-m", "drift_worker.worker.health"], env=variables, capture_output=True
    )
    assert (health.returncode, health.stderr) == (1, b"")  # no worker beats; Redis said so


def test_a_password_that_redis_cannot_be_given_is_refused(tmp_path: Path) -> None:
    """With its reason, before Redis starts."""
    process = start_script(tmp_path, free_port(), "first\nrequirepass second")
    assert process.wait(60) == 1
    assert "REDIS_PASSWORD must not hold line ends" in (tmp_path / "redis.log").read_text()
