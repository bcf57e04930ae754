"""A month of features as the tables that Feast reads: one Parquet file for each view."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa

from contract.task import Kind
from dataset import DataSet
from training.errors import TrainingError
from training.features.layout import AS_OF, Repository

_MONTH: Final = re.compile(r"(?<!\d)(\d{4})-(\d{2})(?!\d)")
_DECEMBER: Final = 12

ARROW: Final[dict[Kind, pa.DataType]] = {
    "numerical": pa.float64(),
    "boolean": pa.bool_(),
    "categorical": pa.string(),
}
"""The types of the columns, as the definitions say them in Feast's words."""


def end_of_month(text: str) -> datetime:
    """Return the last second of a month such as 2026-10, in UTC; raises TrainingError."""
    found = _MONTH.fullmatch(text)
    if found is None or not 1 <= int(found[2]) <= _DECEMBER:
        raise TrainingError(f"--as-of: expected a month, such as 2026-10, but got {text!r}")
    year, month = int(found[1]), int(found[2])
    following = datetime(year + month // _DECEMBER, month % _DECEMBER + 1, 1, tzinfo=UTC)
    return following - timedelta(seconds=1)


def as_of(data: Path, month: str | None) -> datetime:
    """Return from when values are: the end of the month, or of the one in the folder's name, or else now."""
    if month is None:
        named = _MONTH.search(data.absolute().name)
        if named is None or not 1 <= int(named[2]) <= _DECEMBER:
            return datetime.now(UTC).replace(microsecond=0)
        month = named[0]
    return end_of_month(month)


def tables_of(dataset: DataSet, repository: Repository, time: datetime) -> dict[str, pa.Table]:
    """Return the table of each view: the entity, the view's features, and the time of the values."""
    frame = dataset.frame
    ids = pa.array(frame[repository.entity], pa.string())
    times = pa.repeat(pa.scalar(time, pa.timestamp("us", "UTC")), len(frame))
    return {
        view.name: pa.table(
            {
                repository.entity: ids,
                **{
                    feature.name: pa.array(
                        frame[feature.name].astype(object), ARROW[feature.kind], from_pandas=True
                    )
                    for feature in view.features
                },
                AS_OF: times,
            }
        )
        for view in repository.views
    }
