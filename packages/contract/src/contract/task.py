"""What a model predicts: its task, its classes, and the score that it gives to a row."""

import json
from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

Task = Literal["binary", "multiclass", "regression"]
Kind = Literal["numerical", "categorical", "boolean"]

Name = Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$")]
"""The name of a column of the data."""

ClassValue = bool | int | str
"""A value of a label."""

Score: TypeAlias = float | tuple[float, ...]
"""What a model gives to a row: the probability of the positive class (binary), a probability for each class
in their order (multiclass), or the predicted value (regression)."""

SCORE: Final = "score"
PREDICTION: Final = "prediction"
PROBABILITY: Final = "probability"

OUTPUTS: Final[Mapping[Task, Mapping[str, Kind]]] = {
    "binary": {SCORE: "numerical"},
    "multiclass": {PREDICTION: "categorical", PROBABILITY: "numerical"},
    "regression": {PREDICTION: "numerical"},
}
"""The columns of a model's output in references and windows: the score; the predicted class and its
probability; the predicted value."""

_PROBABILITIES: Final = TypeAdapter(tuple[Annotated[float, Field(ge=0.0, le=1.0)], ...])


def class_text(value: ClassValue) -> str:
    """Give a class as the text by which answers, windows and metrics name it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def most_probable(probabilities: tuple[float, ...]) -> int:
    """Give the place of the largest probability, of equal ones the first."""
    return probabilities.index(max(probabilities))


def score_field(score: Score) -> float | str:
    """Give a score as it is written to streams and spools: a number, or the probabilities as JSON."""
    return json.dumps(score, separators=(",", ":")) if isinstance(score, tuple) else score


def read_score(field: float | str | bytes) -> Score:
    """Read what `score_field` gave; raises ValueError."""
    if isinstance(field, float):
        return field
    if not field.startswith(b"[" if isinstance(field, bytes) else "["):  # type: ignore[arg-type]
        return float(field)
    try:
        return _PROBABILITIES.validate_json(field)
    except ValidationError as error:
        raise ValueError("expected probabilities between 0 and 1") from error
