"""Predictions that nothing can be said of: those of cells without any label."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from contract.schema import Schema
from contract.task import class_text
from drift_worker.detect.quality.coverage import Coverage
from drift_worker.detect.quality.estimate import Floats
from drift_worker.detect.quality.labelled import ModelTask, output_of
from drift_worker.stretch import Unseen


def unseen_cells(
    rows: pd.DataFrame, cells: NDArray[np.intp], coverage: Coverage, schema: Schema
) -> list[Unseen]:
    """Each cell with predictions and no label."""
    output, predicted = output_of(rows, schema), rows[next(iter(schema.outputs))]
    several = len(schema.outputs) > 1
    found = []
    for cell in coverage.unseen:
        inside = cells == cell
        known = output[inside & np.isfinite(output)]
        if len(known):
            low, high = float(known.min()), float(known.max())
            name = class_text(predicted[inside].iloc[0]) if several else None
            found.append(Unseen(predicted=name, low=low, high=high, rows=int(inside.sum())))
    return found


def unseen_share(output: Floats, cells: NDArray[np.intp], coverage: Coverage, model: ModelTask) -> float:
    """The largest share that cells without a label have of what a figure is made of.

    That is of all predictions; and of classes, by their scores, of the positive or right ones and of the
    others: few of the predictions may be most of the positive ones.
    """
    inside = np.isin(cells, coverage.unseen)
    masses = [np.ones(len(output))]
    if model.task != "regression":
        score = np.clip(np.nan_to_num(output), 0.0, 1.0)
        masses += [score, 1.0 - score]
    return max((float(each[inside].sum() / each.sum()) for each in masses if each.sum() > 0.0), default=0.0)
