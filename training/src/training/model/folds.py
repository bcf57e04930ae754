"""Five folds: what the recipe's models answer for rows that they were not trained on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from contract.schema import Schema
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline

from training.errors import TrainingError
from training.model.forest import SEED, fit

FOLDS: Final = 5

STACKED_ROWS: Final = 50_000
"""Rows that a model scores at once: each call costs as much as some thousand rows, and memory is bounded."""

SMALLEST_CLASS: Final = 8
"""Rows of the rarer class below which out-of-fold scores say nothing."""


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Out-of-fold scores, shape (rows,), and what each feature is worth to the model.

    A feature's importance is by how much the AUC of all rows falls when the feature is shuffled within each
    fold (permutation importance, Breiman 2001); below zero it is chance.
    """

    scores: NDArray[np.float64]
    importance: dict[str, float]


def out_of_fold(features: pd.DataFrame, positive: NDArray[np.bool_], schema: Schema) -> OutOfFold:
    """Score each row by a model of the four folds that the row is not in; the same rows give the same scores.

    `features` is a frame as `model_frame` gives it. Raises TrainingError where a class has too few rows.
    """
    if min(positive.sum(), (~positive).sum()) < SMALLEST_CLASS:
        raise TrainingError(
            f"{int(positive.sum())} of {len(positive)} rows are positive; "
            f"expected at least {SMALLEST_CLASS} of either class"
        )
    scores = np.empty(len(features))
    shuffled = np.empty((len(features.columns), len(features)))
    for rows, model in _folds(features, positive, schema):
        held_out = features.iloc[rows]
        scores[rows] = _scores(model, held_out)
        at_once = max(1, STACKED_ROWS // len(rows))
        for begin in range(0, len(shuffled), at_once):
            columns = range(begin, min(begin + at_once, len(shuffled)))
            stacked = pd.concat([_shuffled(held_out, column) for column in columns])
            shuffled[columns.start : columns.stop, rows] = _scores(model, stacked).reshape(-1, len(rows))
    auc = roc_auc_score(positive, scores)
    worth = [float(auc - roc_auc_score(positive, each)) for each in shuffled]
    return OutOfFold(scores, dict(zip(schema.feature_names, worth, strict=True)))


def _folds(
    features: pd.DataFrame, positive: NDArray[np.bool_], schema: Schema
) -> Iterator[tuple[NDArray[np.intp], Pipeline]]:
    """Yield the rows of each fold, and a model of all other rows."""
    for rest, rows in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(features, positive):
        yield rows, fit(features.iloc[rest], positive[rest], schema)


def _shuffled(rows: pd.DataFrame, column: int) -> pd.DataFrame:
    """Return the rows, with the values of one column in another order."""
    order = np.random.default_rng([SEED, column]).permutation(len(rows))
    name = rows.columns[column]
    return rows.assign(**{name: rows[name].iloc[order].set_axis(rows.index)})


def _scores(model: Pipeline, features: pd.DataFrame) -> Any:
    # Threads would add the trees' answers in the order in which they end, which changes the last digit.
    return model.set_params(forest__n_jobs=1).predict_proba(features)[:, 1]
