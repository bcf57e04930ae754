"""How the cells of a column are read, and what is asked of Arrow arrays everywhere."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from contract.schema import Decimal

Mask = NDArray[np.bool_]

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of a column are read, where their kind alone does not say it."""

    missing: Sequence[str] | None = None
    """Texts that mean a missing value, beside the usual ones in numbers, flags and times."""
    decimal: Decimal | None = None
    known: Sequence[str] | None = None
    """The categories of the reference: another spelling of one is the same category."""
    exact: bool = False
    """Whether text is taken as it is: no blank is trimmed, no spelling changed."""
    is_feature: bool = False
    """Whether an unmistakable mark that is no known category is missing; of labels it is an unknown class."""
    may_have_commas: bool = False
    """Whether a comma may stand before decimals, since none separates the file's cells."""
    decimal_of: str | None = None
    """The other column of the file that `decimal` was learned from."""


def without_numbers(numbers: NDArray[np.float64], missing: Sequence[str] | None) -> NDArray[np.float64]:
    """Return numbers with NaN for those that mean a missing value, such as -999."""
    marks = [float(mark) for mark in missing or () if _NUMBER.fullmatch(mark.strip())]
    return np.where(np.isin(numbers, marks), np.nan, numbers) if marks else numbers


def is_number(kind: Any) -> bool:
    """Whether an Arrow type is one of numbers."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def floats(values: Any) -> NDArray[np.float64]:
    """Return an Arrow array as floats, with NaN for null."""
    numbers: NDArray[np.float64] = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return np.require(numbers, np.float64, "W")


def valid(values: Any) -> Mask:
    """Say of each value whether it is there."""
    mask: Mask = values.is_valid().to_numpy(zero_copy_only=False)
    return mask


def plain(values: Any) -> Any:
    """Return one contiguous array without dictionary encoding, whose text is of type string."""
    array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type):
        array = array.cast(pa.string())
    return array
