"""The errors that end an evaluation or a command, each with a message for a person."""

from typing import Self


class DriftWorkerError(Exception):
    """Base of the drift worker's errors; commands print the message and exit with 2."""


class UnknownWindowError(DriftWorkerError):
    """No closed window has that id."""


class UnknownBundleError(DriftWorkerError):
    """A window was logged by a model version whose bundle this worker does not have."""


class MissingEntriesError(DriftWorkerError):
    """The stream holds fewer entries in a window's range than were appended to it."""


class EvaluationError(DriftWorkerError):
    """An evaluation raised; the message is the type of what it raised, whose text may quote a value."""


class UnreadableFileError(DriftWorkerError):
    """A file of REPORTS_DIR that is damaged."""


class NotFailedError(DriftWorkerError):
    """A window whose evaluation is not one that failed."""


class NotEvaluatedError(DriftWorkerError):
    """A window that has no evaluation with a decision."""


class BadLimitError(DriftWorkerError):
    """Settings that contradict each other."""


class ListenError(DriftWorkerError):
    """An address that is taken or not this machine's."""

    @classmethod
    def on(cls, host: str, port: int, error: OSError | UnicodeError, setting: str) -> Self:
        """The error of listening there, where `setting`_HOST and `setting`_PORT say so."""
        why = error.strerror if isinstance(error, OSError) else "this is no name of a host"
        return cls(f"can't listen on {host}:{port}: {why}; set {setting}_HOST or {setting}_PORT to another")


class StillPendingError(DriftWorkerError):
    """Closed windows that were not evaluated in the time that was given."""
