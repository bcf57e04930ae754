"""The one place where the service is put together."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Final

import anyio
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from contract.settings import read_settings
from feature_log import FeatureLog, LogInstruments, LogOptions, Partition
from predict.edge.drain import drain_before_the_end
from predict.edge.publish import add_layers, published
from predict.features.complete import Freshness
from predict.features.lookup import Lookup
from predict.features.server import FeatureServer
from predict.instrumentation import instrument, own_telemetry
from predict.mark import ServedMark
from predict.metrics import Metrics
from predict.outcomes import outcomes_of
from predict.request.access import Access, read_access
from predict.request.labels.body import LabelModel
from predict.request.labels.inbox import LabelInbox
from predict.request.models.document import OpenApiPage
from predict.request.models.served import ServedModel
from predict.request.models.standing import Standing
from predict.request.models.takeover import Takeover
from predict.request.pages.decisions import DecisionReader
from predict.request.pages.docs import docs_routes, title_of
from predict.request.parse import RequestModel
from predict.request.problems import tell_unexpected_error, telling_http_errors
from predict.request.routes import routes
from predict.request.service import LifespanState, Service
from predict.score.models.bundles import DamagedModel, Model, OpenedModel, open_models
from predict.score.predictor import Predictor
from predict.settings import Settings, read_telemetry_settings
from predict.shadow.opening import Candidates
from predict.shadow.service import Shadows
from predict.turns import Turns
from sources import Source, configured_sources
from telemetry.logs import configure_logging
from telemetry.process import publish_process
from telemetry.providers import Telemetry, build_telemetry
from telemetry.settings import TelemetrySettings

NAME = "predict"

SWITCH_INTERVAL: Final = 0.001
"""Seconds for which a thread keeps requests waiting at most, as one that encodes spans does; Python's own
default is 5 ms."""


def configured() -> tuple[Settings, TelemetrySettings]:
    """The environment's settings, and log lines as they say from here on.

    Raises BadSettingError or StartError.
    """
    settings = read_settings(Settings)
    configure_logging(NAME, settings.log_level)
    return settings, read_telemetry_settings(settings)


def create_app(settings: Settings | None = None, otel: TelemetrySettings | None = None) -> ASGIApp:
    """The application, by default with the environment's settings; raises BadSettingError or StartError."""
    if settings is None or otel is None:
        settings, otel = configured()
    followed = open_models(sources_of(settings))
    models = [each.model for each in followed]
    access = open_access(settings)
    telemetry = build_telemetry(otel, NAME, version(NAME))
    publish_process(telemetry.meter)
    metrics = _metrics(telemetry, models)
    native = settings.http_instrumentation == "native"
    title = title_of(models)
    sources = {each.name: str(each.follower.source) for each in followed}
    standing = Standing({model.name: model for model in models}, sources)
    instruments = LogInstruments(telemetry.meter)
    candidates = Candidates(configured_sources(settings, settings.shadows, "SHADOW"))
    shadows = Shadows(settings, metrics, instruments, candidates)
    features = (
        FeatureServer(str(settings.features_url), settings.features_timeout)
        if settings.features_url
        else None
    )
    make = partial(
        _served,
        settings,
        telemetry=telemetry,
        metrics=metrics,
        instruments=instruments,
        shadows=shadows,
        features=features,
    )
    page = OpenApiPage(title, standing, is_open=access.is_open, looks_up=features is not None)
    app = FastAPI(
        title=title,
        routes=[
            *routes(models, is_open=access.is_open, looks_up=features is not None),
            *docs_routes(title, page.answer),
        ],
        lifespan=_lifespan(
            Service(
                standing=standing,
                shadows=shadows,
                metrics=metrics,
                telemetry=telemetry,
                settings=settings,
                access=access,
                request_timeout=settings.request_timeout,
                turns=Turns(),
                label_turns=Turns(),
                lookup_turns=Turns(),
                decisions=DecisionReader(str(settings.redis_url)),
                features=features,
            ),
            [Takeover(each, standing, metrics, make, shadows.serve) for each in followed],
            make,
        ),
        redirect_slashes=False,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        telemetry=own_telemetry(telemetry, native),
        exception_handlers={
            HTTPException: telling_http_errors([model.name for model in models]),
            Exception: tell_unexpected_error,
        },
    )
    add_layers(app, settings, metrics)
    if not native:
        instrument(app, telemetry)
    return published(app, settings)


