"""Three simulated months of the same subscribers: the reference, a change of concept, and drift."""

from datetime import date

import numpy as np
import pandas as pd

from training.example.draws import Draws, Numbers
from training.example.telco import subscribers

SEED = 20240131
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def example_months() -> dict[str, pd.DataFrame]:
    """Return all columns of month_000, month_001 and month_002, one row per subscriber in the same order.

    month_000 has the label of the Telco table. In month_001 playback is interrupted more often, and other
    subscribers leave: those with failed payments, with tickets, and those who watch little. In month_002
    prices rise and the network fails, so more than half of the features drift.
    """
    table = subscribers()
    draws = Draws(SEED, len(table))
    first = _first_month(table, draws)
    second = _second_month(first, draws)
    return {"month_000": first, "month_001": second, "month_002": _third_month(second, draws)}


def _first_month(table: pd.DataFrame, draws: Draws) -> pd.DataFrame:
    month = table.copy()
    month["user_id"] = _user_ids(draws)
    month["signup_date"] = _signup_dates(table["months_active"].to_numpy(), draws)
    month["watch_hours_30d"] = _hours(draws.normal(20.0 + 0.1487 * table["monthly_fee"].to_numpy(), 4.95))
    month["avg_session_mins_7d"] = 29.1410446
    month["unique_devices_30d"] = 1 + (draws.uniform() * 3).astype(np.int64)
    month["skips_7d"] = draws.poisson(5.05)
    month["rebuffer_events_7d"] = draws.poisson(2.31)
    month["failed_payments_90d"] = np.minimum(draws.poisson(0.16), 2)
    month["support_tickets_90d"] = np.minimum(draws.poisson(0.303), 4)
    month["ticket_avg_resolution_hrs_90d"] = np.clip(draws.normal(10.0, 3.9), 1.0, 24.9).round(1)
    return month


def _second_month(first: pd.DataFrame, draws: Draws) -> pd.DataFrame:
    month = first.copy()
    month["watch_hours_30d"] = _hours(first["watch_hours_30d"].to_numpy() + draws.normal(-0.5, 0.9))
    month["rebuffer_events_7d"] = first["rebuffer_events_7d"] + draws.poisson(0.3)
    month["failed_payments_90d"] = first["failed_payments_90d"] + draws.poisson(0.028)
    month["support_tickets_90d"] = np.minimum(first["support_tickets_90d"] + draws.poisson(0.05), 4)
    month["churn_label"] = draws.events(_leaving(month, -0.63))
    return month


def _third_month(second: pd.DataFrame, draws: Draws) -> pd.DataFrame:
    month = second.copy()
    month["monthly_fee"] = (second["monthly_fee"] * 1.15 + 3.0).round(2)
    month["watch_hours_30d"] = _hours(second["watch_hours_30d"].to_numpy() * 0.85 + draws.normal(-0.6, 0.93))
    month["skips_7d"] = second["skips_7d"] + draws.poisson(1.8)
    month["rebuffer_events_7d"] = second["rebuffer_events_7d"] + draws.poisson(1.6)
    month["failed_payments_90d"] = second["failed_payments_90d"] + draws.poisson(0.35)
    month["support_tickets_90d"] = second["support_tickets_90d"] + draws.poisson(0.6)
    month["ticket_avg_resolution_hrs_90d"] = (
        second["ticket_avg_resolution_hrs_90d"] + np.abs(draws.normal(3.0, 1.0))
    ).round(1)
    month["churn_label"] = draws.events(_leaving(month, -1.2))
    return month


def _leaving(month: pd.DataFrame, level: float) -> Numbers:
    """Return each subscriber's probability to leave, in the months after month_000."""
    odds = (
        level
        + 0.75 * month["failed_payments_90d"]
        + 0.65 * month["support_tickets_90d"]
        - 0.04 * (month["watch_hours_30d"] - 5.0)
    )
    probability: Numbers = 1.0 / (1.0 + np.exp(-odds.to_numpy()))
    return probability


def _hours(hours: Numbers) -> Numbers:
    return np.clip(hours, 5.7, None).round(3)


def _user_ids(draws: Draws) -> list[str]:
    """Return different keys like 7590-VHVEG, each a number and five letters."""
    numbers = (draws.uniform() * 10_000).astype(np.int64)
    letters = (draws.uniform() * 26**5).astype(np.int64)
    ids = [f"{number:04d}-{_letters(letter)}" for number, letter in zip(numbers, letters, strict=True)]
    if len(set(ids)) != len(ids):
        raise ValueError("the seed gives a key twice; choose another")
    return ids


def _letters(number: int) -> str:
    return "".join(ALPHABET[number // 26**place % 26] for place in range(5))


def _signup_dates(months_active: Numbers, draws: Draws) -> list[date]:
    """Return a day in the month in which each subscription began, as of 2024-01-31."""
    begun = np.datetime64("2024-01", "M") - months_active.astype("timedelta64[M]")
    days = begun.astype("datetime64[D]") + (draws.uniform() * 28).astype("timedelta64[D]")
    dates: list[date] = days.astype(object).tolist()
    return dates
