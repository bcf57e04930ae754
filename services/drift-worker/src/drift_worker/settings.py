"""The settings of drift-worker, each by an environment variable of the same name."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from contract.proxy.prefix import clean_prefix
from contract.settings import SharedSettings
from drift_worker.decide.decision import Policy

HOUR: Final = 3_600
DAY: Final = 24 * HOUR
YEAR: Final = 365 * DAY


UI_PATHS: Final = ("api", "projects", "reports", "static")
"""First parts of paths that `drift-worker ui` has itself."""


def _free_prefix(text: str) -> str:
    """The prefix, if it can't be taken for a path of the UI's own."""
    prefix = clean_prefix(text)
    if prefix.partition("/")[2].partition("/")[0] in UI_PATHS:
        raise ValueError(f"expected a path that begins with none of {', '.join(UI_PATHS)}")
    return prefix


class Settings(SharedSettings):
    """Settings of `run`, `sweep`, `ui` and the commands that look into Redis; durations are in seconds."""

    reports_dir: Path = Path("reports")
    """Where reports, windows and the Evidently workspace are written."""

    reports_keep: Annotated[int, Field(ge=1)] = 100
    """How many of the newest reports are kept; evaluations and window.parquet always are."""

    window_min_rows: Annotated[int, Field(ge=1)] = 50
    """Fewer records than this are INSUFFICIENT_DATA, and no reason to close a window by its age, as long as
    the version is served."""

    window_max_age: Annotated[float, Field(ge=0.1, le=YEAR)] = 900
    """How long a record waits at most in a window that has WINDOW_MIN_ROWS."""

    retire_after: Annotated[float, Field(ge=60, le=YEAR)] = DAY
    """After how long a model version that nobody serves is retired: its gauges and alerts end."""

    drift_share_threshold: Annotated[float, Field(gt=0, le=1)] = 0.30
    """The share of drifted features from which on retraining is triggered."""

    alert_budget: Annotated[float, Field(gt=0, le=2160)] = 1.0
    """False actions that are accepted in 2,160 windows, unless the bundle's schema says it."""

    stream_max_records: Annotated[int, Field(ge=1)] = 1_000_000
    """How many records a stream holds at most; beyond it the oldest closed windows expire."""

    audit_interval: Annotated[float, Field(ge=0.1, le=DAY)] = 60
    """How often the sweep compares the ledger with the stream itself."""

    lease_ttl: Annotated[float, Field(ge=1, le=HOUR)] = 20
    """How long a dead worker's window stays reserved for it; renewed every quarter of that."""

    heartbeat_file: Path | None = None
    """A file whose time worker and sweep set to when their heartbeat runs out; for a cheap health check."""

    job_timeout: Annotated[float, Field(ge=1, le=DAY)] = 600
    """How long one evaluation may take."""

    sweep_interval: Annotated[float, Field(ge=0.1, le=DAY)] = 5
    """How often the sweep looks for windows to close, to enqueue again and to trim."""

    label_patience: Annotated[float, Field(ge=0.1, le=DAY)] = 60
    """How long a label waits for its prediction at least before it counts as unmatched."""

    quality_rows: Annotated[int, Field(ge=1)] = 500
    """How many new labels of a model version lead to another evaluation of its quality."""

    ui_host: str = "127.0.0.1"
    """The address on which `drift-worker ui` listens."""

    ui_port: Annotated[int, Field(ge=0, le=65535)] = 8001
    """The port on which `drift-worker ui` listens."""

    ui_root_path: Annotated[str, AfterValidator(_free_prefix)] = ""
    """The path under which a proxy publishes `drift-worker ui`."""

    metrics_host: str = "127.0.0.1"
    """The address of METRICS_PORT."""

    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Where worker and sweep serve /metrics with OTEL_METRICS_EXPORTER=prometheus; 0 is nowhere."""

    @property
    def policy(self) -> Policy:
        """The limits by which windows are decided, unless the bundle's schema says others."""
        return Policy(self.window_min_rows, self.drift_share_threshold, self.alert_budget)
