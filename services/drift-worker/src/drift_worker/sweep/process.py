"""Where the sweep is put together, and run until it is told to stop."""

import logging
import threading
from collections.abc import Iterable
from importlib.metadata import version

from redis import Redis
from redis.exceptions import RedisError

from contract.keys import Partition
from contract.partition import register
from contract.redis.connection import background_client
from contract.redis.queue import window_queue
from drift_worker.metrics import (
    RunMetrics,
    SweepMetrics,
    publish_audit,
    publish_build_info,
    publish_status,
)
from drift_worker.record.own import log_problems, open_own_bundles, own_sources
from drift_worker.settings import Settings
from drift_worker.show.figures.status import StatusReader
from drift_worker.sweep.audit import Auditor, PeriodicAudit
from drift_worker.sweep.sweeper import Sweeper
from drift_worker.tracking.follower import RunFollower
from drift_worker.tracking.runs import RunLog
from drift_worker.worker.lifecycle import serve_metrics, stop_on_signals, wait_for_redis
from registry import RegistryAccess, RegistryClient
from telemetry.logs import configure_logging
from telemetry.process import publish_process
from telemetry.providers import build_telemetry
from telemetry.settings import TelemetrySettings

SERVICE = "drift-worker"
INSTANCE = "sweep"
"""The fixed service.instance.id of what is read from Redis, so that a restart continues its series."""

FIGURES_TIMEOUT = 2.0
"""Seconds that an export waits for an answer of Redis: it has to say in time that there is none."""

log = logging.getLogger(__name__)


def run_sweep(settings: Settings) -> None:
    """Sweep every SWEEP_INTERVAL until SIGTERM or SIGINT.

    Raises BundleError, BadLimitError, BadSettingError, UnsupportedRedisError.
    """
    configure_logging(SERVICE, settings.log_level)
    own = open_own_bundles(own_sources(settings))
    log_problems(own.problems)
    telemetry = build_telemetry(
        TelemetrySettings(), SERVICE, version(SERVICE), instance_id=INSTANCE, always_sample=True
    )
    stopping = stop_on_signals(threading.Event())
    redis = background_client(settings.redis_url)
    queue = window_queue(redis)
    try:
        if not wait_for_redis(redis, stopping, at_start=True):
            return
        failed = SweepMetrics(telemetry.meter).failed
        sweeper = Sweeper(redis, queue, settings, on_failure=failed)
        audit = PeriodicAudit(Auditor(redis, settings.reports_dir), settings.audit_interval)
        publish_process(telemetry.meter)
        publish_build_info(telemetry.meter, version(SERVICE), lambda: own.partitions)
        figures = background_client(settings.redis_url, timeout=FIGURES_TIMEOUT, retries=1)
        publish_status(telemetry.meter, StatusReader(figures, window_queue(figures)).read)
        publish_audit(telemetry.meter, audit.observe)
        serve_metrics(telemetry, settings)
        runs = RunLog(
            redis=redis,
            reports_dir=settings.reports_dir,
            reports_page=settings.reports_page,
            connect=lambda: RegistryClient(RegistryAccess.of(settings)),
            counts=RunMetrics(telemetry.meter),
        )
        evaluations = RunFollower(runs, settings.sweep_interval, settings.registry_poll)
        with own.following(own.look_and_say), evaluations.following():
            while not stopping.is_set():
                run_pass(redis, own.partitions, sweeper, audit)
                stopping.wait(settings.sweep_interval)
    finally:
        telemetry.shutdown()


def run_pass(redis: Redis, partitions: Iterable[Partition], sweeper: Sweeper, audit: PeriodicAudit) -> None:
    """Sweep once; where Redis can't be used, the next pass tries again."""
    try:
        redis.ping()
        for partition in partitions:
            register(redis, partition)
        sweeper.sweep()
        audit.run_if_due()
    except RedisError as error:
        sweeper.redis_was_away()
        log.warning("a pass of the sweep failed: %s", error)
    except OSError as error:
        log.error("a pass of the sweep failed: %s: %s", error.filename, error.strerror)  # noqa: TRY400 - the message says all that is known
    except Exception as error:  # noqa: BLE001 - a defect, whichever it is: no window must wait for its repair
        log.error("a pass of the sweep failed by an unexpected %s", type(error).__name__)  # noqa: TRY400 - its text may quote a value
