"""Everything that knows Evidently; the rest of the worker sees findings, reports and a folder.

Evidently's usage telemetry is off: DO_NOT_TRACK is its documented switch, which it reads whenever it would
send an event. That, and the filters, must come before any import of Evidently's.
"""

import os
import warnings

os.environ.setdefault("DO_NOT_TRACK", "1")

with warnings.catch_warnings():
    # What Evidently 0.7.23 and its UI's framework say of their own sources when compiled and imported.
    warnings.filterwarnings("ignore", category=SyntaxWarning, module=r".*[/\\]evidently[/\\]")
    warnings.filterwarnings("ignore", "invalid escape", DeprecationWarning, module=r".*[/\\]evidently[/\\]")
    warnings.filterwarnings("ignore", "numpy.core", DeprecationWarning, module=r"evidently\.")
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"litestar\.")
    from drift_worker.evidently_adapter.detection import Detection, detect
    from drift_worker.evidently_adapter.report import About, DriftReport
    from drift_worker.evidently_adapter.workspace import Workspace

__all__ = ["About", "Detection", "DriftReport", "Workspace", "detect"]
