"""Rows that the model has seen in training: known by their content, scored as if it had not."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bundle import Bundle
from contract.schema import Schema
from dataset import read_reference
from drift_worker.detect.quality.reference import UNSEEN
from drift_worker.detect.unlabelled.estimator import PROBABILITIES

FEW: Final = 0.01
"""The share of rows up to which it moves no figure that the model has seen them: some stay as they were."""


def with_own_scores(frame: pd.DataFrame, bundle: Bundle) -> tuple[pd.DataFrame, int]:
    """The frame with the output that the bundle keeps of its reference's rows, whatever their order.

    The model has seen those rows in training and would do too well on them. Gives also how many rows keep an
    output of a model that has seen them, since the bundle has no other.
    """
    kept = read_reference(bundle.reference_path, bundle.schema, bundle.partial_columns)
    places = places_in(kept, frame, bundle.schema)
    seen = _seen(places, bundle)
    decisive = list(bundle.schema.outputs)[-1]
    known = kept[decisive].notna().to_numpy()[places] & (places >= 0)
    own = known if bundle.metadata.reference.scores in UNSEEN else np.zeros(len(frame), bool)
    if own.sum() <= FEW * len(frame):
        return frame, int(seen.sum())
    columns = {name: _taken(kept[name], places, own, frame[name]) for name in bundle.schema.outputs}
    frame = frame.drop(columns=bundle.schema.beside(PROBABILITIES), errors="ignore").assign(**columns)
    return frame, int((seen & ~own).sum())


def seen_rows(frame: pd.DataFrame, bundle: Bundle) -> int:
    """How many of the rows the model has seen in training, as far as the bundle's reference says it."""
    kept = read_reference(bundle.reference_path, bundle.schema, bundle.partial_columns)
    return int(_seen(places_in(kept, frame, bundle.schema), bundle).sum())


def in_sample(role: str, seen: int, rows: int) -> str | None:
    """What has to be said of the figures of a side of which the model has seen rows; None where of few."""
    if seen <= FEW * rows:
        return None
    return (
        f"{role} in-sample: the model may have been trained on {seen} of these {rows} rows, so that the "
        f"figures of {role} are better than on new rows"
    )


def _seen(places: NDArray[np.intp], bundle: Bundle) -> NDArray[np.bool_]:
    """Whether each row was in training, by its place in the bundle's reference; -1 is none there."""
    if bundle.metadata.reference.scores == "held-out":
        return np.zeros(len(places), bool)
    accepted = bundle.metadata.accepted
    trained: int | float = accepted[0].first_row if accepted else np.inf
    return np.asarray((places >= 0) & (places < trained))


def places_in(kept: pd.DataFrame, frame: pd.DataFrame, schema: Schema) -> NDArray[np.intp]:
    """The place of each row of the frame among those that are kept, by its content; -1 of one not there.

    Of equal rows each has a place of its own, as long as there are so many. Rows without ids may be alike by
    chance: they have places if all are the same, or if half of them equal one that is alone of its kind.
    """
    ids = (schema.entity,) if schema.has_keys else ()
    names = [name for name in (*ids, *schema.feature_names) if name in frame]
    of_kept, of_frame = _keys(kept, names), _keys(frame, names)
    most = of_frame.map(of_kept.value_counts()).fillna(0).astype(int) - 1
    index = pd.MultiIndex.from_arrays([of_kept, of_kept.groupby(of_kept).cumcount()])
    number = np.minimum(of_frame.groupby(of_frame).cumcount(), most)
    places = index.get_indexer(pd.MultiIndex.from_arrays([of_frame, number]))
    if ids or np.array_equal(np.sort(of_kept), np.sort(of_frame)):
        return places
    sure = (places >= 0) & (most == 0).to_numpy()
    return np.where(sure & (2 * sure.sum() >= len(frame)), places, -1)


def _keys(frame: pd.DataFrame, names: Sequence[str]) -> "pd.Series[Any]":
    """A hash of each row's content, of 64 bits."""
    columns = {
        name: frame[name] + 0.0 if pd.api.types.is_float_dtype(frame[name]) else frame[name].astype(object)
        for name in names
    }
    return pd.util.hash_pandas_object(pd.DataFrame(columns), index=False).reset_index(drop=True)


def _taken(
    kept: "pd.Series[Any]", places: NDArray[np.intp], own: NDArray[np.bool_], else_: "pd.Series[Any]"
) -> "pd.Series[Any]":
    values = np.where(own, kept.astype(object).to_numpy()[places], else_.astype(object).to_numpy())
    return pd.Series(values, index=else_.index).astype(else_.dtype)
