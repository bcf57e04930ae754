"""The features of the demo's months, as Feast's server looks them up."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bundle import Bundle
from demo.errors import FeatureStoreError, NoMonthsError
from demo.machine.feast_server import install_feast, materialize_command
from demo.machine.processes import living
from demo.months import Months
from training.features.write import write_repository


@dataclass(frozen=True, slots=True)
class Features:
    """The Feast repository of a model; it holds the values of one month at a time."""

    model: Bundle
    repository: Path

    def write(self, month: Path) -> None:
        """Put the values of a month into the repository; they are so now."""
        now = datetime.now(UTC).replace(microsecond=0)
        write_repository(self.model.schema, month, self.repository, self.model.name, now)

    def materialize(self, month: Path, variables: Mapping[str, str]) -> None:
        """Put the values of a month in place of those that the server with these variables answers with.

        Raises FeatureStoreError with the last of what Feast says.
        """
        self.write(month)
        command = living(materialize_command(self.repository))
        ended = subprocess.run(  # noqa: S603 - our own command
            command, env={**os.environ, **variables}, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            said = (ended.stderr.strip() or ended.stdout.strip()).splitlines()[-1:]
            raise FeatureStoreError(f"{month.name} did not come into the feature store: {''.join(said)}")


def features_of(months: Months, folder: Path) -> Features:
    """Install Feast, and return a repository in `folder` with the first month that is replayed.

    Raises NotInstalledError; NoMonthsError where there is no month; what `training feast` raises.
    """
    if not months.later:
        raise NoMonthsError(
            "FEAST=1, but no months of features to be looked up: expected DATA, a folder of them, as well"
        )
    install_feast()
    features = Features(months.bundle, folder / "features")
    features.write(months.later[0])
    return features
