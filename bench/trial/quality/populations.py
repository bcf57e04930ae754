"""What models say of rows and what becomes of these: two classes of the example, and three that are drawn."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.trial.quality.draws import example
from contract.schema import Schema
from contract.task import PREDICTION, PROBABILITY, SCORE
from drift_worker.detect.quality.coverage import edges_of
from drift_worker.detect.quality.labelled import ModelTask, labelled_rows, output_of
from drift_worker.detect.quality.reference import QualityReference
from drift_worker.quality.judge import QualityOf

CLASSES: Final = ("stays", "pauses", "leaves")
COMMON: Final = np.array([1.2, 0.0, 0.0])
"""How much likelier the first class is, as logits."""

SHARES: Final = np.array([0.63, 0.19, 0.18])
"""Of the rows, how many become of each class."""

FEW: Final = 0.02
"""The share of positives where they are few."""

FEW_APART: Final = 2.0
"""How many standard deviations their scores are above the others'."""

ROWS: Final = 7_000


@dataclass(frozen=True, slots=True)
class Population:
    """Rows that a model has not seen: its output of each, and what became true, as text, shape (rows,)."""

    schema: Schema
    task: ModelTask
    outputs: pd.DataFrame
    truth: NDArray[Any]

    def drawn(self, rows: int, rng: np.random.Generator) -> "Population":
        """So many of them, drawn afresh."""
        chosen = rng.integers(0, len(self.truth), rows)
        outputs = self.outputs.iloc[chosen].reset_index(drop=True)
        return Population(self.schema, self.task, outputs, self.truth[chosen])

    def reference(self, rng: np.random.Generator) -> QualityOf:
        """What labels are judged by, of a reference of as many rows, drawn afresh as well."""
        rows = self.drawn(len(self.truth), rng)
        labelled = labelled_rows(rows.outputs, pd.Series(rows.truth), self.schema, self.task)
        figures = {name: found for name, found in labelled.figures().items() if found is not None}
        edges = edges_of(output_of(rows.outputs, self.schema))
        return QualityOf(self.schema, QualityReference(self.task, figures, edges, labelled), rows.outputs)


@cache
def two_classes() -> Population:
    """The example's reference: the AUC decides."""
    bundle, rows = example()
    task = ModelTask.of("binary", bundle.metadata.classes, bundle.metadata.threshold)
    truth = np.where(rows.positive, "true", "false").astype(object)
    return Population(bundle.schema, task, pd.DataFrame({SCORE: rows.scores}), truth)


@cache
def few_positives() -> Population:
    """Two positives in 100, most of them among the highest scores, as of fraud."""
    rng = np.random.default_rng(20)
    positive = rng.random(ROWS) < FEW
    logits = FEW_APART * (rng.normal(0.0, 1.0, ROWS) + FEW_APART * (positive - 0.5)) + np.log(FEW / (1 - FEW))
    truth = np.where(positive, "true", "false").astype(object)
    task = ModelTask("binary", ("false", "true"))
    return Population(example()[0].schema, task, pd.DataFrame({SCORE: 1 / (1 + np.exp(-logits))}), truth)


@cache
def three_classes() -> Population:
    """Customers who stay, pause or leave, with probabilities that hold: the accuracy decides."""
    return _three_classes(np.ones(3))


@cache
def balanced_classes() -> Population:
    """The same of a model that was trained with balanced classes: it is right of one class far more often."""
    return _three_classes(SHARES)


def _three_classes(divided_by: NDArray[np.float64]) -> Population:
    """A model that gives each class its probability, divided by so much."""
    rng = np.random.default_rng(20)
    odds = np.exp(COMMON + rng.normal(0.0, 1.2, (ROWS, len(CLASSES))))
    probabilities = odds / odds.sum(axis=1, keepdims=True)
    names = np.array(CLASSES, object)
    truth = names[(rng.random((ROWS, 1)) > probabilities.cumsum(axis=1)).sum(axis=1).clip(max=2)]
    probabilities /= divided_by
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    outputs = {PREDICTION: names[probabilities.argmax(axis=1)], PROBABILITY: probabilities.max(axis=1)}
    schema = example()[0].schema.model_copy(update={"task": "multiclass", "classes": [*CLASSES]})
    return Population(schema, ModelTask("multiclass", CLASSES), pd.DataFrame(outputs), truth)
