"""The evaluations that REPORTS_DIR holds, each as what a list says of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final, Self

from pydantic import ValidationError

from contract.keys import Partition
from contract.windows import partition_of
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.files import EVALUATION, HTML, window_ids
from drift_worker.record.quality.evaluation import QualityEvaluation
from drift_worker.record.quality.files import quality_ids, quality_partition

SEARCHED: Final = 2_000
"""The newest evaluations that are read for one page; each is a file of some 10 kB."""

UNKNOWN: Final = "no evaluation to show"
"""Said of one that is not published yet, or that another version of the code wrote otherwise."""


def newest_report(folder: Path, ids: Sequence[str]) -> Path | None:
    """The newest report of these evaluations of REPORTS_DIR, which are in the order of time."""
    files = (folder / each / HTML for each in reversed(ids))
    return next((file for file in files if file.is_file()), None)


@dataclass(frozen=True, slots=True)
class Entry:
    """One evaluation, of a window or of the model's quality."""

    id: str
    partition: Partition
    has_report: bool
    """Whether its report is still there: only the newest are kept."""

    time: datetime | None = None
    """Of its newest record; None where there is no evaluation to show."""

    rows: int = 0
    """Records of a window, or labels that the quality was judged by."""

    figures: Sequence[str] = ()
    """A window's drift share, or the quality now and in the reference."""

    concerns: Sequence[str] = ()
    """The columns that drifted or are broken."""

    decision: str = ""
    """Or the status of a window without a decision."""

    reason: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is to show; what is empty leaves nothing out."""

    model: str = ""
    version: str = ""
    decision: str = ""

    def takes(self, partition: Partition) -> bool:
        """Whether evaluations of a model version are wanted."""
        return self.model in ("", partition.model) and self.version in ("", partition.version)


@dataclass(frozen=True, slots=True)
class Listed:
    """The newest evaluations of one kind that are wanted, newest first."""

    entries: Sequence[Entry]
    older: int
    """How many of the wanted model and version were not looked at."""

    @classmethod
    def of(cls, ids: Sequence[str], read: Callable[[str], Entry], wanted: Wanted, most: int) -> Self:
        """Read what is wanted of the ids, which are newest first, until there are enough."""
        looked_at = 0

        def found() -> Iterator[Entry]:
            nonlocal looked_at
            for each in ids[:SEARCHED]:
                looked_at += 1
                entry = read(each)
                if wanted.decision in ("", entry.decision):
                    yield entry

        entries = list(islice(found(), most))
        return cls(entries, len(ids) - looked_at)


@dataclass(frozen=True, slots=True)
class Evaluations:
    """What REPORTS_DIR holds; its pages read the files anew each time."""

    folder: Path

    @property
    def versions(self) -> list[Partition]:
        """Every model version that has an evaluation, by name and then by version."""
        windows = {partition_of(each) for each in window_ids(self.folder)}
        quality = {quality_partition(each) for each in quality_ids(self.folder)}
        return sorted(windows | quality, key=str)

    def windows(self, wanted: Wanted, most: int) -> Listed:
        """The windows' evaluations, `most` of them at most."""
        return Listed.of(_newest(window_ids(self.folder), partition_of, wanted), self._window, wanted, most)

    def quality(self, wanted: Wanted, most: int) -> Listed:
        """The same of the models' quality."""
        ids = _newest(quality_ids(self.folder), quality_partition, wanted)
        return Listed.of(ids, self._quality, wanted, most)

    def _window(self, window_id: str) -> Entry:
        folder, partition = self.folder / window_id, partition_of(window_id)
        shown = (folder / HTML).is_file()
        try:
            found = Evaluation.model_validate_json((folder / EVALUATION).read_bytes())
        except (FileNotFoundError, ValidationError):
            return Entry(window_id, partition, shown)
        return Entry(
            window_id,
            partition,
            shown,
            datetime.fromisoformat(found.last_time),
            found.rows,
            ["n/a" if found.drift_share is None else f"{found.drift_share:.2f}"],
            found.concerns,
            found.decision or found.status,
            "; ".join(filter(None, [found.reasons[0], found.late_sentence])),
        )

    def _quality(self, quality_id: str) -> Entry:
        folder, partition = self.folder / quality_id, quality_partition(quality_id)
        shown = (folder / HTML).is_file()
        try:
            found = QualityEvaluation.model_validate_json((folder / EVALUATION).read_bytes())
        except (FileNotFoundError, ValidationError):
            return Entry(quality_id, partition, shown)
        figure = found.figure
        now, reference = (figure.value, figure.reference) if figure else (None, None)
        return Entry(
            quality_id,
            partition,
            shown,
            datetime.fromisoformat(found.shown.last_time),
            found.shown.labels,
            [f"{figure.metric if figure else ''} {_two(now)}".strip(), _two(reference)],
            (),
            found.decision,
            found.reasons[0],
        )


def _newest(ids: Iterable[str], owner: Callable[[str], Partition], wanted: Wanted) -> list[str]:
    return [each for each in ids if wanted.takes(owner(each))][::-1]


def _two(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.2f}"
