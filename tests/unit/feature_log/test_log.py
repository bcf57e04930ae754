"""When records go to the spool: what was written is taken, and what was counted stays counted."""

import asyncio
import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from contract.keys import Partition
from contract.stream.append import AppendReply, Batch
from contract.windows import Period
from feature_log import FeatureLog, LogOptions
from feature_log.counts import NotLogged
from feature_log.delivery import Delivery
from feature_log.metrics import LogInstruments
from feature_log.queue import MAX_BATCH, RecordQueue
from feature_log.recovery import CHECKPOINT_INTERVAL
from feature_log.spool import checkpoint
from feature_log.spool.checkpoint import Checkpoint
from feature_log.spool.disk import Disk
from feature_log.spool.reader import read_file
from feature_log.spool.spool import Spool
from feature_log.spool.writer import SpoolWriter
from feature_log.state import LogState
from feature_log.stream import RedisStream
from tests.support.records import PARTITION, record

WRITER = "0123456789abcdef" * 2


class Unreadable(RedisStream):
    """A stream whose answers are none that Redis gives."""

    def __init__(self) -> None:
        super().__init__("redis://127.0.0.1:1/0", PARTITION, 1000, 0.25, 600)

    async def check(self) -> None:
        """It seems to be there."""

    async def register(self, partition: Partition) -> None:
        """It seems to know every partition."""

    async def append(self, batch: Batch) -> AppendReply:
        """It quotes a value."""
        raise ValueError("s3cret")


class Silent(Unreadable):
    """A stream that never answers."""

    async def append(self, batch: Batch) -> AppendReply:
        """Not even with an error."""
        await asyncio.Event().wait()
        raise AssertionError("nothing ends this wait")


class Parts:
    """A spool with room, and a delivery to a stream that never answers."""

    def __init__(self, root: Path) -> None:
        metrics = LogInstruments(MeterProvider().get_meter("test")).of(PARTITION)
        self.not_logged = NotLogged(metrics)
        self.writer = SpoolWriter(root, WRITER, 10**8)
        self.spool = Spool(self.writer, Disk(), PARTITION, self.not_logged, metrics)
        self.delivery = Delivery(
            Silent(),
            self.spool,
            state=LogState(),
            not_logged=self.not_logged,
            metrics=metrics,
            on_closed=lambda window: None,
        )


def feature_log(
    root: Path, stream: RedisStream, timeout: float, instruments: LogInstruments | None = None
) -> FeatureLog:
    """A log to that stream, with its spool in this folder."""
    options = LogOptions(
        redis_url="redis://127.0.0.1:1/0", partition=PARTITION, spool_dir=root, append_timeout=timeout
    )
    return FeatureLog(options, instruments or LogInstruments(MeterProvider().get_meter("test")), stream)


