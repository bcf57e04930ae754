"""Which version in MLflow's registry a kept bundle came from, in a small file beside the bundle's own."""

from pathlib import Path
from typing import Final

from pydantic import ValidationError

from contract.keys import Partition
from drift_worker.record.files import new_file
from registry import RegisteredVersion

REGISTERED: Final = "registered.json"


def kept_bundle(reports_dir: Path, partition: Partition) -> Path:
    """Where the bundle of a model version is kept, below REPORTS_DIR."""
    return reports_dir / "bundles" / partition.window_prefix


def note_registered(kept: Path, registered: RegisteredVersion) -> None:
    """Write beside a kept bundle which version it came from last; raises OSError."""
    if read_registered(kept) != registered:
        with new_file(kept / REGISTERED) as path:
            path.write_text(registered.model_dump_json(by_alias=True))


def read_registered(kept: Path) -> RegisteredVersion | None:
    """The version that a kept bundle came from; None of a bundle that came from a folder."""
    try:
        return RegisteredVersion.model_validate_json((kept / REGISTERED).read_text())
    except (FileNotFoundError, ValidationError):
        return None
