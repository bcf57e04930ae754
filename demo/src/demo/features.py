"""The features of the demo's months, as Feast's server looks them up."""

from datetime import UTC, datetime
from pathlib import Path

from demo.errors import NoMonthsError
from demo.machine.feast_server import install_feast
from demo.months import Months
from training.features.write import write_repository


def write_features(months: Months, folder: Path) -> Path:
    """Install Feast, and return a repository in `folder` with the last month's values, as they are now.

    Raises NotInstalledError; NoMonthsError where there is no month; what `training feast` raises.
    """
    if not months.later:
        raise NoMonthsError(
            "FEAST=1, but no months of features to be looked up: expected DATA, a folder of them, as well"
        )
    install_feast()
    out = folder / "features"
    now = datetime.now(UTC).replace(microsecond=0)
    write_repository(months.bundle.schema, months.later[-1], out, months.bundle.name, now)
    return out
