"""Work in spare time: its result or error comes back, and it gives way to all other threads."""

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from sources import in_spare_time, spare

ANY = -1.0
"""Less of a core than is ever idle."""

MORE_THAN_ALL = 1e9
"""More cores than there are."""

BEFORE = """\
cpu  900 0 0 900 0 0 0 0 0 0
cpu0 100 0 0 300 0 0 0 0 0 0
cpu1 100 0 0 300 0 0 0 0 0 0
cpu12 700 0 0 300 0 0 0 0 0 0
intr 12
"""
"""A text of /proc/stat on a machine of three cores."""

AFTER = """\
cpu  1000 0 0 950 0 0 0 0 0 0
cpu0 150 0 0 300 0 0 0 0 0 0
cpu1 100 0 0 340 10 0 0 0 0 0
cpu12 725 0 0 325 0 0 0 0 0 0
intr 13
"""
"""The same half a second later: cpu0 has worked, cpu1 not, and cpu12 half of the time."""

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no thread has a policy of its own")


@pytest.fixture(autouse=True)
def _times(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look is short, and a machine that runs other tests may keep a thread waiting."""
    monkeypatch.setattr(spare, "LOOK", 0.01)
    monkeypatch.setattr(spare, "PATIENCE", 100.0)


@pytest.mark.parametrize("enough", [ANY, MORE_THAN_ALL])
def test_what_the_work_gives_comes_back(enough: float) -> None:
    """Also its error."""
    assert in_spare_time(lambda: 1, enough) == 1
    with pytest.raises(ValueError, match="no model"):
        in_spare_time(_failing, enough)


@on_linux
def test_the_work_gives_way_where_the_cores_have_time() -> None:
    """Whoever waits for it keeps its own policy."""
    assert in_spare_time(_policy, ANY) == os.SCHED_IDLE
    assert _policy() == os.SCHED_OTHER


@on_linux
def test_the_work_does_not_wait_for_time_that_is_not_there() -> None:
    """It would hold the lock of Python while it waits for a core."""
    assert in_spare_time(_policy, MORE_THAN_ALL) == os.SCHED_OTHER


@on_linux
def test_the_work_is_done_once_more_where_time_has_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cores were idle at first, and are busy since."""
    monkeypatch.setattr(spare, "PATIENCE", 0.1)
    ended = threading.Event()

    def work() -> int:
        if _policy() == os.SCHED_IDLE:
            ended.wait(60)
        return _policy()

    try:
        assert in_spare_time(work, enough=0.0001) == os.SCHED_OTHER
    finally:
        ended.set()


@on_linux
def test_long_work_that_goes_on_is_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large model would else be in memory twice."""
    monkeypatch.setattr(spare, "PATIENCE", 0.02)
    began = []

    def work() -> None:
        began.append(_policy())
        while time.thread_time() < 0.1:
            pass

    in_spare_time(work, ANY)
    assert began == [os.SCHED_IDLE]


@on_linux
@pytest.mark.parametrize("text", [None, "", "cpu0 1 2 3 4\n", "cpu0 a b c d e f g h\n"])
def test_the_work_is_done_at_once_where_the_kernel_tells_nothing(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a sandbox that has another /proc, or none."""
    path = tmp_path / "stat"
    if text is not None:
        path.write_text(text)
    monkeypatch.setattr(spare, "TIMES_OF_CORES", path)
    assert in_spare_time(_policy) == os.SCHED_OTHER


@pytest.mark.parametrize(
    ("own", "idle"), [({0}, 0.0), ({1}, 1.0), ({12}, 0.5), ({0, 1}, 1.0), ({0, 1, 12}, 1.5), ({7}, 0.0)]
)
def test_only_the_cores_that_the_process_may_use_count(own: set[int], idle: float) -> None:
    """A container may be bound to busy ones of a large machine."""
    assert spare.idle_cores(BEFORE, AFTER, own) == idle


def test_no_time_has_passed() -> None:
    """As in a sandbox whose figures stand still."""
    assert spare.idle_cores(BEFORE, BEFORE, {0, 1}) == 0.0


def _policy() -> int:
    return os.sched_getscheduler(threading.get_native_id())


def _failing() -> None:
    raise ValueError("no model")
