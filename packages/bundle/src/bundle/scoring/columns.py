"""One feature as a column of a model's input: what each type of tensor can hold."""

import sys
from collections.abc import Sequence
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bundle.errors import BundleError, ScoringError
from contract.schema import FeatureValue
from contract.task import Kind

FLOATS: Final[dict[str, type[np.floating[Any]]]] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
}
INTEGERS: Final[dict[str, type[np.signedinteger[Any]]]] = {
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
}
TRUTH: Final = "tensor(bool)"
TEXT: Final = "tensor(string)"

_TAKES: Final = (
    "float, double, int32 and int64 tensors take numerical and boolean features, "
    "bool tensors boolean ones, string tensors categorical ones"
)


class Column(Protocol):
    """Encodes a feature as a column of shape (rows, 1); raises ScoringError for a value it can't take."""

    feature: str
    dtype: Any

    def value(self, value: Any) -> Any:
        """Return one value as the tensor holds it; None is missing."""

    def tensor(self, values: Sequence[FeatureValue]) -> NDArray[Any]:
        """Return all values as a column."""


def column_for(feature: str, kind: Kind, tensor: str, type_: str) -> Column:
    """Return the encoder of a feature for an input of that type; raises BundleError where they don't fit."""
    if type_ in FLOATS and kind != "categorical":
        return _Floats(feature, FLOATS[type_])
    if type_ in INTEGERS and kind != "categorical":
        return _Integers(feature, INTEGERS[type_])
    if type_ == TRUTH and kind == "boolean":
        return _Truths(feature)
    if type_ == TEXT and kind == "categorical":
        return _Texts(feature)
    raise BundleError(
        f"the model's input {tensor} is {type_}, but {feature} is a {kind} feature: {_TAKES}; "
        "change the kind in the schema, or export the model with another input"
    )


def is_number(type_: str) -> bool:
    """Whether a tensor of this type takes numbers."""
    return type_ in FLOATS or type_ in INTEGERS


class _Floats:
    """Null is NaN, true is 1, numbers too large are clipped."""

    def __init__(self, feature: str, dtype: type[np.floating[Any]]) -> None:
        self.feature = feature
        self.dtype: Any = dtype
        self._largest = float(np.finfo(dtype).max) if dtype is np.float32 else sys.float_info.max

    def value(self, value: Any) -> float:
        if value is None:
            return np.nan
        return min(max(float(value), -self._largest), self._largest)

    def tensor(self, values: Sequence[FeatureValue]) -> NDArray[Any]:
        floats = np.array([[np.nan if value is None else value] for value in values], np.float64)
        return np.clip(floats, -self._largest, self._largest).reshape(-1, 1).astype(self.dtype)


class _Exact:
    """A column whose values are taken one by one, since not every one can be held."""

    def __init__(self, feature: str, dtype: Any) -> None:
        self.feature = feature
        self.dtype = dtype

    def value(self, value: Any) -> Any:
        raise NotImplementedError

    def tensor(self, values: Sequence[FeatureValue]) -> NDArray[Any]:
        return np.array([[self.value(value)] for value in values], self.dtype).reshape(-1, 1)

    def _refused(self, value: Any, expected: str) -> ScoringError:
        shown = "is missing" if value is None else f"is {value!r:.40}"
        return ScoringError(f"{self.feature} {shown}, but the model's input takes {expected}")


class _Integers(_Exact):
    """Whole numbers only; true is 1."""

    def value(self, value: Any) -> int:
        limits = np.iinfo(self.dtype)
        if value is None or value != value // 1 or not limits.min <= value <= limits.max:
            raise self._refused(value, f"whole numbers of {limits.bits} bits")
        return int(value)


class _Truths(_Exact):
    """True and false only."""

    def __init__(self, feature: str) -> None:
        super().__init__(feature, np.bool_)

    def value(self, value: Any) -> bool:
        if value is None:
            raise self._refused(value, "true or false")
        return bool(value)


class _Texts(_Exact):
    """Null is the empty text."""

    def __init__(self, feature: str) -> None:
        super().__init__(feature, object)

    def value(self, value: Any) -> str:
        return "" if value is None else value
