"""The metadata of a bundle: the content of metadata.json."""

from collections.abc import Iterable
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bundle.signature import Signature
from contract.task import ClassValue, Task

MODEL_NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
"""The pattern of a model's name, which is part of window ids, metric labels and report paths."""

Format = Literal[1, 2]
Metric = Literal["auc", "macro_f1", "log_loss", "accuracy", "mae", "r2"]
METRICS: Final[dict[Metric, str]] = {
    "auc": "AUC",
    "macro_f1": "macro-F1",
    "log_loss": "log-loss",
    "accuracy": "accuracy",
    "mae": "mean absolute error",
    "r2": "R²",
}
"""What people call the figures."""

Scores = Literal["out-of-fold", "held-out", "training"]
"""How the reference's output was made: by models that had not seen the row, by the model itself on rows that
it was not trained on, or by the model itself on rows that it may have been trained on."""

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]
STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)


class Output(BaseModel):
    """One output of the model: a column `name` of the reference and of every window."""

    model_config = STRICT

    name: str
    kind: Literal["probability", "class", "value"]
    of: ClassValue | None
    """The class that a probability is of; None where it is of the predicted class, and for other kinds."""


class Identity(BaseModel):
    """What a model is to its callers; the content hash covers it, as it covers the files."""

    model_config = STRICT

    format: Format
    name: Annotated[str, Field(pattern=MODEL_NAME)]
    task: Task
    classes: tuple[ClassValue, ...]
    """The label's values, of two the negative one first; a prediction is one of them. None for regression."""
    threshold: Probability | None
    """The probability from which the prediction is the positive class; None where there are not two."""
    outputs: Annotated[tuple[Output, ...], Field(min_length=1)]
    signature: Signature | None = None
    """How an imported model is fed and read; None where its names and shapes alone say it."""

    @model_validator(mode="after")
    def _classes_fit_the_task(self) -> Self:
        expected = {"binary": len(self.classes) == 2, "multiclass": len(self.classes) >= 2}  # noqa: PLR2004
        if not expected.get(self.task, not self.classes):
            raise ValueError(f"the task is {self.task}, but there are {len(self.classes)} classes")
        if (self.threshold is None) == (self.task == "binary"):
            raise ValueError("a binary model has a threshold, others have none")
        return self


class ReferenceOrigin(BaseModel):
    """The reference's number of rows (None in format 1, which does not say it), and what made its scores."""

    model_config = STRICT

    rows: int | None
    scores: Scores


class Figure(BaseModel):
    """One figure of a model's quality, and its standard error where one is known."""

    model_config = STRICT

    metric: Metric
    value: float
    standard_error: float | None

    @property
    def named(self) -> str:
        """The figure with its name, for people."""
        return f"{METRICS[self.metric]} {self.figure}"

    @property
    def figure(self) -> str:
        """The value and its standard error, for people."""
        error = "" if self.standard_error is None else f" ± {self.standard_error:.4f}"
        return f"{self.value:.4f}{error}"


class Validation(Figure):
    """The figure by which a model is known (AUC, macro-F1, mean absolute error), and how it was measured."""

    method: Literal["out-of-fold", "held-out", "hold-out", "reference"]
    rows: int
    also: tuple[Figure, ...] = ()
    """Further figures of the same rows."""


class Calibration(BaseModel):
    """The share of positive rows `y` by score `x`: knots of a rising curve that is linear between them."""

    model_config = STRICT

    x: Annotated[tuple[Probability, ...], Field(min_length=1)]
    y: tuple[Probability, ...]

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if len(self.x) != len(self.y) or sorted(self.x) != [*self.x] or sorted(self.y) != [*self.y]:
            raise ValueError("a calibration has as many y as x, and neither ever falls")
        return self


class ClassCalibration(BaseModel):
    """The share of rows of one class by the probability that they got for it, where there are several.

    One curve is of the rows that were predicted to be of the class, the other one of all others: so both the
    rows that are rightly of the class and those that are missed are expected as often as they are.
    """

    model_config = STRICT

    predicted: Calibration
    others: Calibration


class Data(BaseModel):
    """The data that a model was made of: the names of the files, and the rows."""

    model_config = STRICT

    names: tuple[str, ...]
    rows: int


class Recipe(BaseModel):
    """What it takes to train the model again; of an imported model only the reference's data are known."""

    model_config = STRICT

    estimator: str | None
    """The class of the estimator, as it is imported."""
    parameters: dict[str, bool | int | float | str | None]
    folds: int | None
    """The folds of the out-of-fold scores."""
    seed: int | None
    data: Data


class Acceptance(BaseModel):
    """Windows whose change was accepted: their rows are part of the reference, as its last ones.

    Of the columns that had changed, the rows before `first_row` are no longer part of it, and hold no value.
    """

    model_config = STRICT

    windows: tuple[str, ...]
    columns: tuple[str, ...]
    first_row: int


def first_rows(accepted: Iterable[Acceptance]) -> dict[str, int]:
    """Give the first row of the reference that counts for each accepted column; the newest decides."""
    return {column: each.first_row for each in accepted for column in each.columns}


class Metadata(Identity):
    """The identity, quality and origin of a model; its version is the start of the content hash."""

    version: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    content_hash: Hash
    data_hash: Hash
    created_from: str
    reference: ReferenceOrigin
    validation: Validation | None
    """None where there were no labels to measure the model by."""
    importance: dict[str, float]
    """By how much the out-of-fold figure worsens when a feature is shuffled; empty if it was not measured."""
    calibration: Calibration | None
    """Of two classes; None where the scores don't say what they mean."""
    recipe: Recipe | None
    """None in format 1."""
    value_bounds: tuple[float, ...] | None = None
    """Of a regression, the upper bounds by which predicted values are counted: the reference's deciles."""
    libraries: dict[str, str]
    class_calibrations: tuple[ClassCalibration, ...] = ()
    """Of several classes, for each in their order; empty where the scores don't say what they mean."""
    accepted: tuple[Acceptance, ...] = ()
    """What was accepted since the bundle was built, the oldest first."""

    @model_validator(mode="after")
    def _calibration_fits_the_task(self) -> Self:
        curves = len(self.class_calibrations)
        if curves and (self.task != "multiclass" or curves != len(self.classes)):
            raise ValueError(f"{len(self.classes)} classes of a {self.task} have {curves} calibrations")
        if self.calibration is not None and self.task != "binary":
            raise ValueError(f"the task is {self.task}, but the calibration is for two classes")
        return self

    @model_validator(mode="after")
    def _version_is_start_of_hash(self) -> "Metadata":
        if not self.content_hash.startswith(self.version):
            raise ValueError("version is not the start of content_hash")
        return self
