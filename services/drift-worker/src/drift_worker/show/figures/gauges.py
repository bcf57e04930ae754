"""What the sweep publishes: each instrument, and how it is read off the status."""

from typing import Final

from drift_worker.show.figures.instruments import drift, labels, pipeline, quality, versions
from drift_worker.show.figures.instruments.instrument import Instrument

COUNTERS: Final[tuple[Instrument, ...]] = (*drift.COUNTERS, *quality.COUNTERS)

GAUGES: Final[tuple[Instrument, ...]] = (
    *versions.GAUGES,
    *pipeline.GAUGES,
    *drift.GAUGES,
    *labels.GAUGES,
    *quality.GAUGES,
)
