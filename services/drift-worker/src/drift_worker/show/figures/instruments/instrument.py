"""One instrument, and how it is read."""

from drift_worker.show.figures.observations import Observe

Instrument = tuple[str, str, str, Observe]
"""Name, unit, description, and what is observed."""
