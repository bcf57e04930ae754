"""The bundles that a worker takes: those that it was given, and those that come while it runs."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from contract.partition import register
from redis import Redis
from redis.exceptions import RedisError

from drift_worker.metrics import JobMetrics
from drift_worker.record.bundles import BundleCache
from drift_worker.record.own import OwnBundle, OwnBundles, log_problems

END: Final = 2.0
"""Seconds that a look may still take when the worker ends; then it is left."""

log = logging.getLogger(__name__)


class TakenBundles:
    """Keeps a copy of each bundle of BUNDLE, so that the windows of its version can be evaluated."""

    def __init__(self, own: OwnBundles, kept: BundleCache, redis: Redis, metrics: JobMetrics) -> None:
        self._own = own
        self._kept = kept
        self._redis = redis
        self._metrics = metrics
        self._taken = list[OwnBundle]()
        self._said: str | None = None
        """What was said of the last look; None where it was as expected."""

    def take_first(self) -> None:
        """Take what is there when the worker starts; raises OSError, or UnknownBundleError."""
        for own in self._own.found:
            self._take(own)
            self._taken.append(own)
            self._kept.reference(own.partition)

    def register(self) -> None:
        """Let Redis know each version; raises RedisError."""
        for own in list(self._taken):
            register(self._redis, own.partition)

    def look(self) -> None:
        """Take the bundles that have come since; what fails is tried again at the next look."""
        log_problems(self._own.look())
        for own in self._own.found:
            if own in self._taken:
                continue
            try:
                self._take(own)
                register(self._redis, own.partition)
                self._taken.append(own)
            except (OSError, RedisError) as error:
                log.warning("bundle %s %s can't be taken yet: %s", own.bundle.name, own.bundle.version, error)

    @contextmanager
    def following(self, stopping: threading.Event) -> Iterator[None]:
        """Look from time to time in a thread, while the context lasts; a running download is then left."""
        ended = threading.Event()

        def follow() -> None:
            while not ended.wait(self._own.interval) and not stopping.is_set():
                self._look_on()

        thread = threading.Thread(target=follow, name="bundles", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(END)

    def _look_on(self) -> None:
        """Look once; an unexpected error, which is said once, ends this look only."""
        try:
            self.look()
        except Exception as error:  # a defect, whichever it is: the next version has to come all the same
            said = f"{type(error).__name__}: {error}"
            if said != self._said:
                log.exception("the bundles of BUNDLE could not be followed, which is tried again")
            self._said = said
        else:
            self._said = None

    def _take(self, own: OwnBundle) -> None:
        self._kept.add(own.bundle, own.registered)
        self._metrics.expect(own.partition)
        if own.bundle.outdated:
            log.warning("%s", own.bundle.outdated)
