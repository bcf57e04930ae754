"""What a score is to the client: an answer for each task."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, cast

from bundle import Bundle
from contract.task import ClassValue, Score, class_text, most_probable


@dataclass(frozen=True, slots=True)
class Prediction:
    """One of two classes, and the probability of the positive one; its record is safe."""

    prediction_id: str
    prediction: ClassValue
    probability: float
    model: str
    model_version: str


@dataclass(frozen=True, slots=True)
class ClassPrediction:
    """One of several classes, its probability, and those of all; its record is safe."""

    prediction_id: str
    prediction: ClassValue
    probability: float
    probabilities: dict[str, float]
    model: str
    model_version: str


@dataclass(frozen=True, slots=True)
class ValuePrediction:
    """A predicted number; its record is safe."""

    prediction_id: str
    prediction: float
    model: str
    model_version: str


Answer: TypeAlias = Prediction | ClassPrediction | ValuePrediction

Answering = Callable[[str, Score], Answer]
"""Takes a prediction's id and its score."""


def answering(bundle: Bundle) -> Answering:
    """Return what makes answers of a model's scores."""
    metadata, model, version = bundle.metadata, bundle.name, bundle.version
    classes, threshold = metadata.classes, metadata.threshold
    names = [class_text(value) for value in classes]

    def binary(prediction_id: str, score: Score) -> Prediction:
        probability = cast("float", score)
        positive = probability >= cast("float", threshold)
        return Prediction(prediction_id, classes[positive], probability, model, version)

    def multiclass(prediction_id: str, score: Score) -> ClassPrediction:
        probabilities = cast("tuple[float, ...]", score)
        best = most_probable(probabilities)
        told = dict(zip(names, probabilities, strict=True))
        return ClassPrediction(prediction_id, classes[best], probabilities[best], told, model, version)

    def regression(prediction_id: str, score: Score) -> ValuePrediction:
        return ValuePrediction(prediction_id, cast("float", score), model, version)

    kinds: dict[str, Answering] = {"binary": binary, "multiclass": multiclass, "regression": regression}
    return kinds[metadata.task]
