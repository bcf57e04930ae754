"""The bundles that a worker takes: those that it was given, and those that come while it runs."""

import logging
from contextlib import AbstractContextManager

from redis import Redis
from redis.exceptions import RedisError

from contract.partition import register
from drift_worker.metrics import JobMetrics
from drift_worker.record.bundles import BundleCache
from drift_worker.record.own import OwnBundle, OwnBundles

log = logging.getLogger(__name__)


class TakenBundles:
    """Keeps a copy of each bundle of BUNDLE, so that the windows of its version can be evaluated."""

    def __init__(self, own: OwnBundles, kept: BundleCache, redis: Redis, metrics: JobMetrics) -> None:
        self._own = own
        self._kept = kept
        self._redis = redis
        self._metrics = metrics
        self._taken = list[OwnBundle]()

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
        self._own.look_and_say()
        for own in self._own.found:
            if own in self._taken:
                continue
            try:
                self._take(own)
                register(self._redis, own.partition)
                self._taken.append(own)
            except (OSError, RedisError) as error:
                log.warning("bundle %s %s can't be taken yet: %s", own.bundle.name, own.bundle.version, error)

    def following(self) -> AbstractContextManager[None]:
        """Look from time to time while the context lasts."""
        return self._own.following(self.look)

    def _take(self, own: OwnBundle) -> None:
        self._kept.add(own.bundle, own.registered)
        self._metrics.expect(own.partition)
        if own.bundle.outdated:
            log.warning("%s", own.bundle.outdated)
