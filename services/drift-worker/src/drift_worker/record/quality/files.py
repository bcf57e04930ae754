"""The files of a quality evaluation, in REPORTS_DIR/<its id>/; each is written by rename."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from contract.keys import MODEL_PATTERN, VERSION_PATTERN, Partition
from drift_worker.errors import UnknownQualityError, UnreadableFileError
from drift_worker.record.files import HTML, JSON, RUN, new_file
from drift_worker.record.quality.evaluation import QualityReports

if TYPE_CHECKING:  # these take seconds to import, which commands that compare nothing need not wait for
    import pandas as pd

    from drift_worker.detect.evidently.report import DriftReport

QUALITY_ROWS: Final = "quality.parquet"
"""The predictions that were looked at, with their labels: all that the figures need."""

_ID: Final = re.compile(
    f"(?P<model>{MODEL_PATTERN})-(?P<version>{VERSION_PATTERN})-quality-(?P<number>[0-9]{{1,12}})"
    "-(?P<time>[0-9]{1,15})"
)


def quality_id_of(partition: Partition, number: int, last_ms: int) -> str:
    """The id of a version's evaluation of that number, whose newest prediction was made then.

    A number alone would not be unique after Redis was replaced by an empty one.
    """
    return f"{partition.window_prefix}-quality-{number}-{last_ms}"


def quality_partition(quality_id: str) -> Partition:
    """The model version that an evaluation is of; raises UnknownQualityError where it is no such id."""
    match = _ID.fullmatch(quality_id)
    if match is None:
        raise UnknownQualityError(
            f"{quality_id[:80]!r} is no id of a quality evaluation; `drift-worker quality` lists them"
        )
    return Partition(match["model"], match["version"])


def is_quality_id(name: str) -> bool:
    """Whether a name is that of a quality evaluation."""
    return _ID.fullmatch(name) is not None


def quality_ids(root: Path) -> list[str]:
    """The quality evaluations that have a folder in REPORTS_DIR, oldest first by their newest prediction."""
    try:
        found = [match for entry in root.iterdir() if (match := _ID.fullmatch(entry.name))]
    except FileNotFoundError:
        return []
    return [match[0] for match in sorted(found, key=lambda match: (int(match["time"]), int(match["number"])))]


class QualityFiles:
    """Saves what a quality evaluation is made of, and reads it back; saving again changes nothing."""

    def __init__(self, root: Path) -> None:
        """`root` is REPORTS_DIR."""
        self.root = root

    def folder(self, quality_id: str) -> Path:
        """Where an evaluation's files are; raises UnknownQualityError."""
        quality_partition(quality_id)
        return self.root / quality_id

    def save_rows(self, quality_id: str, rows: "pd.DataFrame") -> None:
        """Write the rows that were looked at."""
        folder = self.folder(quality_id)
        folder.mkdir(parents=True, exist_ok=True)
        with new_file(folder / QUALITY_ROWS) as path:
            rows.to_parquet(path, compression="zstd", index=False)

    def save_report(self, quality_id: str, report: "DriftReport") -> QualityReports:
        """Write the report; gives the paths of the evaluation's files."""
        folder = self.folder(quality_id)
        for name, text in ((HTML, report.html()), (JSON, report.json()), (RUN, report.run_json())):
            with new_file(folder / name) as path:
                path.write_text(text, encoding="utf-8")
        return QualityReports.model_validate(
            {
                "html": f"{quality_id}/{HTML}",
                "json": f"{quality_id}/{JSON}",
                "rows": f"{quality_id}/{QUALITY_ROWS}",
            }
        )

    def rows(self, quality_id: str) -> "pd.DataFrame":
        """The rows of an evaluation; raises UnknownQualityError, UnreadableFileError."""
        import pandas as pd  # noqa: PLC0415 - as above

        path = self.folder(quality_id) / QUALITY_ROWS
        try:
            return pd.read_parquet(path)
        except FileNotFoundError:
            raise UnknownQualityError(
                f"{path} is missing; it holds the rows of a quality evaluation"
            ) from None
        except (ValueError, OSError):
            raise UnreadableFileError(
                f"{path} is damaged; it holds the rows of a quality evaluation"
            ) from None
