"""When records go to the spool: what was written is taken, and what was counted stays counted."""

import asyncio
import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from contract.keys import Partition
from contract.stream.append import AppendReply, Batch
from feature_log.delivery import Delivery
from feature_log.log import FeatureLog
from feature_log.metrics import LogMetrics
from feature_log.not_logged import KeptOut
from feature_log.queue import MAX_BATCH, Entry
from feature_log.recovery import NOTE_INTERVAL
from feature_log.spool.lines import Standing, read_standing
from feature_log.spool.reader import read_file
from feature_log.spool.writer import Spool
from feature_log.spooling import Spooling
from feature_log.stream import RedisStream
from opentelemetry.sdk.metrics import MeterProvider

from tests.support.records import PARTITION, record

WRITER = "0123456789abcdef" * 2


class Unreadable(RedisStream):
    """A stream whose answers are none that Redis gives."""

    def __init__(self) -> None:
        super().__init__("redis://127.0.0.1:1/0", PARTITION, 1000, 0.25, 600)

    async def check(self, partition: Partition | None = None) -> None:
        """It seems to be there."""

    async def append(self, batch: Batch) -> AppendReply:
        """It quotes a value."""
        raise ValueError("s3cret")


class Silent(Unreadable):
    """A stream that never answers."""

    async def append(self, batch: Batch) -> AppendReply:
        """Not even with an error."""
        await asyncio.Event().wait()
        raise AssertionError("nothing ends this wait")


def metrics() -> LogMetrics:
    """Instruments that nobody reads."""
    return LogMetrics(MeterProvider().get_meter("test"), PARTITION.model)


def spooling(root: Path) -> Spooling:
    """A spool with room."""
    return Spooling(Spool(root, WRITER, 10**8), PARTITION, metrics())


def batch(first: int, size: int) -> Batch:
    """Consecutive records."""
    return Batch(first, [record(number) for number in range(first, first + size)])


def standing(root: Path) -> Standing:
    """What was put down last."""
    (path,) = root.glob("*/standing")
    return read_standing(path.read_bytes().partition(b"\n")[0])


def numbers(root: Path) -> list[int]:
    """The numbers of every record in the spool."""
    return [each.number for path in sorted(root.glob("*/*.spool")) for each in read_file(path).records]


def paths(root: Path) -> set[Path]:
    """The files of the spool."""
    return {*root.glob("*/*.spool")}


@contextmanager
def synced(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[Path]]:
    """What is brought to the disk itself while the context lasts."""
    found: set[Path] = set()
    sync = os.fsync

    def note(file: int) -> None:
        found.add(Path(f"/proc/self/fd/{file}").readlink())
        sync(file)

    with monkeypatch.context() as watched:
        watched.setattr("os.fsync", note)
        yield found


def test_a_failing_sync_takes_no_number_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What was written counts as spooled, and its numbers are not used again; the next sync tries again."""

    def fail(file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    async def run() -> tuple[int, KeptOut]:
        spool, kept_out = spooling(tmp_path), KeptOut()
        await spool.begin(batch(1, 3), kept_out)
        taken = await spool.put(batch(4, 3), kept_out)
        with monkeypatch.context() as broken:
            broken.setattr("os.fsync", fail)
            for _ in range(3):
                await spool.sync()
        assert spool.problem is None, "records are kept"
        with synced(monkeypatch) as files:
            await spool.sync()
        assert files >= paths(tmp_path)
        return taken, kept_out

    taken, kept_out = asyncio.run(run())
    assert (taken, kept_out.counts) == (3, {})
    assert caplog.text.count(os.strerror(errno.EIO)) == 1
    assert numbers(tmp_path) == [1, 2, 3, 4, 5, 6]


def test_a_spool_whose_folder_was_removed_begins_anew(tmp_path: Path) -> None:
    """What is written from then on is there, under counts of a number of its own."""

    async def run() -> None:
        spool, kept_out = spooling(tmp_path), KeptOut()
        await spool.note(1, kept_out)
        await spool.begin(batch(1, 4), kept_out)
        shutil.rmtree(tmp_path)
        await spool.note(5, kept_out)
        await spool.put(batch(5, 10), kept_out)

    asyncio.run(run())
    assert numbers(tmp_path) == [*range(5, 15)]
    (path,) = paths(tmp_path)
    header = read_file(path).header
    assert header is not None
    assert header.announce == 2


@pytest.mark.parametrize("call", ["os.fstat", "os.write", "os.mkdir", "os.open"])
def test_a_disk_that_refuses_for_a_while_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, call: str
) -> None:
    """What it refuses is counted as dropped; afterwards the log keeps records again."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    async def run() -> str | None:
        instruments = metrics()
        spool = Spooling(Spool(tmp_path, WRITER, 10**8), PARTITION, instruments)
        log = FeatureLog(
            Silent(), spool, instruments, timeout=0.01, sample_rate=1, on_closed=lambda window: None
        )
        await log.start()
        await log.log(record(1))
        with monkeypatch.context() as broken:
            broken.setattr(call, refuse)
            await log.log(record(2))
        await log.log(record(3))
        dropping = log.dropping
        await log.close()
        return dropping

    assert asyncio.run(run()) is None
    assert numbers(tmp_path)[-1] in (2, 3)


