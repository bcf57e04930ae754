"""What Evidently is told before it is imported."""

import os
import warnings


def quiet_evidently() -> None:
    """Switch Evidently's usage telemetry off, and hide the warnings about its own sources and its UI's.

    DO_NOT_TRACK is Evidently's documented switch; it reads it whenever it would send an event.
    """
    os.environ.setdefault("DO_NOT_TRACK", "1")
    warnings.filterwarnings("ignore", category=SyntaxWarning, module=r".*[/\\]evidently[/\\]")
    warnings.filterwarnings("ignore", "invalid escape", DeprecationWarning, module=r".*[/\\]evidently[/\\]")
    warnings.filterwarnings("ignore", "numpy.core", DeprecationWarning, module=r"evidently\.")
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"litestar\.")
