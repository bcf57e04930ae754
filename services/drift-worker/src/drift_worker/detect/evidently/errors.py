"""The errors of a comparison as a whole; a column that cannot be compared is a finding instead."""

from drift_worker.errors import DriftWorkerError


class FrameError(DriftWorkerError):
    """Reference or current lack a column of the schema, or hold values that are not of its kind."""


class EvidentlyResultError(DriftWorkerError):
    """Evidently's result lacks a figure that a finding needs; it is never taken to be 0."""
