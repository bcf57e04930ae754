"""A month in a Feast repository, with some users in whom something is odd."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pandas as pd

from contract.schema import read_schema
from tests.support.paths import ROOT
from training.features.write import write_repository

MONTH: Final = ROOT / "data" / "streamflow" / "month_001"
BUNDLE: Final = ROOT / "bundles" / "churn"

AGE: Final = timedelta(days=3)
"""How old the values are when they are written."""

OLD: Final = timedelta(days=400)
"""How old the stale ones are."""

NULL: Final = "null-in-nullable"
"""plan_stream_tv is a true null, and the schema says nullable."""

BARE: Final = "null-in-needed"
"""monthly_fee, of subscriptions, is a true null, and the schema doesn't say nullable."""

STALE: Final = "stale-support"
"""The values of support_agg_90d are OLD; those of the other tables are as new as everybody's."""

ABSENT: Final = "no-row-in-usage"
"""usage_agg_30d has no row of it; the other tables have."""

UNKNOWN: Final = "nobody"
"""No table has a row of it."""


def write_month(folder: Path) -> None:
    """Write the repository of the example's bundle with month_001, and with the odd users beside its own."""
    now = datetime.now(UTC).replace(microsecond=0)
    write_repository(read_schema(BUNDLE / "schema.json"), MONTH, folder, "churn", now - AGE)
    data = folder / "data"
    for file in data.glob("*.parquet"):
        _change(file, _with_odd_users)
    _set(data / "subscriptions.parquet", NULL, "plan_stream_tv", None)
    _set(data / "subscriptions.parquet", BARE, "monthly_fee", None)
    _set(data / "support_agg_90d.parquet", STALE, "as_of", pd.Timestamp(now - OLD))
    _change(data / "usage_agg_30d.parquet", lambda table: table[table["user_id"] != ABSENT])


def _with_odd_users(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with a row for each odd user, which is else that of a user who lacks nothing."""
    whole = table.dropna().iloc[[0]]
    return pd.concat([table, *(whole.assign(user_id=user) for user in (NULL, BARE, STALE, ABSENT))])


def _set(file: Path, user: str, column: str, value: Any) -> None:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        table.loc[table["user_id"] == user, column] = value
        return table

    _change(file, change)


def _change(file: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    table = pd.read_parquet(file, dtype_backend="numpy_nullable")
    change(table.reset_index(drop=True)).to_parquet(file, index=False)
