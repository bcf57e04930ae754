"""Work in spare time: its result or error comes back, and it gives way to all other threads."""

import os
import sys
import threading
from pathlib import Path

import pytest

from sources import in_spare_time, spare

ANY = 0.0
"""A share of idle cores that there always is."""

MORE_THAN_ALL = 1.1
"""One that there never is."""

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no thread has a policy of its own")


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
    """It is done by whoever asks, since it would hold the lock of Python while it waits for a core."""
    assert in_spare_time(threading.get_ident, MORE_THAN_ALL) == threading.get_ident()


def test_the_work_is_done_at_once_where_the_kernel_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a sandbox without /proc."""
    monkeypatch.setattr(spare, "CORES", tmp_path / "stat")
    assert in_spare_time(threading.get_ident) == threading.get_ident()


@on_linux
def test_a_core_that_works_is_not_idle() -> None:
    """Only the cores that this process may use count."""
    own = os.sched_getaffinity(0)
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            pass

    os.sched_setaffinity(0, {min(own)})
    try:
        threading.Thread(target=work).start()
        assert in_spare_time(threading.get_ident, enough=0.5) == threading.get_ident()
    finally:
        ended.set()
        os.sched_setaffinity(0, own)


def _policy() -> int:
    return os.sched_getscheduler(threading.get_native_id())


def _failing() -> None:
    raise ValueError("no model")
