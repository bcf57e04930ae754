"""Where an RQ worker is put together, and run until it is told to stop."""

import gc
import logging
import os
import threading
import uuid
from collections.abc import Callable
from importlib.metadata import version

from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from contract.errors import BadWindowIdError
from contract.keys import Partition
from contract.redis.connection import background_client
from contract.redis.queue import LABEL_QUEUE, QUEUE, model_of_job
from contract.windows import partition_of
from drift_worker.evaluate.evaluator import WindowEvaluator, window_evaluator
from drift_worker.evaluate.lease import LeaseKeeper, worker_name
from drift_worker.labels.horizon import Horizons
from drift_worker.labels.joiner import LabelJoiner
from drift_worker.metrics import JobMetrics, publish_build_info
from drift_worker.quality.evaluator import quality_evaluator
from drift_worker.record.own import OwnBundles, log_problems
from drift_worker.settings import Settings
from drift_worker.worker.bundles import TakenBundles
from drift_worker.worker.jobs import WindowQueue, checked_job_class, redacted
from drift_worker.worker.lifecycle import RETRY_SECONDS, serve_metrics, stop_on_signals, wait_for_redis
from telemetry.logs import configure_logging
from telemetry.process import publish_process
from telemetry.providers import build_telemetry
from telemetry.settings import TelemetrySettings

SERVICE = "drift-worker"
BLOCKED = 20
"""Seconds that the worker waits for a job at a time; a server that falls silent is noticed 10 s later."""

log = logging.getLogger(__name__)


def run_worker(settings: Settings, own: OwnBundles) -> None:
    """Evaluate windows and join labels until SIGTERM or SIGINT; a running evaluation is finished first.

    Raises UnknownBundleError where a bundle's reference can't be read, UnsupportedRedisError where the Redis
    that answers can't be used, or BadSettingError.
    """
    configure_logging(SERVICE, settings.log_level)
    telemetry = build_telemetry(TelemetrySettings(), SERVICE, version(SERVICE), always_sample=True)
    publish_process(telemetry.meter)
    log_problems(own.problems)
    publish_build_info(telemetry.meter, version(SERVICE), lambda: own.partitions)
    redis = background_client(settings.redis_url)
    keeper = LeaseKeeper(redis, worker_name(), settings.lease_ttl, settings.heartbeat_file)
    metrics = JobMetrics(telemetry.meter)
    evaluator = window_evaluator(redis, settings, keeper, metrics, telemetry.tracer)
    bundles = TakenBundles(own, evaluator.stores.bundles, redis, metrics)
    bundles.take_first()
    stopping = stop_on_signals(threading.Event())
    serve_metrics(telemetry, settings)
    try:
        if wait_for_redis(redis, stopping, at_start=True):
            with keeper.beating(), bundles.following():
                _work(settings, bundles, evaluator, stopping)
    finally:
        telemetry.shutdown()
        gc.freeze()  # else Python looks through all that Evidently made once more, for seconds


def _work(
    settings: Settings, bundles: TakenBundles, evaluator: WindowEvaluator, stopping: threading.Event
) -> None:
    """Run RQ's loop, and start it again where it ended by an error of Redis rather than on request."""
    while not stopping.is_set():
        try:
            bundles.register()
            evaluator.publish_leftovers()
            _rq_worker(settings, evaluator, stopping).work(logging_level=settings.log_level.upper())
        except RedisError as error:
            log.warning("Redis refuses the worker: %s", error)
        stop_on_signals(stopping)
        if not stopping.wait(RETRY_SECONDS):
            log.warning("the worker loop ended without being asked to; starting it again")
            wait_for_redis(evaluator.redis, stopping)


def _rq_worker(
    settings: Settings, evaluator: WindowEvaluator, stopping: threading.Event
) -> "_EvaluationWorker":
    stores = evaluator.stores
    horizons = Horizons(stores.bundles)
    quality = quality_evaluator(evaluator, horizons, settings)
    joiner = LabelJoiner(
        evaluator.redis, stores.files, horizons, evaluator.keeper, settings.label_patience, quality.look
    )
    worker = _EvaluationWorker(
        [QUEUE, LABEL_QUEUE],  # windows first
        name=f"{worker_name()}-{os.getpid()}-{uuid.uuid4().hex[:8]}",
        connection=evaluator.redis,
        queue_class=WindowQueue,
        job_class=checked_job_class(
            redacted(evaluator.evaluate_window),
            redacted(joiner.join),
            settings.job_timeout,
            evaluator.metrics.refused,
        ),
        serializer=JSONSerializer,
        worker_ttl=BLOCKED + 15,  # RQ takes 15 s off for its own
        exception_handlers=[_counting(evaluator.metrics)],
        log_job_description=False,
    )
    worker.stopping = stopping
    return worker


class _EvaluationWorker(SimpleWorker):
    """RQ's worker without a fork: telemetry and Evidently live in this one process.

    Whoever can write to Redis could suspend or end it by RQ's commands: it takes none.
    """

    stopping: threading.Event

    def subscribe(self) -> None:
        """Listen to no commands."""

    def unsubscribe(self) -> None:
        """Nothing was listened to."""

    def check_for_suspension(self, burst: bool) -> None:
        """Go on, whatever stands in Redis."""

    def handle_warm_shutdown_request(self) -> None:
        """Note that the end of the loop is wanted."""
        self.stopping.set()
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]


def _counting(metrics: JobMetrics) -> Callable[..., bool]:
    """An exception handler that counts the job, and lets RQ go on as it would."""

    def handle(job: Job, *_exception: object) -> bool:
        if job.origin == LABEL_QUEUE:
            metrics.labels_failed(model_of_job(job.id))
        else:
            metrics.failed(_partition_of(job))
        return True

    return handle


def _partition_of(job: Job) -> Partition | None:
    """The model version that a job is about; None where its id is no window id."""
    try:
        return partition_of(job.id)
    except BadWindowIdError:
        return None
