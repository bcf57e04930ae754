"""The example that everything is measured with."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent

BUNDLE: Final = ROOT / "bundles" / "churn"
MONTH: Final = ROOT / "data" / "streamflow" / "month_001"
