"""The newest predictions with matured labels, and the predictions between them, read window by window."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contract.schema import Schema
from drift_worker.detect.quality.stretches import CAME, LABEL, MOST
from drift_worker.labels.windows import WindowSpan
from drift_worker.record.files import LABELS, ROWS, WindowFiles, is_damage

WANTED: Final = max(MOST.values())

COUNTING: Final = ("joined", "implied")
"""The states of labels that count; a prediction has one such label at most."""

log = logging.getLogger(__name__)


def quality_rows(
    windows: Sequence[WindowSpan], files: WindowFiles, schema: Schema, *, until_labelled: bool
) -> pd.DataFrame:
    """The predictions from the 5,000th newest labelled one on, in the order of their times.

    Columns are id, time and output of each prediction, its LABEL and when it CAME. Windows are read from the
    newest back, and no more of them than it takes. With `until_labelled` the newest labelled prediction is
    the last one: the labels of those after it may still be on their way.
    """
    newest_first = sorted(windows, key=lambda each: (each.last_ms, each.first_ms, each.id), reverse=True)
    parts: list[pd.DataFrame] = []
    times: list[Any] = []
    for place, window in enumerate(newest_first):
        if _enough(times, window.last_ms):
            log.debug("read %d of %d windows", place, len(windows))
            break
        rows = _read(files.folder(window.id), schema)
        if rows is not None:
            parts.append(rows)
            labelled = rows.loc[rows[LABEL].notna(), schema.timestamp]
            times.append(labelled.astype("int64").to_numpy())
    return _cut(parts, schema, until_labelled=until_labelled)


def _enough(times: Sequence[Any], next_ms: int) -> bool:
    """Whether the 5,000th newest labelled prediction is newer than all that the windows to come hold."""
    known = np.concatenate(times) if times else np.empty(0, np.int64)
    if len(known) < WANTED:
        return False
    return bool(np.partition(known, -WANTED)[-WANTED] > next_ms)


def _cut(parts: Sequence[pd.DataFrame], schema: Schema, *, until_labelled: bool) -> pd.DataFrame:
    if not parts:
        columns = [schema.prediction_id, schema.timestamp, *schema.outputs, LABEL, CAME]
        return pd.DataFrame(columns=columns)
    rows = pd.concat([each.astype({LABEL: object}) for each in parts], ignore_index=True)
    rows = rows.sort_values([schema.timestamp, schema.prediction_id], kind="stable", ignore_index=True)
    labelled = np.flatnonzero(rows[LABEL].notna().to_numpy())
    if not len(labelled):
        return rows.iloc[:0]
    end = int(labelled[-1]) + 1 if until_labelled else len(rows)
    return rows.iloc[int(labelled[-WANTED:][0]) : end].reset_index(drop=True)


def _read(folder: Path, schema: Schema) -> pd.DataFrame | None:
    """The predictions of a window with their labels; None where its rows are gone, or damaged."""
    wanted = {schema.prediction_id, schema.timestamp, *schema.outputs, schema.beside("probabilities")}
    try:
        with pq.ParquetFile(folder / ROWS) as file:
            rows: pd.DataFrame = file.read(
                columns=[name for name in file.schema_arrow.names if name in wanted]
            ).to_pandas()
    except FileNotFoundError:
        return None
    except (pa.ArrowInvalid, OSError) as error:
        if not is_damage(error):
            raise
        log.error("%s is damaged: its predictions are left out", folder / ROWS)  # noqa: TRY400 - that is all
        return None
    rows[schema.timestamp] = rows[schema.timestamp].astype("datetime64[ms, UTC]")
    labels = _labels(folder / LABELS)
    if labels is None:
        came = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ms, UTC]")
        return rows.assign(**{LABEL: None, CAME: came})
    return rows.join(labels, on=schema.prediction_id)


def _labels(path: Path) -> pd.DataFrame | None:
    """The labels that count, by prediction id; None where a window has none, or a damaged file of them."""
    try:
        table = pq.read_table(path, columns=["prediction_id", "label", "label_id", "state"])
    except FileNotFoundError:
        return None
    except (pa.ArrowInvalid, OSError) as error:
        if not is_damage(error):
            raise
        log.error("%s is damaged: its labels are left out", path)  # noqa: TRY400 - that is all that is known
        return None
    table = table.filter(pc.is_in(table["state"], value_set=pa.array(COUNTING)))
    sent = [int(each.partition("-")[0]) if each else None for each in table["label_id"].to_pylist()]
    came = pa.array(sent, pa.timestamp("ms", "UTC")).to_pandas()
    index = pd.Index(table["prediction_id"].to_pylist(), dtype=object)
    labels = table["label"].to_pandas().astype(object)
    return pd.DataFrame({LABEL: labels.to_numpy(), CAME: came.array}, index=index)
