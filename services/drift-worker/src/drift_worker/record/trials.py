"""The newest trial of each model version, in REPORTS_DIR/trials/: a page and the same as JSON."""

import re
from pathlib import Path
from typing import Final

from contract.keys import MODEL_PATTERN, VERSION_PATTERN
from drift_worker.record.files import new_file
from drift_worker.record.trial import Trial

FOLDER: Final = "trials"

_NAME: Final = re.compile(rf"{MODEL_PATTERN}-{VERSION_PATTERN}\.(html|json)")


def trials_folder(root: Path) -> Path:
    """Make sure that trials can be kept in REPORTS_DIR; raises OSError."""
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with new_file(folder / ".writable") as path:
        path.touch()
    (folder / ".writable").unlink(missing_ok=True)
    return folder


def save_trial(root: Path, trial: Trial, page: str) -> tuple[Path, Path]:
    """Write the trial's page and JSON, in place of an earlier trial's; gives their paths, raises OSError."""
    html, json = (root / FOLDER / f"{trial.name}.{kind}" for kind in ("html", "json"))
    for path, text in ((html, page), (json, trial.model_dump_json(indent=2) + "\n")):
        with new_file(path) as partial:
            partial.write_text(text, encoding="utf-8")
    return html, json


def trial_file(root: Path, name: str) -> Path | None:
    """A trial's page or JSON by the file's name; None where there is none, and for every other name."""
    path = root / FOLDER / name
    return path if _NAME.fullmatch(name) and path.is_file() else None


def trial_pages(root: Path) -> list[Path]:
    """The pages of trials, the newest first; a page is called by the model and its version."""
    pages = [path for path in (root / FOLDER).glob("*.html") if _NAME.fullmatch(path.name)]
    return sorted(pages, key=lambda path: path.stat().st_mtime, reverse=True)