def test_what_was_written_comes_to_the_disk_itself_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that were ended meanwhile too, and their names in the folder; no later write is needed for it."""

    async def run() -> None:
        instruments = metrics()
        spool = Spooling(Spool(tmp_path, WRITER, 10**8), PARTITION, instruments)
        log = FeatureLog(
            Silent(), spool, instruments, timeout=0.01, sample_rate=1, on_closed=lambda window: None
        )
        await log.start()
        with synced(monkeypatch) as files:
            await log.log(record(1))
            await spool.seal()
            await log.log(record(2))
            async with asyncio.timeout(NOTE_INTERVAL + 10):
                while not files >= {*paths(tmp_path), tmp_path / WRITER}:
                    await asyncio.sleep(0.05)
        await log.close()

    asyncio.run(run())
    assert len(paths(tmp_path)) == 2


def test_counts_that_were_put_down_outlive_the_next_file(tmp_path: Path) -> None:
    """They never share a number with a file's own counts, of which Redis would take one only."""

    async def run() -> None:
        spool, kept_out = spooling(tmp_path), KeptOut()
        await spool.begin(batch(1, 1), kept_out)
        kept_out.add("unsampled", 5)
        await spool.note(2, kept_out)
        number = 2
        while len(list(tmp_path.glob("*/*.spool"))) == 1:
            number += await spool.put(batch(number, MAX_BATCH), kept_out)

    asyncio.run(run())
    headers = [read_file(path).header for path in tmp_path.glob("*/*.spool")]
    assert standing(tmp_path).counts == {"accepted": 5, "unsampled": 5}
    assert standing(tmp_path).counts_number not in [header.announce for header in headers if header]


def test_an_unexpected_error_costs_no_record(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The batch goes to the spool, the log says what kind of error it was, and goes on."""

    async def run() -> tuple[str | None, str | None]:
        stream, instruments = Unreadable(), metrics()
        spool = Spooling(Spool(tmp_path, WRITER, 10**8), PARTITION, instruments)
        log = FeatureLog(
            stream, spool, instruments, timeout=0.25, sample_rate=1, on_closed=lambda window: None
        )
        await log.start()
        for number in (1, 2, 3):
            await log.log(record(number))
        told = log.outage, log.dropping
        await log.close()
        return told

    outage, dropping = asyncio.run(run())
    assert "ValueError" in (outage or "")
    assert dropping is None
    assert numbers(tmp_path) == [1, 2, 3]
    assert "ValueError" in caplog.text
    assert "s3cret" not in caplog.text


def test_a_batch_waits_for_redis_no_longer_than_any_of_its_records(tmp_path: Path) -> None:
    """One that waited for room before may have to be safe sooner than those before it."""

    async def run() -> None:
        delivery = Delivery(Silent(), spooling(tmp_path), metrics(), lambda window: None)
        loop = asyncio.get_running_loop()
        ends = (loop.time() + 3600, loop.time() + 0.05)
        entries = [Entry(record(place), None, loop.create_future(), end) for place, end in enumerate(ends)]
        await asyncio.wait_for(delivery.deliver(entries), 60)

    asyncio.run(run())
    assert numbers(tmp_path) == [1, 2]


@pytest.mark.parametrize("under_way", [True, False])
def test_a_log_that_ends_waits_no_longer_than_it_says(tmp_path: Path, under_way: bool) -> None:
    """For what is on its way to Redis when it is told to end, and for what comes after."""

    async def run() -> None:
        delivery = Delivery(Silent(), spooling(tmp_path), metrics(), lambda window: None)
        if not under_way:
            delivery.hurry(0.01)
        delivery.kept_out.add("dropped")
        telling = asyncio.create_task(delivery.tell_counts(3600))
        await asyncio.sleep(0)
        if under_way:
            delivery.hurry(0.01)
        await asyncio.wait_for(telling, 60)

    asyncio.run(run())
    (path,) = tmp_path.glob("*/*.spool")
    header = read_file(path).header
    assert header is not None
    assert header.counts == {"accepted": 1, "dropped": 1}
