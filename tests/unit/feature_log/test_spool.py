"""What is written to the spool is read back, whatever happened to the files in between."""

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.stream.append import Counts
from contract.stream.idempotency import Once
from contract.stream.looked_up import LookedUp
from contract.stream.record import Record
from feature_log.spool import checkpoint
from feature_log.spool.checkpoint import Checkpoint
from feature_log.spool.disk import SpoolError
from feature_log.spool.folder import create, left_behind, take
from feature_log.spool.lines import (
    BadLineError,
    Header,
    SpooledRecord,
    read_line,
    write_header,
    write_record,
)
from feature_log.spool.reader import read_file
from feature_log.spool.writer import SpoolWriter
from tests.support.records import record

WRITER = "0123456789abcdef" * 2
HEADER = Header("churn", "0123456789ab", announce=3, unknown_until=2, counts_number=2, counts={"dropped": 4})

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
records = st.builds(
    Record,
    prediction_id=st.uuids().map(str),
    timestamp_ms=st.integers(0, 2**41),
    model=st.just("churn"),
    version=st.just("0123456789ab"),
    entity=st.none() | texts,
    features_json=st.dictionaries(texts, st.floats(allow_nan=False), max_size=3).map(
        lambda features: repr(features).encode()
    ),
    score=st.floats(allow_nan=False, allow_infinity=False)
    | st.lists(st.floats(0, 1), min_size=2, max_size=20).map(tuple),
    traceparent=st.none() | st.just(f"00-{1:032x}-{2:016x}-01"),
    looked_up=st.none() | st.builds(LookedUp, st.dictionaries(texts, st.none() | st.integers(0, 10**9))),
)
onces = st.none() | st.builds(
    Once, key=st.just("k" * 32), fingerprint=st.just("f" * 32), logged=st.booleans()
)


def spooled(first: int, last: int) -> list[SpooledRecord]:
    """Records under these numbers."""
    return [SpooledRecord(number, record(number)) for number in range(first, last + 1)]


def line(content: object) -> bytes:
    """Any content behind its checksum."""
    payload = json.dumps(content).encode()
    return b"%08x %b" % (crc32(payload), payload)


def only_file(root: Path) -> Path:
    """The one file of the spool."""
    (path,) = root.glob("*/*.spool")
    return path


def cut(path: Path, content: bytes) -> None:
    """Put other content in the file's place."""
    path.write_bytes(content)


@given(number=st.integers(1, 10**15 - 1), content=records, once=onces)
def test_a_line_holds_everything_of_a_record(number: int, content: Record, once: Once | None) -> None:
    """To the last bit."""
    written = SpooledRecord(number, content, once)
    line = write_record(written)
    assert line.count(b"\n") == 1
    assert read_line(line[:-1]) == written


def test_an_earlier_version_reads_what_it_could_have_written() -> None:
    """A record for which nothing was looked up has the line that it always had."""
    plain, more = record(1), replace(record(1), looked_up=LookedUp({"fee": 1}))
    before, after = (json.loads(write_record(SpooledRecord(1, each))[9:]) for each in (plain, more))
    assert after == [*before, '{"ages":{"fee":1}}']
    assert before == [1, plain.prediction_id, plain.timestamp_ms, *before[3:]]
    assert len(before) == 9


def test_a_header_is_read_back() -> None:
    """With the counts that went with records of unknown outcome."""
    assert read_line(write_header(HEADER)[:-1]) == HEADER


@pytest.mark.parametrize(
    "changes",
    [
        {"unknown_until": "x"},
        {"announce": -1},
        {"model": None},
        {"model": "../.."},
        {"version": "1"},
        {"counts": [1]},
        {"counts": {"future": 1}},
        {"counts": {"dropped": "1"}},
        {"format": 2},
    ],
)
def test_a_header_that_this_format_never_writes_is_none(changes: dict[str, object]) -> None:
    """Though its checksum is right."""
    with pytest.raises(BadLineError):
        read_line(line({**json.loads(write_header(HEADER)[9:]), **changes}))


