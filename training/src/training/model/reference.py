"""The reference of a bundle: data with scores, rows to check, and the schema with the data's ranges."""

import io
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from bundle import CheckRow, Scorer
from bundle.scoring.outputs import score_of
from contract.schema import Feature, FeatureValue, Schema
from dataset import output_columns

CHECK_ROWS: Final = 100


def filled_schema(schema: Schema, frame: pd.DataFrame) -> Schema:
    """Return the schema with the range or the categories of each feature in the reference."""
    features = [_filled(feature, frame[feature.name]) for feature in schema.features]
    return schema.model_copy(update={"features": features})


def scores_by(scorer: Scorer, frame: pd.DataFrame, schema: Schema) -> NDArray[np.float64]:
    """Return the model's scores, shape (rows,) or (rows, classes); raises ScoringError if a row has none."""
    return scorer.score_columns({name: _python_values(frame[name]) for name in schema.feature_names})


def with_output(frame: pd.DataFrame, schema: Schema, scores: NDArray[np.float64]) -> pd.DataFrame:
    """Return the frame with the columns of the model's output."""
    return frame.assign(**output_columns(schema, scores))


def parquet_bytes(frame: pd.DataFrame, schema: Schema) -> bytes:
    """Return the frame as Parquet with zstd, the times under their own name; same frame, same bytes."""
    if schema.time is not None:
        frame = frame.rename(columns={schema.timestamp: schema.time.column})
    arrays = {str(name): _arrow(frame[name]) for name in frame.columns}
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(arrays), buffer, compression="zstd", compression_level=19)
    return buffer.getvalue()


def check_rows(frame: pd.DataFrame, scores: NDArray[np.float64], schema: Schema) -> list[CheckRow]:
    """Return at most 100 rows with the served model's scores, evenly spread over the frame."""
    chosen = np.unique(np.linspace(0, len(frame) - 1, CHECK_ROWS).round().astype(int))
    rows = frame.iloc[chosen]
    columns = {name: _python_values(rows[name]) for name in schema.feature_names}
    features = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return [
        CheckRow(features=row, score=score_of(score))
        for row, score in zip(features, scores[chosen], strict=True)
    ]


def _filled(feature: Feature, values: "pd.Series[Any]") -> Feature:
    if feature.kind == "boolean" or values.isna().all():
        return feature
    if feature.kind == "categorical":
        return feature.model_copy(update={"categories": sorted(values.dropna().unique())})
    return feature.model_copy(update={"minimum": float(values.min()), "maximum": float(values.max())})


def _python_values(values: "pd.Series[Any]") -> list[FeatureValue]:
    known = values.notna()
    return [value if is_known else None for value, is_known in zip(values, known, strict=True)]


def _arrow(values: "pd.Series[Any]") -> Any:
    if values.dtype == "float64" or isinstance(values.dtype, pd.DatetimeTZDtype):
        return pa.array(values, from_pandas=True)
    return pa.array(_python_values(values))
