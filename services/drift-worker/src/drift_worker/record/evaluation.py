"""An evaluation: what came out of comparing one closed window with the reference."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from contract.windows import Period, Window, partition_of, stream_time
from drift_worker.decide.decision import Policy, decision_line
from drift_worker.estimates import QualityEstimate
from drift_worker.findings import (
    FROZEN,
    Decision,
    Finding,
    Severity,
    Verdict,
    drifted_features,
    prediction_drifted,
)
from drift_worker.window.late import late_rows, late_sentence

if TYPE_CHECKING:  # imports pandas, which commands that compare nothing need not wait for
    from drift_worker.window.read import WindowRows

EvaluationStatus = Literal["evaluated", "expired", "failed"]

LIBRARIES: Final = ("evidently", "numpy", "pandas", "scipy")
"""What an evaluation's figures depend on."""

RULES: Final = 2
"""The version of the rules that judge windows: one more where the same rows lead to other findings."""

RULES_BEFORE: Final = 1
"""That of evaluations which do not say it."""


class Reports(BaseModel):
    """Where an evaluation's files are, relative to the reports folder."""

    model_config = ConfigDict(**FROZEN, serialize_by_alias=True)

    html: str
    json_: Annotated[str, Field(alias="json", serialization_alias="json")]
    window: str


class Evaluation(BaseModel):
    """One window's evaluation; only the status `evaluated` carries a decision."""

    model_config = FROZEN

    window_id: str
    number: int
    status: EvaluationStatus
    model: str
    model_version: str
    first_id: str
    last_id: str
    first_time: str
    last_time: str
    rows: int
    dead_lettered: int = 0
    duplicates: int = 0
    period: Period | None = None
    late: int = 0
    findings: list[Finding] = []
    decision: Decision | None = None
    reasons: list[str]
    severity: Severity | None = None
    importance: float | None = None
    worse_by_labels: bool = False
    causes: list[str] = []
    drift_share: float | None = None
    drift_share_threshold: float | None = None
    target_drift: float | None = None
    min_rows: int | None = None
    alert_budget: float | None = None
    estimate: QualityEstimate | None = None
    """How good the model seems to be by its own scores; an estimate, which decides nothing."""
    pooled: dict[int, str] = {}
    """The earlier windows that were pooled with it, by number: the stream ids of their last records."""
    reports: Reports | None = None
    durations: dict[str, float] = {}
    libraries: dict[str, str] = {}
    rules: int = RULES_BEFORE
    evaluated_at: str
    error: str | None = None

    @property
    def last_timestamp(self) -> float:
        """The time of the window's last record, in seconds since the epoch."""
        return datetime.fromisoformat(self.last_time).timestamp()

    @property
    def drifted_features(self) -> list[str]:
        """The names of the features that drifted."""
        return drifted_features(self.findings)

    @property
    def concerns(self) -> list[str]:
        """What to look at: what an INVESTIGATE is about, else the features that drifted."""
        return self.causes if self.decision == "INVESTIGATE" else self.drifted_features

    @property
    def pooled_windows(self) -> dict[int, str]:
        """The ids of the earlier windows that were pooled with it, by their numbers."""
        prefix = partition_of(self.window_id).window_prefix
        return {number: f"{prefix}-{last}" for number, last in self.pooled.items()}

    @property
    def prediction_drifted(self) -> bool:
        """Whether the model's own output drifted."""
        return prediction_drifted(self.findings)

    @property
    def late_sentence(self) -> str | None:
        """How many of the rows are late; None where none is."""
        if self.period is None or self.late == 0:
            return None
        oldest = datetime.fromisoformat(self.first_time)
        return late_sentence(self.late, self.rows, self.first_id, self.period, oldest)

    @property
    def verdict(self) -> Verdict | None:
        """What was decided; None where the window was not compared."""
        return None if self.decision is None else Verdict.model_validate(self, from_attributes=True)


def evaluation_line(evaluation: Evaluation) -> str:
    """The line by which users know a decision; an evaluation without a decision says its status and why."""
    verdict, reports = evaluation.verdict, evaluation.reports
    if verdict is None:
        return f"[Evidently] window={evaluation.window_id} -> {evaluation.status}: {evaluation.reasons[0]}"
    html, json = (reports.html, reports.json_) if reports else (None, None)
    return decision_line(verdict, report_html=html, report_json=json)


def evaluation_of(
    window: Window,
    rows: "WindowRows",
    *,
    findings: Sequence[Finding],
    verdict: Verdict,
    estimate: QualityEstimate | None,
    policy: Policy,
    pooled: Mapping[int, str],
    reports: Reports | None,
    durations: Mapping[str, float],
) -> Evaluation:
    """The evaluation of a compared window.

    `pooled` gives the ids of earlier windows by their numbers; `durations` are the seconds of the stages
    before the commit.
    """
    return Evaluation(
        **_identity(window, *rows.times(window)),
        status="evaluated",
        rows=len(rows.frame),
        dead_lettered=len(rows.dead_letters),
        duplicates=rows.duplicates,
        late=late_rows(rows.accepted, window.first, window.period),
        findings=list(findings),
        **verdict.model_dump(),
        estimate=estimate,
        min_rows=policy.min_rows,
        alert_budget=policy.alert_budget,
        pooled={
            number: window_id.removeprefix(f"{window.partition.window_prefix}-")
            for number, window_id in pooled.items()
        },
        reports=reports,
        durations=dict(durations),
        libraries={name: version(name) for name in LIBRARIES},
        rules=RULES,
    )


def evaluation_without_result(
    window: Window, status: Literal["expired", "failed"], reason: str, error: str | None
) -> Evaluation:
    """The evaluation of a window that was not compared, or could not be."""
    times = stream_time(window.first), stream_time(window.last)
    return Evaluation(
        **_identity(window, *times), status=status, rows=window.rows, reasons=[reason], error=error
    )


def _identity(window: Window, first: datetime, last: datetime) -> dict[str, Any]:
    """The fields that say which window it is, from which time to which, and when it was evaluated."""
    return {
        "window_id": window.id,
        "number": window.number,
        "period": window.period,
        "model": window.partition.model,
        "model_version": window.partition.version,
        "first_id": window.first,
        "last_id": window.last,
        "first_time": first.isoformat(),
        "last_time": last.isoformat(),
        "evaluated_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
