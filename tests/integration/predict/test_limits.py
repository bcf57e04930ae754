"""What the limits that a user sets keep out of the stream is counted, and no answer fails for it."""

import stat
from pathlib import Path
from typing import Any

import httpx
from redis import Redis

from contract.keys import Partition
from contract.partition import ledger
from demo.machine.ports import HOST, free_port
from tests.support.faults.small_disk import BOUND_BY_MODES
from tests.support.http.load import Logged, send
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import own_redis
from tests.support.waiting import wait_for

SPOOLED = "feature_log_spool_records"


def counted(running: Running, outcome: str) -> float:
    """How many records the service has counted with that outcome."""
    return running.value("feature_log_records_total", outcome=outcome)


def reasons(running: Running) -> str:
    """Why the service says that it is not ready."""
    answer = httpx.get(f"{running.url}/ready")
    assert answer.status_code == 503
    return "; ".join(answer.json()["reasons"])


def drained(running: Running) -> None:
    """Wait until nothing waits on the disk."""
    wait_for("the spool to be drained", lambda: running.value(SPOOLED) == 0)


def test_a_share_is_logged_and_the_rest_is_counted(
    redis: Redis, redis_url: str, logged: Logged, tmp_path: Path, asked: dict[str, Any]
) -> None:
    """By the prediction's id, so that everyone who sees it knows."""
    with serving(tmp_path, redis_url, LOG_SAMPLE_RATE="0.3", **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        answered = send(running.url, asked, 400).predicted
        sampled = [each for each in answered if int(each[-8:], 16) < 0.3 * 16**8]
        assert sorted(logged.ids) == sorted(sampled)
        assert 80 < len(sampled) < 160
        assert counted(running, "unsampled") == 400 - len(sampled)
    account = ledger(redis, logged.partition)
    assert (account.accepted, account.unsampled, account.appended) == (
        400,
        400 - len(sampled),
        len(sampled),
    )
    assert account.differences == []


def test_an_unsampled_repeat_gets_the_same_answer(
    redis: Redis, redis_url: str, logged: Logged, tmp_path: Path, asked: dict[str, Any]
) -> None:
    """What is not logged is remembered all the same."""
    with serving(tmp_path, redis_url, LOG_SAMPLE_RATE="0", **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        headers = {"Idempotency-Key": "k"}
        answers = [httpx.post(f"{running.url}/predict", json=asked, headers=headers).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert logged.ids == []
    account = ledger(redis, logged.partition)
    assert (account.accepted, account.unsampled, account.repeated) == (2, 1, 1)
    assert account.differences == []


def test_a_full_spool_drops_and_says_so(tmp_path: Path, partition: Partition, asked: dict[str, Any]) -> None:
    """Answers go on; what was dropped is counted, in the ledger too once Redis is back."""
    with own_redis(tmp_path) as server:
        variables = {**EMBEDDED, "SPOOL_MAX_BYTES": "20000"}
        with serving(tmp_path, server.url, **variables) as running, Redis.from_url(server.url) as redis:
            assert send(running.url, asked, 200).statuses == {200: 200}
            dropped = counted(running, "dropped")
            assert 0 < dropped < 200
            assert running.value(SPOOLED) == 200 - dropped
            assert "SPOOL_MAX_BYTES allows 20000 bytes" in reasons(running)
            assert any("records are dropped" in line["message"] for line in running.lines())
            server.start()
            drained(running)
            wait_for("predict to be ready", lambda: is_ready(running.url))
            assert send(running.url, asked, 10).statuses == {200: 10}
            wait_for("the ledger to know", lambda: ledger(redis, partition).dropped == dropped)
            account = ledger(redis, partition)
            assert (account.accepted, account.appended) == (210, 210 - dropped)
            assert account.differences == []


def test_a_spool_that_takes_no_files_drops_and_says_so(
    tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """It is said at the start already; while Redis is there, it costs nothing."""
    (tmp_path / "spool").write_text("a file where the folder should be")
    with own_redis(tmp_path) as server:
        server.start()
        with serving(tmp_path, server.url, **EMBEDDED) as running, Redis.from_url(server.url) as redis:
            wait_for("predict to be ready", lambda: is_ready(running.url))
            assert "can't be used" in httpx.get(f"{running.url}/ready").json()["limitations"][0]
            first = send(running.url, asked, 10).predicted
            assert sorted(Logged(redis, partition).ids) == sorted(first)
            server.stop()
            assert send(running.url, asked, 30).statuses == {200: 30}
            assert "can't be used" in reasons(running)
            server.start()
            wait_for("predict to be ready", lambda: is_ready(running.url))
            assert send(running.url, asked, 5).statuses == {200: 5}


def test_a_read_only_spool_is_said(tmp_path: Path, asked: dict[str, Any]) -> None:
    """And used again once it can be written."""
    folder = tmp_path / "spool"
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with serving(tmp_path, f"redis://{HOST}:{free_port()}/0", through=BOUND_BY_MODES, **EMBEDDED) as running:
        assert send(running.url, asked, 5).statuses == {200: 5}
        assert "Permission denied" in reasons(running)
        folder.chmod(stat.S_IRWXU)
        assert send(running.url, asked, 5).statuses == {200: 5}
        assert running.value(SPOOLED) == 5
        wait_for("predict to be ready", lambda: is_ready(running.url))


def test_a_damaged_spool_file_costs_the_damaged_records(
    tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """The others are appended; what is missing is counted as lost, said, and the file is kept."""
    with own_redis(tmp_path) as server:
        with serving(tmp_path, server.url, **EMBEDDED) as running, Redis.from_url(server.url) as redis:
            answered = [send(running.url, asked, 1).predicted[0] for _ in range(20)]
            (path,) = (tmp_path / "spool").glob("*/*.spool")
            lines = path.read_bytes().split(b"\n")
            lines[8] = lines[8][:50] + b"?" + lines[8][51:]
            lines[9] = b""
            path.write_bytes(b"\n".join(lines))
            server.start()
            drained(running)
            assert Logged(redis, partition).ids == answered[:7] + answered[9:]
            account = ledger(redis, partition)
            assert (account.accepted, account.appended, account.lost) == (20, 18, 2)
            assert account.differences == []
            assert any("could not be read" in line["message"] for line in running.lines())
        assert len(list((tmp_path / "spool" / "unreadable").iterdir())) == 1


def test_what_a_killed_process_leaves_is_drained_by_the_next(
    tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """In order and once, though both are asked while it drains."""
    with own_redis(tmp_path) as server:
        with serving(tmp_path, server.url, **EMBEDDED) as running:
            first = [send(running.url, asked, 1).predicted[0] for _ in range(30)]
            running.process.kill()
            running.process.wait()
        with serving(tmp_path, server.url, **EMBEDDED) as running, Redis.from_url(server.url) as redis:
            second = [send(running.url, asked, 1).predicted[0] for _ in range(10)]
            server.start()
            drained(running)
            wait_for("both spools to be drained", lambda: len(Logged(redis, partition).ids) == 40)
            ids = Logged(redis, partition).ids
            assert [each for each in ids if each in first] == first
            assert [each for each in ids if each in second] == second
            assert ledger(redis, partition).differences == []
            wait_for("the dead one's folder to go", lambda: _writers(tmp_path) == 1)
    assert _writers(tmp_path) == 0


def test_a_process_that_ends_without_redis_leaves_its_records_to_the_next(
    tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """What was answered is on the disk when it ends, and so is what it had to drop."""
    with own_redis(tmp_path) as server:
        variables = {**EMBEDDED, "SPOOL_MAX_BYTES": "10000"}
        with serving(tmp_path, server.url, **variables) as running:
            send(running.url, asked, 60)
            spooled = running.value(SPOOLED)
        server.start()
        with serving(tmp_path, server.url, **EMBEDDED), Redis.from_url(server.url) as redis:
            wait_for("the spool to be drained", lambda: len(Logged(redis, partition).ids) == spooled)
            account = ledger(redis, partition)
            assert (account.accepted, account.appended, account.dropped) == (60, spooled, 60 - spooled)
            assert account.differences == []


def _writers(folder: Path) -> int:
    return len([path for path in (folder / "spool").iterdir() if path.name != "unreadable"])
