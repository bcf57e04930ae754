"""What the tests of conversion share: data as training reads it, and the answers of a converted model."""

from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
from numpy.typing import NDArray

from contract.schema import Feature, Schema
from contract.task import Kind
from training.model.conversion.original import Original
from training.model.conversion.parity import check_parity


def schema_of(frame: pd.DataFrame) -> Schema:
    """A schema with each column of a frame as a feature that may be missing."""
    return Schema(entity="id", features=[_feature(str(name), frame[name]) for name in frame.columns])


def as_read(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as `read_dataset` gives it: categories for text and for booleans."""
    kept = {name: "float64" if frame[name].dtype == np.float64 else "category" for name in frame.columns}
    return frame.astype(kept)


def converted_answers(content: bytes, frame: pd.DataFrame) -> NDArray[np.float64]:
    """What a converted model answers to the rows of a frame, by inputs that are named as its columns."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    feeds = {item.name: _tensor(item.type, frame[item.name]) for item in session.get_inputs()}
    answer = np.asarray(session.run(None, feeds)[-1], np.float64)
    return answer if answer.shape[1] > 1 else answer[:, 0]


def agreed(original: Original, frame: pd.DataFrame) -> float:
    """The largest difference between both models' answers to a frame, which passes the check of parity.

    A regression's is relative to the value, or to the values' standard deviation where that is larger.
    """
    answers = original.answers(as_read(frame))
    converted = converted_answers(original.onnx(schema_of(frame)), frame)
    check_parity(answers, converted)
    unit = np.maximum(np.abs(answers), answers.std()) if original.classes is None else 1.0
    return float((np.abs(answers - converted) / unit).max())


def _feature(name: str, values: "pd.Series[Any]") -> Feature:
    kinds: dict[str, Kind] = {"float64": "numerical", "bool": "boolean", "object": "categorical"}
    return Feature(name=name, kind=kinds[values.dtype.name], nullable=True)


def _tensor(kind: str, values: "pd.Series[Any]") -> NDArray[Any]:
    if kind == "tensor(string)":
        return values.fillna("").to_numpy(object).reshape(-1, 1)
    return values.to_numpy(np.float64 if kind == "tensor(double)" else np.float32).reshape(-1, 1)
