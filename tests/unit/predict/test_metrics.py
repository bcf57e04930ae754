"""What predict records is bounded, and begins at zero."""

from collections.abc import Mapping
from typing import Any, cast

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from contract.keys import Partition
from contract.schema import Feature, Schema
from feature_log.metrics import LogInstruments
from predict.errors import FieldError, Reason, RefusedError
from predict.metrics import Metrics, ModelMetrics
from predict.outcomes import Outcomes, binary_outcomes
from telemetry.providers import SERIES_LIMITS

PARTITION = Partition("churn", "0123456789ab")
SCHEMA = Schema(
    entity="user_id",
    features=[
        Feature(name="monthly_fee", kind="numerical"),
        Feature(name="plan", kind="categorical", nullable=True),
    ],
)

Points = dict[str, list[Any]]


@pytest.fixture
def reader() -> InMemoryMetricReader:
    """Where the instruments' points can be read; it takes as many as the service's own."""
    return InMemoryMetricReader(cardinality_limits=SERIES_LIMITS)


@pytest.fixture
def service(reader: InMemoryMetricReader) -> Metrics:
    """The instruments of one service, and of its feature log."""
    meter = MeterProvider([reader], shutdown_on_exit=False).get_meter("test")
    LogInstruments(meter).of(PARTITION)
    return Metrics(meter, "1.0")


@pytest.fixture
def metrics(service: Metrics) -> ModelMetrics:
    """What its one model records."""
    return service.of(PARTITION, SCHEMA, binary_outcomes(0.5))


