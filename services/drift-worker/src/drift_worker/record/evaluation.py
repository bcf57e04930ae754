"""An evaluation: what came out of comparing one closed window with the reference."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from contract.ledger import Count
from contract.stream.decode import LATEST_MS
from contract.windows import Window, milliseconds
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Decision = Literal["NO_ACTION", "RETRAINING_TRIGGERED", "INSUFFICIENT_DATA"]
FindingKind = Literal["feature_drift", "prediction_drift", "target_drift", "data_quality"]
Status = Literal["evaluated", "expired", "failed"]

FROZEN = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Finding(BaseModel):
    """One thing measured; scores of different methods are not comparable, `drifted` is."""

    model_config = FROZEN

    kind: FindingKind
    column: str
    method: str
    score: float | None
    threshold: float | None
    drifted: bool
    detail: str | None = None


class Verdict(BaseModel):
    """What was decided from the findings, and why."""

    model_config = FROZEN

    decision: Decision
    reasons: list[str]
    drift_share: float | None
    drift_share_threshold: float
    target_drift: float | None


class Reports(BaseModel):
    """Where an evaluation's files are, relative to the reports folder."""

    model_config = ConfigDict(**FROZEN, serialize_by_alias=True)

    html: str
    json_: Annotated[str, Field(alias="json", serialization_alias="json")]
    window: str


def _iso_time(text: str) -> str:
    try:
        datetime.fromisoformat(text).timestamp()
    except (OverflowError, OSError) as error:
        raise ValueError("expected a time that a clock may show") from error
    return text


class Evaluation(BaseModel):
    """One window's evaluation; only the status `evaluated` carries a decision."""

    model_config = FROZEN

    window_id: str
    number: Count
    status: Status
    model: str
    model_version: str
    first_id: str
    last_id: str
    first_time: Annotated[str, AfterValidator(_iso_time)]
    last_time: Annotated[str, AfterValidator(_iso_time)]
    rows: Count
    dead_lettered: Count
    duplicates: Count
    findings: list[Finding]
    decision: Decision | None
    reasons: list[str]
    drift_share: float | None
    drift_share_threshold: float | None
    target_drift: float | None
    min_rows: int | None = None
    reports: Reports | None
    durations: dict[str, float]
    libraries: dict[str, str]
    evaluated_at: str
    error: str | None = None

    @property
    def last_timestamp(self) -> float:
        """The time of the window's last record, in seconds since the epoch."""
        return datetime.fromisoformat(self.last_time).timestamp()


def evaluation_without_result(window: Window, status: Status, reason: str, error: str | None) -> Evaluation:
    """The evaluation of a window that could not be compared, or was not."""
    partition = window.partition
    return Evaluation(
        window_id=window.id,
        number=window.number,
        status=status,
        model=partition.model,
        model_version=partition.version,
        first_id=window.first,
        last_id=window.last,
        first_time=stream_time(window.first).isoformat(),
        last_time=stream_time(window.last).isoformat(),
        rows=window.rows,
        dead_lettered=0,
        duplicates=0,
        findings=[],
        decision=None,
        reasons=[reason],
        drift_share=None,
        drift_share_threshold=None,
        target_drift=None,
        reports=None,
        durations={},
        libraries={},
        evaluated_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        error=error,
    )


def stream_time(stream_id: str) -> datetime:
    """The time of a stream id, by the clock of Redis; LATEST_MS at most, which no clock has reached."""
    return datetime.fromtimestamp(min(milliseconds(stream_id), LATEST_MS) / 1000, UTC)
