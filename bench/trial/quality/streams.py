"""Predictions over time, in windows, whose labels come the later the longer their outcome takes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.trial.quality.draws import DAY, HORIZON, START
from bench.trial.quality.populations import Population
from contract.keys import Partition
from drift_worker.labels.file import LabelFile, LabelRow
from drift_worker.labels.windows import WindowSpan
from drift_worker.record.files import WindowFiles

MODEL: Final = Partition("trial", "0" * 12)

WINDOWS: Final = 3
WINDOW_ROWS: Final = 1_000
WINDOW_MS: Final = 5 * DAY
"""A stream is 3,000 predictions in 15 days, which is one look of the short stretch alone and two of both."""

SOON_MS: Final = 2 * DAY
"""The mean delay of labels that come soon."""

WEEKS_MS: Final = 21 * DAY
SPREAD: Final = 0.35
"""Half of the others come after three weeks, and 1.5 of 100 after the horizon: those are too late."""


@dataclass(frozen=True, slots=True)
class Story:
    """Whose predictions they are, and the outcome that is known weeks after the others."""

    population: Callable[[], Population]
    late: str


@dataclass(frozen=True, slots=True)
class Stream:
    """Predictions of a model that does not change, as files of windows."""

    rows: Population
    times: NDArray[np.int64]
    came: NDArray[np.int64]
    """When each prediction was made and when its label comes, in milliseconds, shape (rows,)."""

    files: WindowFiles

    @classmethod
    def drawn(cls, story: Story, rng: np.random.Generator, folder: Path) -> "Stream":
        """Draw predictions, and write their windows into the folder."""
        rows = story.population().drawn(WINDOWS * WINDOW_ROWS, rng)
        count = len(rows.truth)
        times = START + np.arange(count) * (WINDOW_MS // WINDOW_ROWS)
        weeks, soon = rng.lognormal(np.log(WEEKS_MS), SPREAD, count), rng.exponential(SOON_MS, count)
        delay = np.where(rows.truth == story.late, weeks, soon).astype(np.int64)
        stream = cls(rows, times, times + delay, WindowFiles(folder))
        for number, span in enumerate(stream.spans()):
            stream.files.save(span.id, None, stream._frame(_part(number)))
        return stream

    def spans(self) -> list[WindowSpan]:
        """Its windows, all of them evaluated."""
        found = []
        for number in range(WINDOWS):
            first, last = (int(each) for each in self.times[_part(number)][[0, -1]])
            window_id = f"{MODEL.model}-{MODEL.version}-{last}-0"
            found.append(WindowSpan(window_id, MODEL, "evaluated", first, last))
        return found

    def labelled(self, number: int, now_ms: int) -> NDArray[np.intp]:
        """The places of a window's predictions whose labels have come by then, and not too late."""
        part = _part(number)
        has = (self.came[part] <= now_ms) & (self.came[part] - self.times[part] <= HORIZON)
        return np.arange(part.start, part.stop)[has]

    def write_labels(self, span: WindowSpan, places: NDArray[np.intp]) -> None:
        """Write the labels of a window's predictions at these places, as a joining does."""
        LabelFile(self.files.folder(span.id)).add(
            LabelRow(
                f"{place:08d}", None, self.rows.truth[place], int(self.times[place]), f"{self.came[place]}-0"
            )
            for place in places
        )

    def _frame(self, part: slice) -> pd.DataFrame:
        """The rows of a window as it is kept."""
        schema = self.rows.schema
        times = pd.to_datetime(self.times[part], unit="ms", utc=True)
        ids = [f"{place:08d}" for place in range(part.start, part.stop)]
        frame = pd.DataFrame({schema.prediction_id: ids, schema.timestamp: times})
        return frame.join(self.rows.outputs.iloc[part].reset_index(drop=True))


def _part(number: int) -> slice:
    """The places of a window's predictions."""
    return slice(number * WINDOW_ROWS, (number + 1) * WINDOW_ROWS)
