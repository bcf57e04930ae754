"""What is kept of one column of the reference."""

from functools import cached_property
from typing import Annotated, Final, Literal, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from baseline.counts import CategoryCounts, Counts, Floats, Integers, NumberCounts
from contract.schema import Method
from contract.task import Kind

BINS: Final = 256
"""Numbers with more distinct values than this are kept in as many bins of equal rank."""

FEW_VALUES: Final = 5
"""Numbers with at most this many distinct values are compared by Jensen-Shannon: Evidently's own rule."""

NOISE: Final = 1e-12
"""A standard deviation of at most this share of the largest magnitude is rounding: the column is constant."""

DIGITS: Final = 9
"""Significant digits of what is computed: more depend on the processor, and so would a bundle's hash."""

Rows: TypeAlias = int | float
"""A number of rows; in a mix of the reference's rows also a part of one."""

FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NumberBaseline(BaseModel):
    """A numerical column of the reference.

    `values` are the distinct values, ascending, each with its rows in `counts`; of a `binned` column they
    are the largest values of bins of equal rank. `sd`, `minimum` and `maximum` are in the column's unit.
    """

    model_config = FROZEN

    kind: Literal["numerical"] = "numerical"
    method: Method
    missing: Rows
    values: tuple[float, ...]
    counts: tuple[Rows, ...]
    binned: bool
    distinct: int
    seen_once: int
    """Values that occur in one row only."""
    mode_rows: Rows
    """The rows of the most frequent value."""
    sd: float
    minimum: float | None
    maximum: float | None

    @cached_property
    def counted(self) -> NumberCounts:
        """The values as arrays."""
        return NumberCounts(np.array(self.values), np.array(self.counts), self.missing)

    @cached_property
    def present(self) -> Rows:
        """The number of rows with a value."""
        return sum(self.counts)

    def in_mix(self, counts: Floats, missing: float, sampled: "NumberBaseline") -> "NumberBaseline":
        """The same column with other rows of its values; values that have none are left out.

        A sample of these rows gives the deviation, and of bins the share of the most frequent value.
        """
        kept = counts > 0
        rows = counts[kept].tolist()
        mode = max(rows, default=0)
        if self.binned:
            mode = sampled.mode_rows / max(sampled.present, 1) * sum(rows)
        return NumberBaseline.model_construct(
            **{name: getattr(self, name) for name in type(self).model_fields}
            | {
                "values": tuple(self.counted.values[kept].tolist()),
                "counts": tuple(rows),
                "missing": missing,
                "mode_rows": mode,
                "sd": sampled.sd,
            }
        )


class CategoryBaseline(BaseModel):
    """A categorical or boolean column of the reference: the rows of each category, in their order."""

    model_config = FROZEN

    kind: Literal["categorical", "boolean"]
    method: Literal["jensenshannon"] = "jensenshannon"
    missing: Rows
    counts: dict[str, Rows]

    @cached_property
    def present(self) -> Rows:
        """The number of rows with a value."""
        return sum(self.counts.values())

    def in_mix(self, counts: Floats, missing: float) -> "CategoryBaseline":
        """The same column with other rows of its categories; those that have none are left out."""
        rows: dict[str, Rows] = {
            name: count for name, count in zip(self.counts, counts.tolist(), strict=True) if count
        }
        return CategoryBaseline.model_construct(
            None, kind=self.kind, method=self.method, missing=missing, counts=rows
        )

    @cached_property
    def seen_once(self) -> int:
        """Categories that occur in one row only."""
        return sum(rows == 1 for rows in self.counts.values())

    @property
    def mode_rows(self) -> Rows:
        """The rows of the most frequent category."""
        return max(self.counts.values(), default=0)


ColumnBaseline: TypeAlias = Annotated[NumberBaseline | CategoryBaseline, Field(discriminator="kind")]


def column_baseline(
    counted: Counts, kind: Kind, method: Method | None = None
) -> NumberBaseline | CategoryBaseline:
    """Baseline one column of the reference from its counts, with a method other than Evidently's if given.

    Raises ValueError where the column cannot have the method.
    """
    if isinstance(counted, NumberCounts):
        return _number_baseline(counted, method or method_of(counted))
    if kind == "numerical" or method == "wasserstein":
        raise ValueError(f"a {kind} column has no {method} distance of categories")
    return CategoryBaseline(kind=kind, missing=counted.missing, counts=dict(counted.counts))


def method_of(counted: Counts) -> Method:
    """Choose the method by kind and distinct values of the reference, whatever its number of rows.

    Evidently itself takes tests that call noise drift for references of up to 1,000 rows.
    """
    few = isinstance(counted, CategoryCounts) or len(counted.values) <= FEW_VALUES
    return "jensenshannon" if few else "wasserstein"


def spread(counted: NumberCounts) -> float:
    """The standard deviation of counted numbers; 0 where they differ by rounding only, or are none."""
    if len(counted.values) <= 1:
        return 0.0
    shares = counted.counts / counted.counts.sum()
    largest = float(np.abs(counted.values).max())
    # Divided by the largest magnitude, tiny numbers do not vanish when they are squared.
    scaled: Floats = counted.values / largest
    centred = scaled - float(shares @ scaled)
    relative = float(np.sqrt(shares @ centred**2))
    return relative * largest if relative > NOISE else 0.0


def rounded(number: float) -> float:
    """Round a computed number to the digits that are the same on every processor."""
    return float(f"{number:.{DIGITS}g}")


def _number_baseline(counted: NumberCounts, method: Method) -> NumberBaseline:
    values, counts = counted.values, counted.counts
    binned = len(values) > BINS
    uppers, rows = _bins(counted) if binned else (values, counts)
    return NumberBaseline(
        method=method,
        missing=counted.missing,
        values=tuple(uppers.tolist()),
        counts=tuple(rows.tolist()),
        binned=binned,
        distinct=len(values),
        seen_once=int((counts == 1).sum()),
        mode_rows=int(counts.max(initial=0)),
        sd=rounded(spread(counted)),
        minimum=float(values[0]) if len(values) else None,
        maximum=float(values[-1]) if len(values) else None,
    )


def _bins(counted: NumberCounts) -> tuple[Floats, Integers]:
    """The largest value and the rows of each bin; a value belongs to a bin by its mid-rank."""
    ends = np.cumsum(counted.counts)
    middle = (ends - counted.counts / 2) / ends[-1]
    firsts = np.flatnonzero(np.diff((middle * BINS).astype(int), prepend=-1))
    lasts = np.append(firsts[1:], len(ends)) - 1
    return counted.values[lasts], np.add.reduceat(counted.counts, firsts)