@pytest.mark.parametrize(("place", "value"), [(0, "1"), (0, None), (0, -1), (2, "x"), (3, None), (7, "high")])
def test_a_record_that_this_format_never_writes_is_none(place: int, value: object) -> None:
    """Though its checksum is right."""
    row = json.loads(write_record(SpooledRecord(1, record(1)))[9:])
    row[place] = value
    with pytest.raises(BadLineError):
        read_line(line(row))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_costs_the_lines_that_it_hits(tmp_path: Path, data: st.DataObject) -> None:
    """Every other record is read, in its order; none is read that was not written."""
    path = tmp_path / "x.spool"
    written = spooled(1, 20)
    content = bytearray(b"".join([write_header(HEADER), *map(write_record, written)]))
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut(path, bytes(content[: data.draw(st.integers(0, len(content)))]))
    file = read_file(path)
    numbers = [each.number for each in file.records]
    assert numbers == sorted(set(numbers))
    assert all(each == written[each.number - 1] for each in file.records)
    whole = path.read_bytes().split(b"\n")[:-1]
    originals = [write_header(HEADER)[:-1], *(write_record(each)[:-1] for each in written)]
    assert len(file.records) + (file.header is not None) == sum(line in originals for line in whole)


def test_a_torn_last_line_is_no_damage(tmp_path: Path) -> None:
    """Its process was killed while it wrote, before anybody was answered."""
    spool = SpoolWriter(tmp_path, WRITER, 10**6)
    spool.write(spooled(1, 3), HEADER)
    path = only_file(tmp_path)
    cut(path, path.read_bytes()[:-20])
    file = read_file(path)
    assert ([each.number for each in file.records], file.bad_lines) == ([1, 2], 0)


def test_batches_are_counted_as_the_header_says(tmp_path: Path) -> None:
    """Those of unknown outcome with the counts that went with them; later ones as spooled, announced once."""
    spool = SpoolWriter(tmp_path, WRITER, 10**6)
    spool.write(spooled(1, 7), HEADER)
    got = [
        (each.first, len(each.records), each.counts, each.spooled)
        for each in read_file(only_file(tmp_path)).batches(3)
    ]
    assert got == [
        (1, 2, Counts(2, {"dropped": 4}), False),
        (3, 3, Counts(3, {"accepted": 5, "spooled": 5}), True),
        (6, 2, None, True),
    ]


def test_a_gap_divides_batches(tmp_path: Path) -> None:
    """A batch is of consecutive numbers, so that Redis sees that some are missing."""
    path = tmp_path / "x.spool"
    cut(path, b"".join(map(write_record, [*spooled(1, 2), *spooled(5, 6)])))
    batches = list(read_file(path).batches(10))
    assert [(each.first, len(each.records), each.spooled) for each in batches] == [
        (1, 2, False),
        (5, 2, False),
    ]


def test_a_full_spool_takes_all_of_a_batch_or_nothing(tmp_path: Path) -> None:
    """And again once something was drained."""
    spool = SpoolWriter(tmp_path, WRITER, 1_500)
    spool.write(spooled(1, 3), HEADER)
    with pytest.raises(SpoolError, match="SPOOL_MAX_BYTES allows 1500"):
        spool.write(spooled(4, 9), HEADER)
    spool.seal()
    (path,) = spool.sealed()
    assert [each.number for each in read_file(path).records] == [1, 2, 3]
    spool.drained(path, readable=True)
    assert spool.records == 0
    spool.write(spooled(4, 6), HEADER)
    assert spool.records == 3


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond that: a write ends in the middle, and the next one fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("written", [0, 2])
def test_a_disk_that_fills_up_leaves_whole_lines(tmp_path: Path, written: int) -> None:
    """What was written of a batch that didn't fit is taken back."""
    spool = SpoolWriter(tmp_path, WRITER, 10**6)
    if written:
        spool.write(spooled(1, written), HEADER)
    size = only_file(tmp_path).stat().st_size if written else 0
    with files_of_at_most(size + 100), pytest.raises(OSError, match="File too large"):
        spool.write(spooled(written + 1, written + 2), HEADER)
    spool.write(spooled(written + 1, written + 2), HEADER)
    file = read_file(only_file(tmp_path))
    assert file.header == HEADER
    assert [each.number for each in file.records] == list(range(1, written + 3))
    assert file.bad_lines == 0


