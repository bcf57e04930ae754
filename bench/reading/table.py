"""A large table as people have them: ids, numbers with gaps, whole numbers, texts and flags."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.random import Generator
from numpy.typing import NDArray

CHUNK: Final = 500_000
"""Rows that are made at a time."""

SEED: Final = 20240131
CITIES: Final = [f"city {number:03}" for number in range(300)]

Cells = Callable[[Generator, int], "NDArray[np.generic] | pa.Array"]


def _amounts(scale: float) -> Cells:
    return lambda random, rows: np.round(random.gamma(2.0, scale, rows), 2)


def _counts(mean: float) -> Cells:
    return lambda random, rows: random.poisson(mean, rows)


def _texts(of: list[str]) -> Cells:
    return lambda random, rows: pa.DictionaryArray.from_arrays(
        random.integers(0, len(of), rows).astype(np.int32), of
    ).cast(pa.string())


def _with_gaps(cells: Cells) -> Cells:
    def made(random: Generator, rows: int) -> pa.Array:
        return pa.array(cells(random, rows), mask=random.random(rows) < 0.03)  # noqa: PLR2004

    return made


COLUMNS: Final[dict[str, Cells]] = {
    "fee": _amounts(30),
    "usage": _amounts(500),
    "balance": _with_gaps(_amounts(2_000)),
    "discount": _with_gaps(_amounts(5)),
    "latency": _amounts(0.2),
    "tickets": _counts(0.4),
    "logins": _counts(12),
    "orders": _counts(3),
    "plan": _texts(["basic", "family", "premium", "student"]),
    "city": _texts(CITIES),
    "browser": _texts(["Chrome", "Edge", "Firefox", "Safari"]),
    "paperless": _texts(["no", "yes"]),
    "autopay": _texts(["N", "Y"]),
}
"""13 columns beside the id and the label."""


def write_table(folder: Path, rows: int) -> dict[str, Path]:
    """Write the same table as CSV and as Parquet; gives the files by their form."""
    paths = {"CSV": folder / "rows.csv", "Parquet": folder / "rows.parquet"}
    random = np.random.default_rng(SEED)
    first = _chunk(random, 0, min(CHUNK, rows))
    with (
        pyarrow.csv.CSVWriter(paths["CSV"], first.schema) as csv,
        pyarrow.parquet.ParquetWriter(paths["Parquet"], first.schema) as parquet,
    ):
        for start in range(0, rows, CHUNK):
            chunk = first if start == 0 else _chunk(random, start, min(CHUNK, rows - start))
            csv.write_table(chunk)
            parquet.write_table(chunk)
    return paths


def _chunk(random: Generator, start: int, rows: int) -> pa.Table:
    ids = [f"user-{number}" for number in range(start, start + rows)]
    cells = {name: pa.array(make(random, rows)) for name, make in COLUMNS.items()}
    return pa.table({"user_id": ids, **cells, "churned": random.random(rows) < 0.2})  # noqa: PLR2004
