"""Data with a model's own scores, and which rows are positive."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bundle import Scorer
from contract.schema import FeatureValue, Label, Schema
from training.model.reference import scores_by, with_output


def scored(frame: pd.DataFrame, schema: Schema, scorer: Scorer) -> pd.DataFrame:
    """The frame with the columns of the model's output."""
    return with_output(frame, schema, scores_by(scorer, frame, schema))


def positive_rows(frame: pd.DataFrame, label: Label) -> NDArray[np.bool_]:
    """True for each row of the positive class."""
    return (frame[label.name].astype(object) == label.positive).to_numpy(bool)


def probability_of(scorer: Scorer, row: Mapping[str, FeatureValue]) -> float:
    """The score of one row by a binary model."""
    score = scorer.score_row(row)
    assert isinstance(score, float)
    return score
