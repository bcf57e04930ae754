"""Features that a request leaves out are looked up in a real Feast server; what may be is told apart."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from bundle import open_bundle, parts_of, write_bundle
from contract.partition import pending_windows
from drift_worker.detect.looked_up.counts import count_look_ups
from drift_worker.window.read import read_window
from tests.support.feast import month
from tests.support.feast.server import FeastServer
from tests.support.http.load import Logged
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import RedisServer
from tests.support.waiting import wait_for

DAY = 86_400
SUPPORT = ["support_tickets_90d", "ticket_avg_resolution_hrs_90d"]
USAGE = [
    "watch_hours_30d",
    "avg_session_mins_7d",
    "unique_devices_30d",
    "skips_7d",
    "rebuffer_events_7d",
]
PATIENT = {"FEATURES_TIMEOUT": "30", "FEATURES_MAX_AGE": str(30 * DAY), "WINDOW_ROWS": "60"}
"""A test's machine may be busy; how long a look-up may take is tried with a server made by hand."""


@pytest.fixture(scope="module")
def service(
    feast: FeastServer, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A service that asks the server, where values are stale after 30 days."""
    folder = tmp_path_factory.mktemp("predict")
    with serving(folder, redis_server.url, FEATURES_URL=feast.url, **PATIENT, **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        yield running


@pytest.fixture
def client(service: Running, redis_url: str) -> Iterator[httpx.Client]:
    """A client of the service, whose Redis is empty."""
    with httpx.Client(base_url=service.url, timeout=60) as client:
        yield client


def refused(answer: httpx.Response) -> tuple[int, str, list[str]]:
    """The status of a problem document, its reason, and the fields that it names."""
    told = answer.json()
    return answer.status_code, told["reason"], [each["field"] for each in told["errors"]]


def looked_up(logged: Logged) -> list[dict[str, Any]]:
    """What the records say of look-ups."""
    return [json.loads(entry[b"looked_up"] or b"null") for entry in logged.entries]


def lookups(service: Running) -> dict[str, float]:
    """How many rows were looked up so far, by outcome."""
    outcomes = ("found", "stale", "missing", "unknown", "refused", "away", "wrong")
    return {each: service.value("feature_lookups_total", outcome=each) for each in outcomes}


def limitations(client: httpx.Client) -> str:
    """What limits the service now."""
    return "; ".join(client.get("/ready").json()["limitations"])


def test_by_the_entity_alone_comes_what_comes_by_its_features(
    client: httpx.Client, service: Running, logged: Logged, users: dict[str, dict[str, Any]]
) -> None:
    """To the last digit, nulls included; the record has the same features, and says how old they are."""
    before = lookups(service)
    for user, features in [*users.items()][:20]:
        given = client.post("/predict", json={"user_id": user, "features": features}).json()
        alone = client.post("/predict", json={"user_id": user}).json()
        assert alone["probability"] == given["probability"]
    entries = logged.entries
    for given_entry, alone_entry in zip(entries[::2], entries[1::2], strict=True):
        assert json.loads(alone_entry[b"features"]) == json.loads(given_entry[b"features"])
    assert looked_up(logged)[::2] == [None] * 20
    for told in looked_up(logged)[1::2]:
        assert list(told) == ["ages"]
        assert {age // DAY for age in told["ages"].values()} == {month.AGE.days}
        assert len(told["ages"]) == 14
    assert {
        each: count - before[each] for each, count in lookups(service).items() if count > before[each]
    } == {"found": 20}


def test_what_is_given_wins(client: httpx.Client, logged: Logged, users: dict[str, dict[str, Any]]) -> None:
    """The rest is looked up; also for a user of whom something is missing that is given."""
    user, features = next(iter(users.items()))
    own = {"monthly_fee": 99.5, "plan_stream_tv": None}
    assert client.post("/predict", json={"user_id": user, "features": own}).status_code == 200
    assert client.post("/predict", json={"user_id": month.BARE, "features": own}).status_code == 200
    first, second = logged.entries
    assert json.loads(first[b"features"]) == {**features, **own}
    assert json.loads(second[b"features"])["monthly_fee"] == 99.5
    assert not own.keys() & looked_up(logged)[0]["ages"].keys()


def test_an_unknown_entity_is_not_found(client: httpx.Client, service: Running, logged: Logged) -> None:
    """404, though Feast calls it PRESENT; with all but one feature given, too."""
    before = lookups(service)["unknown"]
    assert refused(client.post("/predict", json={"user_id": month.UNKNOWN})) == (
        404,
        "unknown_entity",
        ["user_id"],
    )
    odd = "\u0000 '\"\\ \U0001f600" + "x" * 240
    assert refused(client.post("/predict", json={"user_id": odd}))[0] == 404
    assert logged.ids == []
    assert lookups(service)["unknown"] == before + 2


def test_a_true_null_is_null_where_the_schema_takes_one(client: httpx.Client, logged: Logged) -> None:
    """Its age is known, which tells it from a value that is missing."""
    assert client.post("/predict", json={"user_id": month.NULL}).status_code == 200
    (entry,) = logged.entries
    assert json.loads(entry[b"features"])["plan_stream_tv"] is None
    assert looked_up(logged)[0]["ages"]["plan_stream_tv"] // DAY == month.AGE.days


def test_a_missing_value_is_refused_where_the_model_takes_none(
    client: httpx.Client, service: Running, logged: Logged
) -> None:
    """422, by the names of the features: a null, and a view that has no row of the user."""
    before = lookups(service)["missing"]
    null = refused(client.post("/predict", json={"user_id": month.BARE}))
    absent = refused(client.post("/predict", json={"user_id": month.ABSENT}))
    assert null == (422, "missing_value", ["features.monthly_fee"])
    assert absent == (422, "missing_value", [f"features.{name}" for name in USAGE])
    assert logged.ids == []
    assert lookups(service)["missing"] == before + 2


def test_stale_values_are_used_counted_and_marked(
    client: httpx.Client, service: Running, redis: Redis, logged: Logged
) -> None:
    """A window of them has them as stale, by feature."""
    before = service.value("feature_lookup_values_total", state="stale")
    rows = [{"user_id": month.STALE}] * 60
    assert client.post("/predict/batch", json={"rows": rows}).status_code == 200
    told = looked_up(logged)[0]
    assert sorted(told["stale"]) == SUPPORT
    assert {told["ages"][name] // DAY for name in SUPPORT} == {month.OLD.days}
    assert service.value("feature_lookup_values_total", state="stale") == before + 120
    (window,) = pending_windows(redis, logged.partition)
    schema = open_bundle(month.BUNDLE).schema
    frame = read_window(redis, window, schema).frame
    counted = count_look_ups(frame, schema)
    assert (counted.rows, dict(counted.stale), dict(counted.absent)) == (60, dict.fromkeys(SUPPORT, 60), {})


def test_rows_of_a_batch_may_each_do_as_they_like(
    client: httpx.Client, logged: Logged, users: dict[str, dict[str, Any]]
) -> None:
    """More of them than a call has, in their order."""
    rows: list[dict[str, Any]] = []
    for user, features in users.items():
        rows += [
            {"user_id": user},
            {"features": features},
            {"user_id": user, "features": {"monthly_fee": 99}},
        ]
    answers = client.post("/predict/batch", json={"rows": rows}).json()["predictions"]
    assert [each["prediction_id"] for each in answers] == logged.ids
    assert [each["probability"] for each in answers[::3]] == [each["probability"] for each in answers[1::3]]
    assert [each is None for each in looked_up(logged)] == [False, True, False] * len(users)


def test_a_batch_names_the_rows_that_are_wrong(
    client: httpx.Client, logged: Logged, users: dict[str, dict[str, Any]]
) -> None:
    """All of them, and none of its rows is taken."""
    known = [{"user_id": user} for user in users]
    rows = [*known[:40], {"user_id": month.UNKNOWN}, *known[40:], {"user_id": month.BARE}]
    assert refused(client.post("/predict/batch", json={"rows": rows})) == (
        404,
        "unknown_entity",
        ["rows[40].user_id", f"rows[{len(rows) - 1}].features.monthly_fee"],
    )
    assert logged.ids == []


def test_stale_values_are_refused_where_the_settings_say_so(
    feast: FeastServer, redis_url: str, logged: Logged, tmp_path: Path
) -> None:
    """422, by the names of the features; a request that brings them is answered."""
    settings = {**PATIENT, "FEATURES_STALE": "refuse", "FEATURES_URL": feast.url}
    with serving(tmp_path, redis_url, **settings, **EMBEDDED) as running:
        answer = httpx.post(f"{running.url}/predict", json={"user_id": month.STALE}, timeout=60)
        assert refused(answer) == (422, "stale_value", [f"features.{name}" for name in SUPPORT])
        own = {"user_id": month.STALE, "features": dict.fromkeys(SUPPORT, 1)}
        assert httpx.post(f"{running.url}/predict", json=own, timeout=60).status_code == 200
    assert len(logged.ids) == 1


def test_the_schema_may_name_another_feature_service(
    feast: FeastServer, redis_url: str, tmp_path: Path
) -> None:
    """One that the server does not have is a 503 that says so."""
    parts = parts_of(open_bundle(month.BUNDLE))
    schema = parts.schema.model_copy(update={"feature_service": "churn_v2"})
    bundle = write_bundle(tmp_path / "churn", replace(parts, schema=schema))
    settings = {**PATIENT, "BUNDLE": str(bundle.path), "FEATURES_URL": feast.url}
    with serving(tmp_path, redis_url, **settings, **EMBEDDED) as running:
        answer = httpx.post(f"{running.url}/predict", json={"user_id": month.NULL}, timeout=60)
        assert refused(answer) == (503, "features_unavailable", ["user_id"])
        assert "answered 404: it has no such feature service" in answer.json()["detail"]
        assert lookups(running)["wrong"] == 1


def test_a_server_that_was_killed_is_used_again_once_it_is_back(
    feast: FeastServer, client: httpx.Client, service: Running, users: dict[str, dict[str, Any]]
) -> None:
    """Meanwhile look-ups are refused, readiness says why, and requests with all features are answered."""
    user, features = next(iter(users.items()))
    alone, whole = {"user_id": user}, {"user_id": user, "features": features}
    assert client.post("/predict", json=alone).status_code == 200
    feast.stop()
    try:
        for _ in range(5):
            assert refused(client.post("/predict", json=alone)) == (503, "features_unavailable", ["user_id"])
            assert client.post("/predict", json=whole).status_code == 200
        answer = client.post("/predict", json=alone)
        assert answer.headers["Retry-After"]
        assert "can't be reached" in answer.json()["detail"]
        assert "can't be reached" in limitations(client)
    finally:
        feast.start()
    wait_for("look-ups to go on", lambda: client.post("/predict", json=alone).status_code == 200)
    assert "feature server" not in limitations(client)
