"""Records for tests of the stream."""

import json
from uuid import UUID

from contract.keys import Partition
from contract.record import Record
from contract.schema import Schema

PARTITION = Partition("churn", "0123456789ab")

SCHEMA = Schema.model_validate(
    {
        "entity": "user_id",
        "label": {"name": "churned"},
        "features": [
            {"name": "fee", "kind": "numerical"},
            {"name": "plan", "kind": "categorical"},
            {"name": "tv", "kind": "boolean", "nullable": True},
        ],
    }
)


def record(number: int, partition: Partition = PARTITION) -> Record:
    """The record of that number; its prediction id ends with it."""
    return Record(
        prediction_id=str(UUID(int=number)),
        timestamp_ms=1_700_000_000_000 + number,
        model=partition.model,
        version=partition.version,
        entity=f"user-{number}",
        features_json=json.dumps({"fee": number / 10, "plan": "DSL", "tv": None}).encode(),
        score=(number % 101) / 100,
        traceparent=None,
    )