def open_access(settings: Settings) -> Access:
    """Read the keys; raises StartError."""
    keys = settings.api_keys
    return read_access(keys.get_secret_value() if keys else None, settings.api_keys_file)


def _metrics(telemetry: Telemetry, models: Sequence[Model]) -> Metrics:
    """The service's instruments; of a model that can't be served they say so."""
    opened = [model for model in models if isinstance(model, OpenedModel)]
    bounds = [model.bundle.metadata.value_bounds or () for model in opened]
    metrics = Metrics(telemetry.meter, version(NAME), bounds)
    for model in models:
        if isinstance(model, DamagedModel):
            metrics.not_served(model.name)
    return metrics


def sources_of(settings: Settings) -> list[Source]:
    """Where the models of BUNDLE come from, in their order."""
    return configured_sources(settings, settings.bundles, "BUNDLE")


def _lifespan(
    service: Service,
    takeovers: Sequence[Takeover],
    make: Callable[[OpenedModel], ServedModel],
) -> Callable[[FastAPI], AbstractAsyncContextManager[LifespanState]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[LifespanState]:
        standing = service.standing
        opened = [model for model in standing.models.values() if isinstance(model, OpenedModel)]
        standing.served.update((model.name, make(model)) for model in opened)
        await asyncio.gather(*(model.start() for model in standing.served.values()))
        for model in standing.served.values():
            service.metrics.serves(model.partition)
        await service.shadows.start(model.bundle for model in standing.served.values())
        # What is here now stays; collecting it in vain halted every request for 130 to 290 ms at a time.
        gc.collect()
        gc.freeze()
        sys.setswitchinterval(SWITCH_INTERVAL)
        if service.settings.drain_delay:
            alone = service.settings.predict_workers == 1
            drain_before_the_end(service, service.settings.drain_delay, alone=alone)
        following = [asyncio.create_task(each.run(), name=f"follow {each.name}") for each in takeovers]
        try:
            yield {"service": service}
        finally:
            for task in following:
                task.cancel()
            await asyncio.gather(*following, return_exceptions=True)
            await asyncio.gather(*(each.close() for each in takeovers))
            await asyncio.gather(
                service.shadows.close(),
                service.decisions.close(),
                *(model.close() for model in standing.served.values()),
            )
            if service.features is not None:
                await service.features.close()
            await anyio.to_thread.run_sync(service.telemetry.shutdown)

    return lifespan


def _served(
    settings: Settings,
    model: OpenedModel,
    *,
    telemetry: Telemetry,
    metrics: Metrics,
    instruments: LogInstruments,
    shadows: Shadows,
    features: FeatureServer | None,
) -> ServedModel:
    """Put together what answers one model's requests."""
    bundle, redis_url = model.bundle, str(settings.redis_url)
    own_shadows = shadows.of(bundle.name)
    partition = Partition(bundle.name, bundle.version)
    own = metrics.of(partition, bundle.schema, outcomes_of(bundle.metadata))
    log = FeatureLog(
        LogOptions(
            redis_url=redis_url,
            partition=partition,
            spool_dir=settings.spool_dir,
            window_rows=settings.window_rows,
            window_period=settings.window_period,
            append_timeout=settings.append_timeout,
            spool_max_bytes=settings.spool_max_bytes,
            sample_rate=settings.log_sample_rate,
            idempotency_ttl=settings.idempotency_ttl,
        ),
        instruments,
    )
    lookup = None
    if features is not None and bundle.schema.has_keys:
        freshness = Freshness(settings.features_max_age, refuses_stale=settings.features_stale == "refuse")
        lookup = Lookup(
            features, bundle.schema, bundle.name, freshness, metrics.of_lookups(partition, bundle.schema)
        )
    return ServedModel(
        bundle=bundle,
        requests=RequestModel(bundle.schema, looks_up=lookup is not None),
        predictor=Predictor(
            bundle, model.scorer, log, own, telemetry.tracer, shadows=own_shadows, lookup=lookup
        ),
        lookup=lookup,
        log=log,
        metrics=own,
        label_model=LabelModel(bundle.schema, bundle.metadata),
        label_inbox=LabelInbox(redis_url, bundle.name, settings.idempotency_ttl, settings.log_sample_rate),
        mark=ServedMark(redis_url, partition),
        shadows=own_shadows,
        registered=model.registered,
    )
