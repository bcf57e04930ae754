"""A quality evaluation: what the labels of one model version said at one look."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contract.keys import Partition
from drift_worker.decide.quality import LOOKS, quality_line
from drift_worker.findings import FROZEN, Decision, Severity
from drift_worker.record.evaluation import LIBRARIES
from drift_worker.stretch import Length, QualityFigure, QualityVerdict, Stretch

PERFORMANCE = "performance"
"""The cause of an action: the model is worse than it was."""


class QualityReports(BaseModel):
    """Where a quality evaluation's files are, relative to the reports folder."""

    model_config = ConfigDict(**FROZEN, serialize_by_alias=True)

    html: str
    json_: Annotated[str, Field(alias="json", serialization_alias="json")]
    rows: str


class QualityEvaluation(BaseModel):
    """One look at the labels of a model version."""

    model_config = FROZEN

    quality_id: str
    number: int
    """From 1 on, of the model version."""
    model: str
    model_version: str
    matured: int
    """Labels of the version that had matured when it was made, corrected ones among them."""
    implied: int = 0
    """Those of them that nobody sent."""
    stretches: list[Stretch]
    """The short one; and the long one where there are more labels than the short one holds."""
    decision: Decision
    reasons: list[str]
    length: Length | None = None
    """The stretch that decided."""
    finding: bool = False
    severity: Severity | None = None
    causes: list[str] = []
    min_labels: int
    looks_per_false_action: int = LOOKS
    """The budget: of so many evaluations without a change one may act."""
    reports: QualityReports | None = None
    durations: dict[str, float] = {}
    libraries: dict[str, str] = {}
    evaluated_at: str

    @property
    def partition(self) -> Partition:
        """The model version."""
        return Partition(self.model, self.model_version)

    @property
    def shown(self) -> Stretch:
        """The stretch that decided, else the short one."""
        return next((each for each in self.stretches if each.length == self.length), self.stretches[0])

    @property
    def figure(self) -> QualityFigure | None:
        """The figure by which was decided."""
        return self.shown.deciding

    @property
    def verdict(self) -> QualityVerdict:
        """What was decided."""
        return QualityVerdict.model_validate(self, from_attributes=True)

    @property
    def line(self) -> str:
        """The line by which users know the decision."""
        return quality_line(self.verdict, self.figure, self.reports.html if self.reports else None)


def quality_evaluation_of(
    quality_id: str,
    number: int,
    partition: Partition,
    *,
    matured: int,
    implied: int,
    stretches: Sequence[Stretch],
    verdict: QualityVerdict,
    min_labels: int,
    reports: QualityReports | None,
    durations: Mapping[str, float],
) -> QualityEvaluation:
    """The evaluation of a look; `durations` are the seconds of its stages before the commit."""
    return QualityEvaluation(
        quality_id=quality_id,
        number=number,
        model=partition.model,
        model_version=partition.version,
        matured=matured,
        implied=implied,
        stretches=list(stretches),
        **verdict.model_dump(),
        causes=[PERFORMANCE] if verdict.decision == "RETRAINING_TRIGGERED" else [],
        min_labels=min_labels,
        reports=reports,
        durations=dict(durations),
        libraries={name: version(name) for name in LIBRARIES},
        evaluated_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )
