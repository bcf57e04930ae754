"""What the service and a shadow's process tell each other: one line for each thing, in both directions."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from pydantic import BaseModel, ConfigDict
from pydantic_core import from_json, to_json

from bundle import Metadata
from contract.stream.record import Record
from contract.task import Score, most_probable
from contract.windows import Period
from feature_log.metrics import Outcome

MAX_LINE: Final = 4 * 1024 * 1024
"""Bytes of a line at most; the largest row that a request can bring is a quarter of that."""

_BETWEEN: Final = b"\t"
"""Stands between what is known of a row and its features; JSON has no tabs outside of its texts."""

Decided = Callable[[Score], int | None]
"""Takes a score; gives the place of the class that is its answer, or None where the answer is a number."""


class Setup(BaseModel):
    """The first line to the process: what it is to score with, and where its records go."""

    model_config = ConfigDict(frozen=True)

    bundle: Path
    version: str
    """The bundle's; the folder may hold another one by now."""

    redis_url: str
    spool_dir: Path
    spool_max_bytes: int
    window_rows: int
    window_period: Period | None
    log_level: str


class Loaded(BaseModel):
    """The first line from the process: its model answers as where it was built, or why it can't be used."""

    unusable: str | None = None


class Report(BaseModel):
    """A further line from the process: what has happened since the last one."""

    scored: int = 0
    refused: int = 0
    """Rows that don't fit the shadow's schema."""

    failed: int = 0
    """Rows that the model has no answer to."""

    seconds: float | None = None
    """How long the model ran; None where it did not."""

    disagreements: int = 0
    """Of the scored rows those whose class is not the one that was answered."""

    difference: float = 0.0
    """By how much the scores differ from those that were answered, all rows added up."""

    logged: dict[Outcome, int] = {}
    spooled: int = 0
    """Records that wait in the spool now."""

    problem: str | None = None
    """Why the records are not in Redis now; None where they are."""

    @property
    def settled(self) -> int:
        """The rows that are done with."""
        return self.scored + self.refused + self.failed


@dataclass(frozen=True, slots=True)
class Row:
    """One row that was answered."""

    prediction_id: str
    timestamp_ms: int
    entity: str | None
    traceparent: str | None
    score: Score
    """The one that was answered."""

    decided: int | None
    """The place of the class that was answered."""

    features_json: bytes
    looked_up_json: bytes = b""
    """What the record says of features that were looked up; empty where none were."""


def decided_by(metadata: Metadata) -> Decided:
    """Return what tells the class that a model answers with."""
    if metadata.task == "regression":
        return lambda score: None
    if metadata.task == "multiclass":
        return lambda score: most_probable(cast("tuple[float, ...]", score))
    threshold = cast("float", metadata.threshold)
    return lambda score: int(cast("float", score) >= threshold)


def row_line(record: Record, decided: Decided) -> bytes:
    """Write the row of a record that was answered."""
    known = (
        record.prediction_id,
        record.timestamp_ms,
        record.entity,
        record.traceparent,
        record.score,
        decided(record.score),
        record.looked_up.to_json() if record.looked_up else "",
    )
    return to_json(known) + _BETWEEN + record.features_json + b"\n"


def read_row(line: bytes) -> Row:
    """Read what `row_line` wrote."""
    known, _, features = line.partition(_BETWEEN)
    prediction_id, timestamp_ms, entity, traceparent, score, decided, looked_up = from_json(known)
    told = tuple(score) if isinstance(score, list) else score
    of_row = (prediction_id, timestamp_ms, entity, traceparent, told, decided)
    return Row(*of_row, features.rstrip(b"\n"), looked_up.encode())
