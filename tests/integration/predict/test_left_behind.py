"""What a killed process has not told Redis, the next process of the same SPOOL_DIR tells."""

import shutil
from pathlib import Path
from typing import Any

from redis import Redis

from bundle import content_hash, open_bundle
from bundle.content import VERSION_DIGITS
from contract.keys import Partition
from contract.partition import ledger
from feature_log.spool import checkpoint
from feature_log.spool.checkpoint import Checkpoint
from tests.support.http.load import send
from tests.support.paths import ROOT
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.waiting import wait_for


def killed(running: Running) -> None:
    """End the service as the kernel does when memory runs out."""
    running.process.kill()
    running.process.wait()


def reached(spool: Path) -> Checkpoint | None:
    """The checkpoint of the one writer."""
    files = list(spool.glob("*/checkpoint"))
    return checkpoint.load(files[0].parent) if files else None


def test_what_a_limit_kept_out_is_counted_all_the_same(
    redis_url: str, redis: Redis, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """The counts of a killed process come to the ledger, once."""
    variables = {**EMBEDDED, "LOG_SAMPLE_RATE": "0"}
    with serving(tmp_path, redis_url, **variables) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        assert send(running.url, asked, 50).statuses == {200: 50}

        def told() -> int:
            written = reached(tmp_path / "spool")
            waiting = written.counts.get("unsampled", 0) if written else 0
            return ledger(redis, partition).unsampled + waiting

        wait_for("the counts to be written down", lambda: told() >= 50)
        killed(running)
    with serving(tmp_path, redis_url, **EMBEDDED):
        wait_for("the ledger to have them", lambda: ledger(redis, partition).unsampled == 50)
        account = ledger(redis, partition)
        assert (account.accepted, account.differences) == (50, [])


def test_records_that_redis_lost_are_counted_as_lost(
    redis_url: str, redis: Redis, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """Where predict died together with Redis, the next process says how many are lost."""
    with serving(tmp_path, redis_url, **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        assert send(running.url, asked, 20).statuses == {200: 20}
        wait_for(
            "the number to be written down",
            lambda: (written := reached(tmp_path / "spool")) and written.next == 21,
        )
        killed(running)
    redis.flushall()
    with serving(tmp_path, redis_url, **EMBEDDED) as running:
        wait_for("the ledger to have them", lambda: ledger(redis, partition).lost == 20)
        assert ledger(redis, partition).differences == []
        wait_for("the log to say it", lambda: any("20 records are lost" in str(x) for x in running.lines()))


def test_a_damaged_end_of_a_spool_is_counted_as_lost(
    redis_url: str, redis: Redis, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """Its other records are taken, and the file is kept."""
    with serving(tmp_path, "redis://127.0.0.1:1/0", **EMBEDDED) as running:
        assert send(running.url, asked, 10).statuses == {200: 10}
        killed(running)
    (file,) = tmp_path.glob("spool/*/*.spool")
    *lines, _ = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join([*lines[:-3], b"x", b"y", b"z", b""]))
    with serving(tmp_path, redis_url, **EMBEDDED):
        wait_for("the ledger to have them", lambda: ledger(redis, partition).lost == 3)
        account = ledger(redis, partition)
        assert (account.accepted, account.appended, account.differences) == (10, 7, [])
        wait_for("the file to be kept", lambda: list(tmp_path.glob("spool/unreadable/*")))


def test_a_spool_of_which_nothing_can_be_read_is_counted_as_lost(
    redis_url: str, redis: Redis, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """Whose it was is known by the checkpoint of its writer."""
    with serving(tmp_path, "redis://127.0.0.1:1/0", **EMBEDDED) as running:
        wait_for("its checkpoint", lambda: reached(tmp_path / "spool"))
        assert send(running.url, asked, 10).statuses == {200: 10}
        killed(running)
    (file,) = tmp_path.glob("spool/*/*.spool")
    file.write_bytes(b"x\n" * file.read_bytes().count(b"\n"))
    with serving(tmp_path, redis_url, **EMBEDDED):
        wait_for("the ledger to have them", lambda: ledger(redis, partition).lost == 10)
        assert ledger(redis, partition).differences == []


def another_version(folder: Path) -> Partition:
    """Make a bundle of the same model with another threshold."""
    shutil.copytree(ROOT / "bundles" / "churn", folder)
    changed = open_bundle(folder).metadata.model_copy(update={"threshold": 0.4})
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    digest = content_hash(files, changed)
    version = {"content_hash": digest, "version": digest[:VERSION_DIGITS]}
    (folder / "metadata.json").write_text(changed.model_copy(update=version).model_dump_json())
    return Partition(changed.name, version["version"])


def test_what_another_version_left_makes_nobody_spool(
    redis_url: str, redis: Redis, tmp_path: Path, partition: Partition, asked: dict[str, Any]
) -> None:
    """While Redis refuses it, the records of this version go to Redis; it is brought there when it may."""
    other = another_version(tmp_path / "other")
    with serving(tmp_path, "redis://127.0.0.1:1/0", BUNDLE=str(tmp_path / "other"), **EMBEDDED) as running:
        assert send(running.url, asked, 10).statuses == {200: 10}
        killed(running)
    redis.set(other.stream, "no stream")
    with serving(tmp_path, redis_url, **EMBEDDED) as running:
        wait_for("the log to say it", lambda: any("left for later" in str(x) for x in running.lines()))
        assert send(running.url, asked, 5).statuses == {200: 5}
        account = ledger(redis, partition)
        assert (account.appended, account.spooled) == (5, 0)
        redis.delete(other.stream)
        wait_for("the others to be there", lambda: ledger(redis, other).appended == 10)
        assert ledger(redis, other).differences == []


def test_a_process_that_ends_leaves_nothing(redis_url: str, tmp_path: Path, asked: dict[str, Any]) -> None:
    """Told to end, it has told Redis everything."""
    with serving(tmp_path, redis_url, **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        assert send(running.url, asked, 5).statuses == {200: 5}
        wait_for("its checkpoint", lambda: reached(tmp_path / "spool"))
    assert list((tmp_path / "spool").iterdir()) == []
