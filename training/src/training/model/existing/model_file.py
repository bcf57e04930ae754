"""A model file of any library: opened, converted where it is no ONNX, and held against the original."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bundle import Signature
from contract.schema import Schema
from training.model.conversion.lightgbm import read_lightgbm
from training.model.conversion.original import Original
from training.model.conversion.parity import check_parity
from training.model.conversion.pickled import read_pickle
from training.model.conversion.sklearn import read_sklearn
from training.model.conversion.xgboost import read_xgboost
from training.model.existing.graph import Graph, graph_of, read_graph
from training.model.existing.signature import InputMap

Library = Literal["onnx", "sklearn", "pickle", "xgboost", "lightgbm"]
"""How the file is read: `sklearn` is a skops file, and `pickle` runs the code in it."""

READERS: Final[dict[str, Callable[[Path], Original]]] = {
    "sklearn": read_sklearn,
    "pickle": read_pickle,
    "xgboost": read_xgboost,
    "lightgbm": read_lightgbm,
}


@dataclass(frozen=True, slots=True)
class Existing:
    """A model that exists: its file, what goes into its inputs, and whether it was trained on other rows."""

    path: Path
    library: Library = "onnx"
    inputs: InputMap | None = None
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class OpenedModel:
    """The graph of an existing model, and the model that it was converted from, if it was."""

    graph: Graph
    original: Original | None = None

    def assumed(self, schema: Schema) -> list[str]:
        """Return what is assumed of a model that knows no names, as sentences."""
        if self.original is None or self.original.knows_names:
            return []
        return [f"the model knows no names; it takes, in this order: {', '.join(schema.feature_names)}"]

    def check_parity(
        self, frame: pd.DataFrame, schema: Schema, scores: NDArray[np.float64], signature: Signature
    ) -> None:
        """Raise TrainingError where the scores of the frame's rows are not those of the original model.

        They have shape (rows,) or (rows, classes), in the order of the bundle's classes.
        """
        if self.original is None:
            return
        answers = self.original.answers(frame[schema.feature_names])
        if self.original.classes is not None:
            answers = answers[:, list(signature.order)]
            scores = scores if scores.ndim > 1 else np.column_stack([1.0 - scores, scores])
        check_parity(answers, scores)


def open_model(existing: Existing, schema: Schema) -> OpenedModel:
    """Read a model file, and convert it to ONNX where it is none; raises TrainingError."""
    if existing.library == "onnx":
        return OpenedModel(read_graph(existing.path))
    original = READERS[existing.library](existing.path)
    graph = graph_of(original.onnx(schema), existing.path)
    if graph.labels is None and original.classes is not None:
        labels = (int(each) if isinstance(each, bool) else each for each in original.classes)
        graph = replace(graph, labels=tuple(labels))
    return OpenedModel(replace(graph, is_regressor=original.task == "regression"), original)
