"""The example months as they are on disk: six Parquet tables each, and the schema."""

import io
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from bundle import write_folder
from contract.schema import Feature, Label, Schema
from dataset import SCHEMA_FILE, schema_yaml
from training.example.months import example_months

TABLES: Final = {
    "users": ("signup_date", "user_gender", "user_is_senior", "has_family", "has_dependents"),
    "subscriptions": (
        "months_active",
        "plan_stream_tv",
        "plan_stream_movies",
        "contract_type",
        "paperless_billing",
        "monthly_fee",
        "total_paid",
        "net_service",
    ),
    "usage_agg_30d": (
        "watch_hours_30d",
        "avg_session_mins_7d",
        "unique_devices_30d",
        "skips_7d",
        "rebuffer_events_7d",
    ),
    "payments_agg_90d": ("failed_payments_90d",),
    "support_agg_90d": ("support_tickets_90d", "ticket_avg_resolution_hrs_90d"),
    "labels": ("churn_label",),
}
"""The tables of a month; each has the entity key `user_id` as well."""

SCHEMA: Final = Schema(
    entity="user_id",
    label=Label(name="churn_label", positive=True),
    features=[
        Feature(name="months_active", kind="numerical"),
        Feature(name="monthly_fee", kind="numerical"),
        Feature(name="paperless_billing", kind="boolean"),
        Feature(name="plan_stream_tv", kind="boolean", nullable=True),
        Feature(name="plan_stream_movies", kind="boolean", nullable=True),
        Feature(name="net_service", kind="categorical"),
        Feature(name="watch_hours_30d", kind="numerical"),
        Feature(name="avg_session_mins_7d", kind="numerical"),
        Feature(name="unique_devices_30d", kind="numerical"),
        Feature(name="skips_7d", kind="numerical"),
        Feature(name="rebuffer_events_7d", kind="numerical"),
        Feature(name="failed_payments_90d", kind="numerical"),
        Feature(name="support_tickets_90d", kind="numerical"),
        Feature(name="ticket_avg_resolution_hrs_90d", kind="numerical"),
    ],
)


def write_streamflow(out: Path) -> None:
    """Write month_000, month_001, month_002 and schema.yaml; raises BundleError where it cannot."""
    files = {SCHEMA_FILE: schema_yaml(SCHEMA).encode()}
    for month, frame in example_months().items():
        for table, columns in TABLES.items():
            files[f"{month}/{table}.parquet"] = _parquet(frame[["user_id", *columns]])
    write_folder(out, files)


def _parquet(frame: pd.DataFrame) -> bytes:
    content: Any = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(content, buffer, compression="zstd", compression_level=19)
    return buffer.getvalue()
