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
def three_classes() -> Population:
    """Customers who stay, pause or leave, with probabilities that hold: the accuracy decides."""
    rng = np.random.default_rng(20)
    odds = np.exp(COMMON + rng.normal(0.0, 1.2, (ROWS, len(CLASSES))))
    probabilities = odds / odds.sum(axis=1, keepdims=True)
    names = np.array(CLASSES, object)
    truth = names[(rng.random((ROWS, 1)) > probabilities.cumsum(axis=1)).sum(axis=1).clip(max=2)]
    outputs = {PREDICTION: names[probabilities.argmax(axis=1)], PROBABILITY: probabilities.max(axis=1)}
    schema = example()[0].schema.model_copy(update={"task": "multiclass", "classes": [*CLASSES]})
    return Population(schema, ModelTask("multiclass", CLASSES), pd.DataFrame(outputs), truth)
