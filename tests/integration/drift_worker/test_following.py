"""The worker follows its sources for as long as it runs, whatever a source does."""

import threading
import time
from pathlib import Path

import pytest
from opentelemetry.metrics import NoOpMeter
from redis import Redis

from bundle import Bundle
from drift_worker.metrics import JobMetrics
from drift_worker.record.bundles import BundleCache
from drift_worker.record.own import OwnBundles
from drift_worker.worker.bundles import TakenBundles
from sources import Edition, FolderSource
from tests.support.waiting import wait_for


class Strange(FolderSource):
    """A folder whose looks fail, from the second to the fourth, by a reason that nobody foresaw."""

    interval = 0.05  # type: ignore[misc]
    looks = 0

    def look(self) -> Edition:
        """Count, and fail."""
        self.looks += 1
        if 2 <= self.looks <= 4:
            raise PermissionError(13, "Permission denied", "cache/churn/2-d1b91f8c80a4")
        return super().look()


class Slow(FolderSource):
    """A folder whose second look lasts, as the download of a large model does."""

    interval = 0.05  # type: ignore[misc]

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.begun, self.ending = threading.Event(), threading.Event()
        self.is_first = True

    def look(self) -> Edition:
        """Wait, except for the first time."""
        if not self.is_first:
            self.begun.set()
            self.ending.wait(60)
        self.is_first = False
        return super().look()


def taken(source: FolderSource, redis: Redis, folder: Path) -> TakenBundles:
    """Who follows the source, and has looked once."""
    own = OwnBundles([source])
    own.look()
    return TakenBundles(own, BundleCache(folder), redis, JobMetrics(NoOpMeter("test")))


def test_an_unexpected_error_ends_one_look_only(
    bundle: Bundle, redis: Redis, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Else no new version would ever come to this worker, which seems to be well; it is said once."""
    source = Strange(bundle.path)
    with taken(source, redis, tmp_path).following():
        wait_for("looks after those that failed", lambda: source.looks > 5, timeout=5)
    assert [line.levelname for line in caplog.records].count("ERROR") == 1
    assert "cache/churn/2-d1b91f8c80a4" in caplog.text


def test_the_worker_ends_while_a_look_lasts(bundle: Bundle, redis: Redis, tmp_path: Path) -> None:
    """A download may take a quarter of an hour, and whoever stops a container kills it after 10 s."""
    source = Slow(bundle.path)
    try:
        with taken(source, redis, tmp_path).following():
            assert source.begun.wait(10)
            began = time.monotonic()
        assert time.monotonic() - began < 5
    finally:
        source.ending.set()
