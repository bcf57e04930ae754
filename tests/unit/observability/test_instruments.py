"""The services' instruments are the declared ones: no more, no fewer, with their labels and buckets."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import Meter, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric as Family

from contract.keys import Partition
from contract.labels.ledger import LabelLedger
from contract.ledger import Ledger
from contract.schema import Feature, Schema
from contract.stream.append import AppendReply, Batch
from contract.stream.looked_up import LookedUp
from contract.versions.served import Served
from contract.versions.use import Use
from drift_worker import metrics as drift_worker_metrics
from drift_worker.estimates import EstimatedFigure, QualityEstimate
from drift_worker.findings import Finding
from drift_worker.metrics import STAGES
from drift_worker.record.evaluation import Evaluation
from drift_worker.show.figures.labels import LabelStatus
from drift_worker.show.figures.status import RedisMemory, Status, VersionStatus
from feature_log.metrics import LogInstruments
from predict.errors import Reason, RefusedError
from predict.metrics import Metrics
from predict.outcomes import Outcomes, binary_outcomes
from telemetry.process import publish_process
from tests.support.evaluations.quality import quality_evaluation
from tests.support.observability.metric_table import (
    OF_A_REFERENCE,
    OTHER_TASKS,
    SCRAPED,
    bucket_boundaries,
    declared,
    label_values,
)

BY_INSTRUMENTATION = {"http_server_request_duration_seconds", "http_server_active_requests"}
PARTITION = Partition("churn", "3f2a9c1b7d20")
SCHEMA = Schema(entity="user_id", features=[Feature(name="monthly_fee", kind="numerical")])
EVALUATION = Evaluation.model_validate(
    {
        "window_id": "churn-3f2a9c1b7d20-1763915092123-17",
        "number": 1,
        "status": "evaluated",
        "model": "churn",
        "model_version": "3f2a9c1b7d20",
        "first_id": "1763915000000-0",
        "last_id": "1763915092123-17",
        "first_time": "2025-11-23T16:23:20Z",
        "last_time": "2025-11-23T16:24:52Z",
        "rows": 1000,
        "dead_lettered": 0,
        "duplicates": 0,
        "findings": [
            Finding(
                kind=kind,
                column=column,
                method="psi",
                score=0.2,
                threshold=0.1,
                size=0.6,
                p_value=1e-9,
                drifted=True,
                beyond_chance=True,
            )
            for kind, column in (("feature_drift", "monthly_fee"), ("prediction_drift", "score"))
        ],
        "decision": "NO_ACTION",
        "reasons": ["drift_share=0.07 < 0.30"],
        "drift_share": 0.07,
        "drift_share_threshold": 0.3,
        "target_drift": None,
        "estimate": QualityEstimate(
            figures=[
                EstimatedFigure(metric=metric, value=0.8, standard_error=0.01, reference=0.8)
                for metric in ("auc", "accuracy", "f1")
            ],
            rows=1000,
        ),
        "reports": None,
        "durations": {},
        "libraries": {},
        "evaluated_at": "2025-11-23T16:24:55Z",
    }
)
STATUS = Status(
    every=[
        VersionStatus(
            partition=PARTITION,
            use=Use(now=1000, served=Served(since=0, last=1000), recorded=None, retired=None),
            ledger=Ledger(),
            stream_records=0,
            pending=0,
            oldest_pending_seconds=0.0,
            open_until=1.0,
            tally={f"decided_at:{action}": 1 for action in label_values()["drift_decisions_total", "action"]},
            latest=EVALUATION,
            quality=quality_evaluation(PARTITION),
        )
    ],
    labels={PARTITION.model: LabelStatus(LabelLedger(received_at=1))},
    queued=0,
    started=0,
    workers=1,
    memory=RedisMemory(used=1_500_000, limit=200_000_000),
)


@contextmanager
def collected() -> Iterator[tuple[Meter, dict[str, Family]]]:
    """A meter, and what it has recorded, by Prometheus name, once the block has ended."""
    registry = CollectorRegistry()
    pushed = InMemoryMetricReader()
    provider = MeterProvider([PrometheusMetricReader(scope_info_enabled=False, registry=registry), pushed])
    families: dict[str, Family] = {}
    try:
        yield provider.get_meter("driftline"), families
        for family in registry.collect():
            suffix = "_total" if family.type == "counter" else ""
            families[family.name + suffix] = family
        metrics_data = pushed.get_metrics_data()
        assert metrics_data is not None
        encode_metrics(metrics_data)  # raises where OTLP can't carry a value
        families.pop("target_info", None)
        families.pop("target", None)
    finally:
        provider.shutdown()


def check(families: dict[str, Family], by: str) -> None:
    """What is collected is what the table says that `by` publishes, but for what other tasks have."""
    others = {*BY_INSTRUMENTATION, *OTHER_TASKS}
    ours = {m.name: m for m in declared().values() if by in m.by and m.name not in others}
    assert set(families) == set(ours)
    for name, family in families.items():
        assert family.type == ours[name].kind
        for sample in family.samples:
            if sample.name in ours[name].series:
                assert set(sample.labels) == ours[name].series[sample.name] - SCRAPED
        check_values(family)
        if family.type == "histogram":
            bounds = {float(s.labels["le"]) for s in family.samples if "le" in s.labels}
            assert bounds == {*bucket_boundaries()[name], float("inf")}


def check_values(family: Family) -> None:
    """A label with a fixed set of values has all of them from the start, and no other."""
    for (series, label), values in label_values().items():
        samples = [sample for sample in family.samples if sample.name == series]
        if samples:
            assert {sample.labels[label] for sample in samples} == values


def test_predict_publishes_what_is_declared() -> None:
    """predict's instruments and those of its feature log are the ones of the table."""
    with collected() as (meter, families):
        publish_process(meter)
        service = Metrics(meter, "0.1.0")
        service.not_served("shop")
        metrics = service.of(PARTITION, SCHEMA, binary_outcomes(0.5))
        service.serves(PARTITION)
        service.request("/predict", "POST", 200, 0.01)
        metrics.refused(RefusedError(Reason.WRONG_TYPE, "expected a number"))
        metrics.answered(0.7)
        shadow = service.of_shadow(PARTITION)
        shadow.running(now=True)
        shadow.ran(0.001)
        lookups = service.of_lookups(PARTITION, SCHEMA)
        lookups.called(0.01)
        lookups.looked_up("stale")
        lookups.used({"monthly_fee": None}, LookedUp({"monthly_fee": 60}, ("monthly_fee",)))
        log_metrics = LogInstruments(meter).of(PARTITION)
        log_metrics.appended(Batch(1), AppendReply(closed=[], already_taken=0, lost=0, repeats={}))
        log_metrics.committed(0.001)
    check(families, "predict")