def test_nobody_drains_what_a_process_holds(tmp_path: Path) -> None:
    """Only when it has let go; and then one process at a time."""
    spool = SpoolWriter(tmp_path, WRITER, 10**6)
    spool.write(spooled(1, 2), HEADER)
    assert list(left_behind(tmp_path)) == []
    spool.close()
    (folder,) = left_behind(tmp_path)
    assert take(folder.path) is None
    (path,) = folder.files()
    path.unlink()
    folder.release()
    assert list(tmp_path.iterdir()) == []


def test_an_empty_spool_leaves_nothing_behind(tmp_path: Path) -> None:
    """Its folder goes with its process."""
    spool = SpoolWriter(tmp_path, WRITER, 10**6)
    spool.open()
    spool.close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_damage_is_kept_for_a_person(tmp_path: Path) -> None:
    """Beside the spool, where nothing drains it again."""
    folder = create(tmp_path, WRITER)
    path = folder.path / "000001.spool"
    path.write_bytes(b"nonsense\n")
    kept = folder.set_aside(path)
    folder.release()
    assert kept.read_bytes() == b"nonsense\n"
    assert list(left_behind(tmp_path)) == []


def test_a_deleted_file_is_said_and_forgotten(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Somebody cleaned up: nothing waits for it for ever."""
    spool = SpoolWriter(tmp_path, WRITER, 10**6)
    spool.write(spooled(1, 2), HEADER)
    spool.seal()
    only_file(tmp_path).unlink()
    assert spool.sealed() == []
    assert spool.records == 0
    assert "with 2 records" in caplog.text


def test_a_checkpoint_stays_when_its_process_dies(tmp_path: Path) -> None:
    """The next process finds it, and the folder goes once nobody needs it."""
    spool = SpoolWriter(tmp_path, WRITER, 10**6)
    spool.save_checkpoint(Checkpoint("churn", "0123456789ab", 7, 2, {"accepted": 3, "dropped": 3}))
    reached = Checkpoint("churn", "0123456789ab", 1234, 3, {})
    spool.save_checkpoint(reached)
    spool.close(settled=False)
    (folder,) = left_behind(tmp_path)
    assert checkpoint.load(folder.path) == reached
    checkpoint.remove(folder.path)
    folder.release()
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_of_the_version_before_is_read_and_removed(tmp_path: Path) -> None:
    """Its file had another name; its line is the same."""
    spool = SpoolWriter(tmp_path, WRITER, 10**6)
    reached = Checkpoint("churn", "0123456789ab", 7, 2, {"accepted": 3, "dropped": 3})
    spool.save_checkpoint(reached)
    spool.close(settled=False)
    (tmp_path / WRITER / "checkpoint").rename(tmp_path / WRITER / "standing")
    (folder,) = left_behind(tmp_path)
    assert checkpoint.load(folder.path) == reached
    checkpoint.remove(folder.path)
    folder.release()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_taken_stops_no_other(tmp_path: Path) -> None:
    """Nor does one that is no writer's, such as lost+found."""
    for name in ("f" * 32, "lost+found"):
        (tmp_path / name / "lock").mkdir(parents=True)
    spool = SpoolWriter(tmp_path, WRITER, 10**6)
    spool.write(spooled(1, 2), HEADER)
    spool.close()
    (folder,) = left_behind(tmp_path)
    assert folder.writer == WRITER
    folder.release()


def test_a_file_that_cannot_be_read_now_is_no_damage(tmp_path: Path) -> None:
    """It may be read later."""
    with pytest.raises(IsADirectoryError):
        read_file(tmp_path)