def points(reader: InMemoryMetricReader) -> dict[str, list[Any]]:
    """The points of each instrument by its name."""
    data = reader.get_metrics_data()
    assert data is not None
    return {
        metric.name: list(metric.data.data_points)
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def batch(first: int, size: int) -> Batch:
    """Consecutive records."""
    return Batch(first, [record(number) for number in range(first, first + size)])


def saved(root: Path) -> Checkpoint:
    """The checkpoint that was saved last."""
    (path,) = root.glob("*/checkpoint")
    found = checkpoint.load(path.parent)
    assert found is not None
    return found


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

    async def run() -> tuple[int, NotLogged]:
        parts = Parts(tmp_path)
        spool = parts.spool
        await spool.put_unknown(batch(1, 3))
        taken = await spool.put(batch(4, 3))
        with monkeypatch.context() as broken:
            broken.setattr("os.fsync", fail)
            for _ in range(3):
                await spool.sync()
        assert spool.problem is None, "records are kept"
        with synced(monkeypatch) as files:
            await spool.sync()
        assert files >= paths(tmp_path)
        return taken, parts.not_logged

    taken, not_logged = asyncio.run(run())
    assert (taken, not_logged.counts) == (3, {})
    assert caplog.text.count(os.strerror(errno.EIO)) == 1
    assert numbers(tmp_path) == [1, 2, 3, 4, 5, 6]


def test_a_period_that_no_window_has_is_refused_at_once(tmp_path: Path) -> None:
    """Redis would refuse every batch of records, and the spool would fill."""
    options = LogOptions(
        redis_url="redis://127.0.0.1:1/0",
        partition=PARTITION,
        spool_dir=tmp_path,
        window_period=cast("Period", "2h"),
    )
    with pytest.raises(ValueError, match="window_period: expected 1h, 1d or 1w, not '2h'"):
        FeatureLog(options, LogInstruments(MeterProvider().get_meter("test")))


def test_a_spool_whose_folder_was_removed_begins_anew(tmp_path: Path) -> None:
    """What is written from then on is there, under counts of a number of its own."""

    async def run() -> None:
        parts = Parts(tmp_path)
        spool = parts.spool
        await spool.save_checkpoint(1, direct=True)
        await spool.put_unknown(batch(1, 4))
        shutil.rmtree(tmp_path)
        await spool.save_checkpoint(5, direct=False)
        await spool.put(batch(5, 10))

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
        log = feature_log(tmp_path, Silent(), 0.01)
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
    """So does its name in the folder; no later write is needed for it."""

    async def run() -> None:
        log = feature_log(tmp_path, Silent(), 0.01)
        await log.start()
        with synced(monkeypatch) as files:
            await log.log(record(1))
            await log.log(record(2))
            (folder,) = {path.parent for path in paths(tmp_path)}
            async with asyncio.timeout(CHECKPOINT_INTERVAL + 10):
                while not files >= {*paths(tmp_path), folder}:
                    await asyncio.sleep(0.05)
        await log.close()

    asyncio.run(run())


def test_files_that_were_ended_come_to_the_disk_itself_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sync is for every file since the last one."""

    async def run() -> None:
        parts = Parts(tmp_path)
        await parts.spool.put_unknown(batch(1, 1))
        parts.writer.seal()
        await parts.spool.put(batch(2, 1))
        with synced(monkeypatch) as files:
            await parts.spool.sync()
        assert files >= paths(tmp_path)

    asyncio.run(run())
    assert len(paths(tmp_path)) == 2


def test_counts_in_a_checkpoint_outlive_the_next_file(tmp_path: Path) -> None:
    """They never share a number with a file's own counts, of which Redis would take one only."""

    async def run() -> None:
        parts = Parts(tmp_path)
        spool = parts.spool
        await spool.put_unknown(batch(1, 1))
        parts.not_logged.add("unsampled", 5)
        await spool.save_checkpoint(2, direct=False)
        number = 2
        while len(list(tmp_path.glob("*/*.spool"))) == 1:
            number += await spool.put(batch(number, MAX_BATCH))

    asyncio.run(run())
    headers = [read_file(path).header for path in tmp_path.glob("*/*.spool")]
    assert saved(tmp_path).counts == {"accepted": 5, "unsampled": 5}
    assert saved(tmp_path).counts_number not in [header.announce for header in headers if header]


def test_an_unexpected_error_costs_no_record(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The batch goes to the spool, the log says what kind of error it was, and goes on."""

    async def run() -> tuple[str | None, str | None]:
        log = feature_log(tmp_path, Unreadable(), 0.25)
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


def test_what_a_closed_log_left_is_told_until_somebody_has_drained_it(tmp_path: Path) -> None:
    """Beside what the next log of its version has there: another version may have served between the two."""
    reader = InMemoryMetricReader()
    instruments = LogInstruments(MeterProvider([reader], shutdown_on_exit=False).get_meter("test"))

    def told() -> int:
        (point,) = points(reader)["feature.log.spool.records"]
        assert point.attributes == PARTITION.labels
        return int(point.value)

    async def leave(records: int) -> None:
        log = feature_log(tmp_path, Unreadable(), 0.25, instruments)
        await log.start()
        for number in range(records):
            await log.log(record(number))
        await log.close()

    asyncio.run(leave(3))
    assert told() == 3
    (first,) = tmp_path.iterdir()
    asyncio.run(leave(2))
    assert told() == 5
    shutil.rmtree(first)
    assert told() == 2
    shutil.rmtree(tmp_path)
    assert told() == 0


def test_a_batch_waits_for_redis_no_longer_than_any_of_its_records(tmp_path: Path) -> None:
    """One that waited for room before may have to be safe sooner than those before it."""

    async def run() -> None:
        delivery, queue = Parts(tmp_path).delivery, RecordQueue(patience=60)
        now = asyncio.get_running_loop().time()
        waiting = [
            asyncio.create_task(queue.join(record(place), None, end))
            for place, end in enumerate((now + 3600, now + 0.05))
        ]
        await asyncio.sleep(0)
        await asyncio.wait_for(delivery.deliver(queue), 60)
        await asyncio.gather(*waiting)
        queue.close()

    asyncio.run(run())
    assert numbers(tmp_path) == [1, 2]


@pytest.mark.parametrize("under_way", [True, False])
def test_a_log_that_ends_waits_no_longer_than_it_says(tmp_path: Path, under_way: bool) -> None:
    """For what is on its way to Redis when it is told to end, and for what comes after."""

    async def run() -> None:
        parts = Parts(tmp_path)
        delivery = parts.delivery
        if not under_way:
            delivery.set_shutdown_deadline(0.01)
        parts.not_logged.add("dropped")
        telling = asyncio.create_task(delivery.tell_counts(3600))
        await asyncio.sleep(0)
        if under_way:
            delivery.set_shutdown_deadline(0.01)
        await asyncio.wait_for(telling, 60)

    asyncio.run(run())
    (path,) = tmp_path.glob("*/*.spool")
    header = read_file(path).header
    assert header is not None
    assert header.counts == {"accepted": 1, "dropped": 1}