def points(reader: InMemoryMetricReader) -> Points:
    """The points of each instrument by its name."""
    data = reader.get_metrics_data()
    assert data is not None
    return {
        metric.name: list(metric.data.data_points)
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def labelled(found: list[Any], **labels: str) -> Any:
    """The one point with these labels."""
    (point,) = [point for point in found if Mapping.__eq__(dict(point.attributes), labels)]
    return point


def test_every_series_of_a_fixed_set_begins_at_zero(
    metrics: ModelMetrics, reader: InMemoryMetricReader
) -> None:
    """Prometheus can't see an increase from nothing."""
    found = points(reader)
    assert {point.attributes["reason"] for point in found["predict.rejections"]} == set(Reason)
    assert {point.attributes["outcome"] for point in found["predictions"]} == {"positive", "negative"}
    assert len(found["feature.log.records"]) == 7
    fields = {point.attributes["field"] for point in found["predict.rejections"]}
    assert fields == {"", "monthly_fee", "plan"}
    assert all(
        point.value == 0
        for name in ("predict.rejections", "predictions", "feature.log.records")
        for point in found[name]
    )


def test_a_request_is_counted_and_measured_once(service: Metrics, reader: InMemoryMetricReader) -> None:
    """By route, method and status."""
    for _ in range(3):
        service.request("/predict", "POST", 200, 0.003)
    found = points(reader)
    labels = {"route": "/predict", "method": "POST", "status": "200"}
    assert labelled(found["api.requests"], **labels).value == 3
    assert labelled(found["api.request.latency"], **labels).count == 3


def test_made_up_methods_share_one_series(service: Metrics, reader: InMemoryMetricReader) -> None:
    """Or clients could fill Prometheus."""
    for number in range(50):
        service.request("unmatched", f"M{number}", 404, 0.001)
    assert (
        labelled(points(reader)["api.requests"], route="unmatched", method="other", status="404").value == 50
    )


@pytest.mark.usefixtures("metrics")
def test_the_first_failure_is_an_increase(reader: InMemoryMetricReader) -> None:
    """The requests to predict are there at 0 before any came: Prometheus sees no increase from nothing."""
    found = points(reader)["api.requests"]
    for route in ("/predict", "/predict/batch"):
        for status in ("200", "422", "500"):
            assert labelled(found, route=route, method="POST", status=status).value == 0


def test_predictions_are_counted_by_what_was_predicted(
    metrics: ModelMetrics, reader: InMemoryMetricReader
) -> None:
    """With their probabilities beside."""
    metrics.answered(0.75)
    metrics.answered(0.25)
    metrics.answered(0.35)
    found = points(reader)
    model = {"model": "churn", "model_version": "0123456789ab"}
    assert labelled(found["predictions"], **model, outcome="negative").value == 2
    assert labelled(found["prediction.probability.ratio"], **model).sum == pytest.approx(1.35)


@pytest.mark.parametrize(
    ("errors", "field"),
    [
        (["features.monthly_fee", "features.plan"], "monthly_fee"),
        (["monthly_fee"], "monthly_fee"),
        (["user_id"], "other"),
        (["features.made_up"], "other"),
        (["body"], "other"),
        (["rows[3].features.plan", "rows[4].features.monthly_fee"], "plan"),
        (["rows[999].features.made_up"], "other"),
        (["rows[3].user_id"], "other"),
        (["rows[3]"], ""),
        (["rows"], "other"),
        ([], ""),
    ],
)
def test_a_refusal_is_counted_under_the_feature_that_was_refused_first(
    metrics: ModelMetrics, reader: InMemoryMetricReader, errors: list[str], field: str
) -> None:
    """A name that is no feature's is `other`, so that clients can't fill Prometheus."""
    listed = [FieldError(name, Reason.WRONG_TYPE, "expected a number") for name in errors]
    metrics.refused(RefusedError(Reason.WRONG_TYPE, "refused", listed))
    found = points(reader)["predict.rejections"]
    counted = [point.attributes for point in found if point.value]
    assert counted == [{**PARTITION.labels, "reason": "wrong_type", "field": field}]


def test_a_feature_that_may_be_null_is_not_expected_to_be_refused_for_it(
    metrics: ModelMetrics, reader: InMemoryMetricReader
) -> None:
    """The features' usual reasons begin at 0, and no others do."""
    found = [dict(point.attributes) for point in points(reader)["predict.rejections"]]
    reasons = {
        name: {labels["reason"] for labels in found if labels["field"] == name}
        for name in ("monthly_fee", "plan")
    }
    assert reasons == {
        "monthly_fee": {"missing_field", "wrong_type", "null_value"},
        "plan": {"missing_field", "wrong_type"},
    }


def test_two_models_never_share_a_series(service: Metrics, reader: InMemoryMetricReader) -> None:
    """Each has its own counts, from zero on, and one that can't be served is told."""
    other = Partition("shop", "ba9876543210")
    first = service.of(PARTITION, SCHEMA, binary_outcomes(0.5))
    second = service.of(other, SCHEMA, binary_outcomes(0.9))
    for partition in (PARTITION, other):
        service.serves(partition)
    service.not_served("broken")
    for metrics in (first, first, second):
        metrics.answered(0.7)
    found = points(reader)
    told = [(point.attributes, point.value) for point in found["predictions"]]
    assert sorted((labels["model"], labels["outcome"], count) for labels, count in told) == [
        ("churn", "negative", 0),
        ("churn", "positive", 2),
        ("shop", "negative", 1),
        ("shop", "positive", 0),
    ]
    assert {point.attributes["model_version"] for point in found["predict.build.info"]} == {
        PARTITION.version,
        other.version,
    }
    served = {point.attributes["model"]: point.value for point in found["predict.model.served"]}
    assert served == {"churn": 1, "shop": 1, "broken": 0}
    label = {"route": "/models/broken/predict", "method": "POST", "status": "503"}
    assert labelled(found["api.requests"], **label).value == 0


def test_a_version_that_does_not_serve_yet_is_not_told_as_served(
    service: Metrics, metrics: ModelMetrics, reader: InMemoryMetricReader
) -> None:
    """Its counts begin before, and what is put together may fail to start."""
    served = ("predict.build.info", "predict.model.served", "predict.model.served.since.timestamp")
    assert not points(reader).keys() & {*served}
    service.serves(PARTITION)
    assert points(reader).keys() >= {*served}
    service.replaced(PARTITION)
    assert not points(reader).keys() & {"predict.build.info", "predict.model.served.since.timestamp"}


def test_values_of_two_regressions_are_counted_by_the_bounds_of_both(reader: InMemoryMetricReader) -> None:
    """They share a histogram, whose buckets have to be told when it is made."""
    meter = MeterProvider([reader], shutdown_on_exit=False).get_meter("test")
    bounds = [(1.0, 2.0), (2.0, 1000.0)]
    service = Metrics(meter, "1.0", bounds)
    for name, each, value in (("small", bounds[0], 1.5), ("large", bounds[1], 500.0)):
        outcomes = Outcomes(("value",), lambda score: (0, cast("float", score)), each)
        service.of(Partition(name, "0123456789ab"), SCHEMA, outcomes).answered(value)
    found = {point.attributes["model"]: point for point in points(reader)["prediction.value"]}
    assert found["small"].explicit_bounds == (1.0, 2.0, 1000.0)
    assert (found["small"].bucket_counts, found["large"].bucket_counts) == ((0, 1, 0, 0), (0, 0, 1, 0))


def test_the_refusals_of_a_version_are_told_however_many_were_served_before(
    service: Metrics, reader: InMemoryMetricReader
) -> None:
    """OpenTelemetry counts each series that there ever was, and adds up those beyond a limit without a label.

    What is told doesn't grow with the versions that were served.
    """
    for number in range(80):
        partition = Partition("churn", f"{number:012x}")
        service.of(partition, SCHEMA, binary_outcomes(0.5))
        service.serves(partition)
        points(reader)
        service.replaced(partition)
    newest = Partition("churn", "f" * 12)
    model = service.of(newest, SCHEMA, binary_outcomes(0.5))
    model.refused(RefusedError(Reason.EMPTY_BODY, "an empty body"))
    told = points(reader)["predict.rejections"]
    of_newest = [each for each in told if each.attributes.get("model_version") == newest.version]
    assert sum(each.value for each in of_newest) == 1
    assert of_newest == told


def test_a_version_that_was_replaced_is_told_by_what_it_counted(
    service: Metrics, metrics: ModelMetrics, reader: InMemoryMetricReader
) -> None:
    """And goes on where it was, if it is served again."""
    metrics.refused(RefusedError(Reason.EMPTY_BODY, "an empty body"))
    metrics.answered(0.75)
    service.replaced(PARTITION)
    found = points(reader)
    for name in ("predict.rejections", "predictions"):
        assert [point.value for point in found[name]] == [1]
    assert "label.rejections" not in found
    service.of(PARTITION, SCHEMA, binary_outcomes(0.5))
    again = points(reader)
    assert {point.attributes["reason"] for point in again["predict.rejections"]} == set(Reason)
    assert sum(point.value for point in again["predict.rejections"]) == 1
    assert {point.attributes["reason"] for point in again["label.rejections"]} == set(Reason)
