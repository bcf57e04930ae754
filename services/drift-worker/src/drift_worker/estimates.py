"""What can be said of the model's quality before labels come; it decides nothing."""

from typing import Final, Literal

from pydantic import BaseModel

from drift_worker.findings import FROZEN

EstimatedMetric = Literal["auc", "accuracy", "f1", "macro_f1"]

CAVEAT: Final = (
    "An estimate from the model's own scores, without labels. It decides nothing. It cannot see a changed "
    "relation between features and label (concept drift), and holds only while the scores are as well "
    "calibrated as in the reference."
)
"""What is said wherever an estimate is shown."""

BESIDE_LABELS: Final = (
    "The estimate is of the same rows, without their labels; its error is the estimate minus the figure now."
)
"""What is said of an estimate beside the figure that labels gave."""


class EstimatedFigure(BaseModel):
    """A figure of the model's quality that labels would show, if its calibrated scores are right."""

    model_config = FROZEN

    metric: EstimatedMetric
    value: float
    standard_error: float
    """By how much chance moves what labels of these rows show."""
    reference: float | None = None
    """The same figure of the bundle's reference, by its labels; None where nobody measured it."""

    @property
    def sentence(self) -> str:
        """The value with its standard error, and that of the reference, for people."""
        reference = "n/a" if self.reference is None else f"{self.reference:.3f}"
        return f"{self.value:.3f} ± {self.standard_error:.3f} (reference {reference})"


class QualityEstimate(BaseModel):
    """How good the model seems to be without labels, by its own scores; it decides nothing."""

    model_config = FROZEN

    figures: list[EstimatedFigure] = []
    rows: int = 0
    """The rows that it is of: those with a score."""
    missing: str | None = None
    """Why there is no estimate, as a sentence; None where there is one."""
    caveat: str = CAVEAT
