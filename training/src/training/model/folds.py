"""Five folds: what the recipe's models answer for rows that they were not trained on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

from contract.schema import Schema
from contract.task import Task
from dataset import SMALLEST_CLASS, Target
from training.errors import TrainingError
from training.model.forest import SEED, fit, scores_of
from training.model.quality import worth_of
from training.model.target import Truth
from training.steps import Progress

FOLDS: Final = 5

STACKED_ROWS: Final = 50_000
"""Rows that a model scores at once: each call costs as much as some thousand rows, and memory is bounded."""


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Out-of-fold scores, shape (rows,) or (rows, classes), and what each feature is worth to the model.

    A feature's importance is by how much the figure of all rows (AUC, macro-F1, mean absolute error) worsens
    when the feature is shuffled within each fold (permutation importance, Breiman 2001); below zero it is
    chance.
    """

    scores: NDArray[np.float64]
    importance: dict[str, float]


def out_of_fold(
    features: pd.DataFrame,
    truth: Truth,
    schema: Schema,
    target: Target,
    ids: "pd.Series[Any] | None" = None,
    *,
    progress: Progress = lambda _step: None,
) -> OutOfFold:
    """Score each row by a model of the four folds that the row is not in; the same rows give the same scores.

    `features` is a frame as `model_frame` gives it. Where `ids` repeat, rows of one id are in one fold, for
    a model that knows an id's other rows knows too much. Raises TrainingError where a class has too few rows
    or ids.
    """
    task = target.task or "binary"
    _refuse_few_rows(truth, target)
    scores = np.empty((len(features), len(target.classes or ())) if task == "multiclass" else len(features))
    shuffled = np.empty((len(features.columns), len(features)))
    for fold, (rest, rows) in enumerate(_folds(features, truth, task, ids), start=1):
        progress(f"training on {len(features):,} rows: fold {fold} of {FOLDS}")
        model = fit(features.iloc[rest], truth[rest], schema, task)
        held_out = features.iloc[rows]
        scores[rows] = scores_of(model, held_out, task)
        at_once = max(1, STACKED_ROWS // len(rows))
        for begin in range(0, len(shuffled), at_once):
            columns = range(begin, min(begin + at_once, len(shuffled)))
            stacked = pd.concat([_shuffled(held_out, column) for column in columns])
            answers = _answers(scores_of(model, stacked, task))
            shuffled[columns.start : columns.stop, rows] = answers.reshape(-1, len(rows))
    measured = worth_of(truth, _answers(scores), task)
    worth = [measured - worth_of(truth, each, task) for each in shuffled]
    return OutOfFold(scores, dict(zip(schema.feature_names, worth, strict=True)))


def _refuse_few_rows(truth: Truth, target: Target) -> None:
    """Raise TrainingError where five folds say nothing: a class, or a regression, has too few rows."""
    if target.task == "binary" and min(truth.sum(), (~truth).sum()) < SMALLEST_CLASS:
        raise TrainingError(
            f"{int(truth.sum())} of {len(truth)} rows are positive; "
            f"expected at least {SMALLEST_CLASS} of either class; give more rows"
        )
    if target.task == "multiclass":
        counts = np.bincount(truth, minlength=len(target.classes or ()))
        if counts.min() < SMALLEST_CLASS:
            rarest = (target.classes or ())[int(counts.argmin())]
            raise TrainingError(
                f"class {rarest!r} has {counts.min()} of {len(truth)} rows; "
                f"expected at least {SMALLEST_CLASS} of each class: merge it in the file with another one, "
                "or list it in `missing` of the label in schema.yaml, beside `nullable: true`"
            )
    if len(truth) < 2 * SMALLEST_CLASS:
        raise TrainingError(f"the data have {len(truth)} rows; expected at least {2 * SMALLEST_CLASS}")


def _folds(
    features: pd.DataFrame, truth: Truth, task: Task, ids: "pd.Series[Any] | None"
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield the rows of all other folds and those of each fold; each class is spread over the folds."""
    whole, grouped = (KFold, GroupKFold) if task == "regression" else (StratifiedKFold, StratifiedGroupKFold)
    groups = None if ids is None else pd.factorize(ids)[0]
    if groups is not None and groups.max() < FOLDS - 1:
        raise TrainingError(f"the rows have {groups.max() + 1} ids; expected at least {FOLDS}")
    split = whole if groups is None else grouped
    for rest, rows in split(FOLDS, shuffle=True, random_state=SEED).split(features, truth, groups):
        if task != "regression" and len(np.unique(truth[rest])) < len(np.unique(truth)):
            raise TrainingError("all rows of a class have the same few ids; expected more ids of each class")
        yield rest, rows


def _answers(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return scores of several classes as the place of the predicted one; others as they are."""
    return scores.argmax(axis=1).astype(np.float64) if scores.ndim > 1 else scores


def _shuffled(rows: pd.DataFrame, column: int) -> pd.DataFrame:
    """Return the rows, with the values of one column in another order."""
    order = np.random.default_rng([SEED, column]).permutation(len(rows))
    name = rows.columns[column]
    return rows.assign(**{name: rows[name].iloc[order].set_axis(rows.index)})
