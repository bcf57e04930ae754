"""A stretch of labelled predictions: what is measured in it, and what is decided from it."""

from typing import Literal

from pydantic import BaseModel

from drift_worker.findings import FROZEN, Decision, Severity

Length = Literal["short", "long"]
"""The last 2,000 labels, or the last 5,000."""


class QualityFigure(BaseModel):
    """One figure of the model's quality by its labels, beside that of the reference."""

    model_config = FROZEN

    metric: str
    value: float | None
    """None where the labels are too few to measure it."""
    low: float | None = None
    high: float | None = None
    """Between them the true figure lies in 95 of 100 cases."""
    reference: float | None = None
    """The out-of-fold figure of the bundle's reference; None where the bundle has none."""
    reference_low: float | None = None
    reference_high: float | None = None
    z: float | None = None
    """By how many standard errors of their difference it is worse than the reference's; below 0, better."""
    estimate: float | None = None
    """What the model's scores said of the same rows without the labels; None where nothing was estimated."""
    estimate_error: float | None = None
    """By how much that was too high: the estimate minus the value."""


class LabelShare(BaseModel):
    """What became true: the share of a class among the labels, or their mean where they are numbers."""

    model_config = FROZEN

    label: str
    """The class, or `mean`."""
    value: float
    low: float
    high: float
    reference: float | None = None
    """The same of the reference's labels; None where it has none."""


class DecileOfScore(BaseModel):
    """The predictions of one decile of the reference's output, and of those with a label what became true."""

    model_config = FROZEN

    decile: int
    """From 1 on, the lowest output first."""
    rows: int
    labels: int
    expected: float | None = None
    """The mean score of the labelled rows; None where the model has no score of two classes."""
    observed: float | None = None
    """The share of positive rows among them."""
    low: float | None = None
    high: float | None = None


class Unseen(BaseModel):
    """A cell that has predictions and no label: nothing can be said of them."""

    model_config = FROZEN

    predicted: str | None = None
    """With several classes, the predicted one."""
    low: float
    high: float
    """Between them, both included, are the outputs."""
    rows: int


class Stretch(BaseModel):
    """The newest predictions with matured labels, so many at most, and the predictions between them."""

    model_config = FROZEN

    length: Length
    labels: int
    rows: int
    """Labelled or not."""
    first_time: str
    last_time: str
    coverage: float
    """The share of the predictions that have a label, from 0 to 1."""
    delay_p50: float | None = None
    delay_p95: float | None = None
    """Seconds from a prediction to its label's arrival; None where nobody sent one."""
    deciles: list[DecileOfScore] = []
    unseen: list[int] = []
    """Deciles with predictions and no label."""
    unseen_cells: list[Unseen] = []
    unseen_share: float = 0.0
    """What is in such cells: of the predictions, of the right or positive ones by their scores, or of others.

    The largest of these shares, from 0 to 1. Evaluations of older versions have neither cells nor share.
    """
    rarest: int | None = None
    """Labels of the rarer class of two."""
    figures: list[QualityFigure] = []
    """The first one decides."""
    label_shares: list[LabelShare] = []
    target_drift: float | None = None

    @property
    def deciding(self) -> QualityFigure | None:
        """The figure by which is decided."""
        return self.figures[0] if self.figures else None

    @property
    def sentence(self) -> str:
        """How many of the predictions have labels, and how soon these came."""
        told = (
            f"{self.labels:,} labels of {self.rows:,} predictions ({self.coverage:.1%}); "
            f"{self.rows - self.labels:,} have none."
        )
        if self.delay_p50 is not None and self.delay_p95 is not None:
            half, most = duration(self.delay_p50), duration(self.delay_p95)
            told += f" Half of the labels came within {half}, 95 % within {most}."
        return told


class QualityVerdict(BaseModel):
    """What was decided from the labels, and why."""

    model_config = FROZEN

    decision: Decision
    reasons: list[str]
    length: Length | None = None
    """The stretch that decided; None where none could."""
    finding: bool = False
    """Whether the model is worse beyond chance, be it enough for an action or not."""
    severity: Severity | None = None


def duration(seconds: float) -> str:
    """A time for people, in the largest unit of which it is two or more."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} s"
