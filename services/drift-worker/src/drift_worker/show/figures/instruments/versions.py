"""Which versions are served, and which are retired."""

from typing import Final

from drift_worker.show.figures.instruments.instrument import Instrument
from drift_worker.show.figures.observations import of_every_version
from drift_worker.show.figures.status import VersionStatus


def _is_served(version: VersionStatus) -> float | None:
    served = version.use.is_served
    return None if served is None else float(served)


def _since(version: VersionStatus) -> float | None:
    mark = version.use.served
    return mark.since / 1e3 if mark and version.use.is_served else None


GAUGES: Final[tuple[Instrument, ...]] = (
    (
        "model.version.served",
        "",
        "1 while a process serves the version, 0 once none does any more",
        of_every_version(_is_served),
    ),
    (
        "model.version.served.since.timestamp",
        "s",
        "Since when the version is served, where it is",
        of_every_version(_since),
    ),
    (
        "model.version.retired",
        "",
        "1 once the version is retired, 0 while it is in use",
        of_every_version(lambda version: float(version.use.is_retired)),
    ),
)
