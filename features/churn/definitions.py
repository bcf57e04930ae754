"""What Feast knows of the features: a view for each table.

`training feast` writes this file anew each time. Feast reads the other files of this folder that end with .py
as well: definitions of your own belong there.
"""

from feast import Entity, FeatureService, FeatureView, Field, FileSource
from feast.types import Bool, Float64, String
from feast.value_type import ValueType

entity = Entity(name="user_id", join_keys=["user_id"], value_type=ValueType.STRING)

payments_agg_90d = FeatureView(
    name="payments_agg_90d",
    entities=[entity],
    schema=[
        Field(name="user_id", dtype=String),
        Field(name="failed_payments_90d", dtype=Float64),
    ],
    source=FileSource(path="data/payments_agg_90d.parquet", timestamp_field="as_of"),
)

subscriptions = FeatureView(
    name="subscriptions",
    entities=[entity],
    schema=[
        Field(name="user_id", dtype=String),
        Field(name="months_active", dtype=Float64),
        Field(name="monthly_fee", dtype=Float64),
        Field(name="paperless_billing", dtype=Bool),
        Field(name="plan_stream_tv", dtype=Bool),
        Field(name="plan_stream_movies", dtype=Bool),
        Field(name="net_service", dtype=String),
    ],
    source=FileSource(path="data/subscriptions.parquet", timestamp_field="as_of"),
)

support_agg_90d = FeatureView(
    name="support_agg_90d",
    entities=[entity],
    schema=[
        Field(name="user_id", dtype=String),
        Field(name="support_tickets_90d", dtype=Float64),
        Field(name="ticket_avg_resolution_hrs_90d", dtype=Float64),
    ],
    source=FileSource(path="data/support_agg_90d.parquet", timestamp_field="as_of"),
)

usage_agg_30d = FeatureView(
    name="usage_agg_30d",
    entities=[entity],
    schema=[
        Field(name="user_id", dtype=String),
        Field(name="watch_hours_30d", dtype=Float64),
        Field(name="avg_session_mins_7d", dtype=Float64),
        Field(name="unique_devices_30d", dtype=Float64),
        Field(name="skips_7d", dtype=Float64),
        Field(name="rebuffer_events_7d", dtype=Float64),
    ],
    source=FileSource(path="data/usage_agg_30d.parquet", timestamp_field="as_of"),
)

service = FeatureService(
    name="churn",
    features=[
        payments_agg_90d,
        subscriptions,
        support_agg_90d,
        usage_agg_30d,
    ],
)
