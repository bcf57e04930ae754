"""The one place where the service is put together."""

import gc
import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from multiprocessing import parent_process
from typing import Final

import anyio
from bundle import Bundle, BundleError, Scorer, open_bundle, read_check, verify_answers
from contract.settings import read_settings
from fastapi import FastAPI
from feature_log import FeatureLog, LogOptions, Partition
from starlette.exceptions import HTTPException
from starlette.routing import Route
from telemetry.logs import configure_logging
from telemetry.providers import Telemetry, build_telemetry
from telemetry.settings import TelemetrySettings

from predict.errors import StartError
from predict.instrumentation import RequestMetrics, instrument, own_telemetry
from predict.metrics import Metrics
from predict.outcomes import outcomes_of
from predict.request.access import Access, read_access
from predict.request.labels.body import LabelModel
from predict.request.labels.inbox import LabelInbox
from predict.request.pages import docs_routes, render_root_page
from predict.request.parse import RequestModel
from predict.request.problems import tell_http_error, tell_unexpected_error
from predict.request.routes import routes
from predict.request.service import LifespanState, Service
from predict.score.predictor import Predictor
from predict.settings import Settings, read_telemetry_settings
from predict.turns import Turns

NAME = "predict"

SWITCH_INTERVAL: Final = 0.001
"""Seconds for which a thread keeps requests waiting at most, as one that encodes spans does; Python's own
default is 5 ms."""


_logger = logging.getLogger(__name__)


def configured() -> tuple[Settings, TelemetrySettings]:
    """The environment's settings, and log lines as they say from here on.

    Raises BadSettingError or StartError.
    """
    settings = read_settings(Settings)
    configure_logging(NAME, settings.log_level)
    return settings, read_telemetry_settings(settings)


def create_app(settings: Settings | None = None, otel: TelemetrySettings | None = None) -> FastAPI:
    """The application, by default with the environment's settings; raises BadSettingError or StartError."""
    if settings is None or otel is None:
        settings, otel = configured()
    bundle, scorer = open_model(settings)
    access = open_access(settings)
    telemetry = build_telemetry(otel, NAME, version(NAME))
    partition = Partition(bundle.name, bundle.version)
    metrics = Metrics(telemetry.meter, version(NAME), partition, bundle.schema, outcomes_of(bundle.metadata))
    native = settings.http_instrumentation == "native"
    app = FastAPI(
        title=f"predict: {bundle.name}",
        version=bundle.version,
        description="Answers predictions and logs each one.",
        routes=[*routes(bundle, is_open=access.is_open), *docs_routes(f"predict: {bundle.name}")],
        lifespan=_lifespan(
            settings, bundle=bundle, scorer=scorer, access=access, telemetry=telemetry, metrics=metrics
        ),
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        telemetry=own_telemetry(telemetry, native),
        exception_handlers={HTTPException: tell_http_error, Exception: tell_unexpected_error},
    )
    paths = frozenset(route.path for route in app.routes if isinstance(route, Route))
    app.add_middleware(RequestMetrics, metrics=metrics, routes=paths)
    if not native:
        instrument(app, telemetry)
    return app


def open_model(settings: Settings) -> tuple[Bundle, Scorer]:
    """Open and load the bundle, and see that it answers as it did where it was built.

    Warns once of an outdated one. Raises StartError.
    """
    try:
        bundle = open_bundle(settings.bundle)
        scorer = Scorer(bundle.model_path, bundle.schema, bundle.metadata.signature)
        if bundle.check_path is not None:
            verify_answers(read_check(bundle.check_path), scorer)
    except BundleError as error:
        raise StartError(str(error)) from error
    if bundle.outdated and parent_process() is None:  # where several workers serve, their parent says it
        _logger.warning("%s", bundle.outdated)
    return bundle, scorer


def open_access(settings: Settings) -> Access:
    """Read the keys; raises StartError."""
    keys = settings.api_keys
    return read_access(keys.get_secret_value() if keys else None, settings.api_keys_file)


def _lifespan(
    settings: Settings,
    *,
    bundle: Bundle,
    scorer: Scorer,
    access: Access,
    telemetry: Telemetry,
    metrics: Metrics,
) -> Callable[[FastAPI], AbstractAsyncContextManager[LifespanState]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[LifespanState]:
        log = FeatureLog(
            LogOptions(
                redis_url=str(settings.redis_url),
                partition=Partition(bundle.name, bundle.version),
                spool_dir=settings.spool_dir,
                window_rows=settings.window_rows,
                window_period=settings.window_period,
                append_timeout=settings.append_timeout,
                spool_max_bytes=settings.spool_max_bytes,
                sample_rate=settings.log_sample_rate,
                idempotency_ttl=settings.idempotency_ttl,
            ),
            telemetry.meter,
        )
        inbox = LabelInbox(
            str(settings.redis_url), bundle.name, settings.idempotency_ttl, settings.log_sample_rate
        )
        await log.start()
        inbox.start()
        # What is here now stays; collecting it in vain halted every request for 130 to 290 ms at a time.
        gc.collect()
        gc.freeze()
        sys.setswitchinterval(SWITCH_INTERVAL)
        try:
            yield {
                "service": Service(
                    bundle=bundle,
                    requests=RequestModel(bundle.schema),
                    predictor=Predictor(bundle, scorer, log, metrics, telemetry.tracer),
                    log=log,
                    metrics=metrics,
                    telemetry=telemetry,
                    root_page=render_root_page(bundle, settings),
                    access=access,
                    request_timeout=settings.request_timeout,
                    turns=Turns(),
                    label_model=LabelModel(bundle.schema, bundle.metadata),
                    label_inbox=inbox,
                    label_turns=Turns(),
                )
            }
        finally:
            await log.close()
            await inbox.close()
            await anyio.to_thread.run_sync(telemetry.shutdown)

    return lifespan
