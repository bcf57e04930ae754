"""What a real Feast server answers about the users of tests.support.feast.month."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pandas as pd
import pytest

from tests.support.feast import month
from tests.support.feast.server import FeastServer


@pytest.fixture(scope="module")
def answered(feast: FeastServer) -> dict[str, dict[str, tuple[Any, datetime]]]:
    """The value and its time, by user and feature."""
    users = [month.NULL, month.BARE, month.STALE, month.ABSENT, month.UNKNOWN]
    answer = httpx.post(
        f"{feast.url}/get-online-features",
        json={"feature_service": "churn", "entities": {"user_id": users}, "full_feature_names": True},
        timeout=60,
    ).json()
    found: dict[str, dict[str, tuple[Any, datetime]]] = {user: {} for user in users}
    for name, result in zip(answer["metadata"]["feature_names"], answer["results"], strict=True):
        for user, value, time in zip(users, result["values"], result["event_timestamps"], strict=True):
            found[user][name] = (value, datetime.fromisoformat(time))
    return found


def ages(answered: dict[str, tuple[Any, datetime]], view: str) -> set[int]:
    """How many whole days ago the values of a view were so."""
    now = datetime.now(UTC)
    return {(now - time).days for name, (_, time) in answered.items() if name.startswith(f"{view}__")}


def test_a_true_null_has_a_time(answered: dict[str, dict[str, tuple[Any, datetime]]]) -> None:
    """It differs by that from a value which isn't there."""
    value, time = answered[month.NULL]["subscriptions__plan_stream_tv"]
    assert value is None
    assert time.year > 1970
    assert answered[month.BARE]["subscriptions__monthly_fee"][0] is None
    assert answered[month.BARE]["subscriptions__plan_stream_tv"][0] is not None


def test_each_view_has_a_time_of_its_own(answered: dict[str, dict[str, tuple[Any, datetime]]]) -> None:
    """Stale values are old, and those that aren't there are of 1970."""
    assert ages(answered[month.STALE], "support_agg_90d") == {month.OLD.days}
    assert ages(answered[month.STALE], "usage_agg_30d") == {month.AGE.days}
    assert {time.year for name, (_, time) in answered[month.ABSENT].items() if name.startswith("usage")} == {
        1970
    }
    assert ages(answered[month.ABSENT], "subscriptions") == {month.AGE.days}
    assert {time.year for _, time in answered[month.UNKNOWN].values()} == {1970}


def test_values_come_back_as_they_are_in_the_month(feast: FeastServer) -> None:
    """To the last digit, for every user of the month; a null stays one."""
    table = pd.read_parquet(month.MONTH / "usage_agg_30d.parquet").set_index("user_id")
    users = list(table.index)
    answer = httpx.post(
        f"{feast.url}/get-online-features",
        json={"features": [f"usage_agg_30d:{name}" for name in table], "entities": {"user_id": users}},
        timeout=60,
    ).json()
    names = answer["metadata"]["feature_names"]
    values = {name: result["values"] for name, result in zip(names, answer["results"], strict=True)}

    for name in table:
        assert values[name] == table[name].tolist()