def test_predict_publishes_the_values_of_a_regression() -> None:
    """They are counted in buckets of the reference, beside the one outcome that there is."""
    outcomes = Outcomes(("value",), lambda score: (0, cast("float", score)), OF_A_REFERENCE)
    with collected() as (meter, families):
        Metrics(meter, "0.1.0", [OF_A_REFERENCE]).of(PARTITION, SCHEMA, outcomes).answered(17.5)
    (outcome,) = [each for each in families["predictions_total"].samples if each.name == "predictions_total"]
    assert (outcome.labels["outcome"], outcome.value) == ("value", 1)
    counts = {
        each.labels["le"]: each.value for each in families["prediction_value"].samples if "le" in each.labels
    }
    assert counts == {"10.0": 0, "20.0": 1, "30.0": 1, "+Inf": 1}
    assert "prediction_probability_ratio" not in families


def test_a_worker_publishes_what_is_declared() -> None:
    """A worker's instruments are those of the table."""
    with collected() as (meter, families):
        publish_process(meter)
        jobs = drift_worker_metrics.JobMetrics(meter)
        jobs.expect(PARTITION)
        jobs.committed(PARTITION, dict.fromkeys(STAGES, 0.1))
        drift_worker_metrics.publish_build_info(meter, "0.1.0", lambda: [PARTITION])
    check(families, "worker")


def test_the_sweep_publishes_what_is_declared() -> None:
    """What the sweep reads from Redis is what the table says."""
    with collected() as (meter, families):
        publish_process(meter)
        drift_worker_metrics.publish_build_info(meter, "0.1.0", lambda: [PARTITION])
        drift_worker_metrics.publish_status(meter, lambda: STATUS)
        drift_worker_metrics.SweepMetrics(meter)
        drift_worker_metrics.RunMetrics(meter).logged(PARTITION, 1)
        drift_worker_metrics.publish_audit(meter, lambda _: [Observation(0, PARTITION.labels)])
    check(families, "sweep")
