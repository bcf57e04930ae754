"""Windows in a real Redis, and evaluations of them."""

from pathlib import Path

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from redis import Redis
from rq import Queue

from bundle import Bundle, open_bundle
from contract.keys import Partition
from contract.partition import pending_windows, register
from contract.redis.queue import window_queue
from contract.stream.append import StreamWriter
from contract.stream.record import Record
from contract.windows import Window
from drift_worker.evaluate.evaluator import WindowEvaluator, window_evaluator
from drift_worker.evaluate.lease import LeaseKeeper
from drift_worker.metrics import JobMetrics
from drift_worker.settings import Settings
from tests.support.data.month_records import month_records
from tests.support.evaluations.windows import FillWindows
from tests.support.records import PARTITION, append_now, record


@pytest.fixture
def fill_windows(redis: Redis) -> FillWindows:
    """Append so many records in windows of so many rows, and give the closed windows."""

    def fill(records: int, window_rows: int) -> list[Window]:
        register(redis, PARTITION)
        writer = StreamWriter(PARTITION, window_rows, "test")
        append_now(writer, redis, 1, [record(number) for number in range(records)])
        return pending_windows(redis, PARTITION)

    return fill


@pytest.fixture
def queue(redis: Redis) -> Queue:
    """The queue of closed windows."""
    return window_queue(redis)


@pytest.fixture(scope="module")
def bundle(bundle_path: Path) -> Bundle:
    """The example's bundle."""
    return open_bundle(bundle_path)


@pytest.fixture
def partition(bundle: Bundle) -> Partition:
    """The example model's partition."""
    return Partition(bundle.name, bundle.version)


@pytest.fixture(scope="module")
def month_001(bundle: Bundle, months_path: Path) -> list[Record]:
    """The records of month_001."""
    return month_records(months_path / "month_001", bundle)


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """The spans that have ended."""
    return InMemorySpanExporter()


@pytest.fixture
def evaluator(redis: Redis, bundle: Bundle, tmp_path: Path, spans: InMemorySpanExporter) -> WindowEvaluator:
    """An evaluator as a worker wires it."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    evaluator = window_evaluator(
        redis,
        Settings(reports_dir=tmp_path, reports_keep=3),
        LeaseKeeper(redis, "test", ttl=20),
        JobMetrics(MeterProvider().get_meter("test")),
        provider.get_tracer("test"),
    )
    evaluator.stores.bundles.add(bundle)
    return evaluator
