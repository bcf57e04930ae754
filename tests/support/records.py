"""Records for tests of the stream."""

import json
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from redis import Redis

from contract.keys import Partition
from contract.schema import Schema
from contract.stream.append import APPEND, AppendReply, Batch, StreamWriter, read_reply
from contract.stream.decode import LoggedPredictions, RecordReader
from contract.stream.read import entries
from contract.stream.record import FIELDS, Record
from contract.windows import Window

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


def fields_of(logged: Record) -> dict[bytes, bytes]:
    """The fields of a record as Redis returns them."""
    values = (value if isinstance(value, bytes) else str(value).encode() for value in logged.values())
    return dict(zip((name.encode() for name in FIELDS), values, strict=True))


def as_told(fields: Mapping[bytes, bytes]) -> list[bytes]:
    """An entry's fields as Redis tells them: names and values in turns."""
    return [part for field in fields.items() for part in field]


def read_all(
    schema: Schema, partition: Partition, entries: Iterable[Mapping[bytes, bytes]]
) -> LoggedPredictions:
    """The entries of a stream decoded, as a window's are; raises BadRecordError."""
    reader = RecordReader(schema, partition.model, partition.version)
    return reader.read([as_told(fields) for fields in entries])


def append_now(writer: StreamWriter, redis: Redis, first: int, records: Sequence[Record]) -> AppendReply:
    """Append records as a writer does, without an event loop."""
    return read_reply(APPEND.run(redis, *writer.call(Batch(first, records))))


def rows_of(redis: Redis, window: Window) -> list[str]:
    """The prediction ids in the range of a window."""
    reader = RecordReader(SCHEMA, PARTITION.model, PARTITION.version)
    batches = ([fields for _, fields in batch] for batch in entries(redis, window))
    return [each for batch in batches for each in reader.read(batch).prediction_ids]
