"""The errors that end an evaluation or a command, each with a message for a person."""


class DriftWorkerError(Exception):
    """Base of the drift worker's errors; commands print the message and exit with 2."""


class UnknownWindowError(DriftWorkerError):
    """No closed window has that id."""


class UnknownBundleError(DriftWorkerError):
    """A window was logged by a model version whose bundle this worker does not have."""


class MissingBundleError(UnknownBundleError):
    """Nobody has given the bundle to a worker of this REPORTS_DIR yet: its windows wait for it."""


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


class UnknownVersionError(DriftWorkerError):
    """No model, or no version of one, is called so."""


class ServedVersionError(DriftWorkerError):
    """A model version that is to be retired, though predict serves it."""


class BadLimitError(DriftWorkerError):
    """Settings that contradict each other."""


class TrialError(DriftWorkerError):
    """A bundle that can't be tried, or a trial with numbers that say nothing."""


class StillPendingError(DriftWorkerError):
    """Closed windows that were not evaluated in the time that was given."""


class BadLabelFileError(DriftWorkerError):
    """A file of labels that can't be read, or that has rows that can't be used."""


class UnknownQualityError(DriftWorkerError):
    """No quality evaluation has that id, or its rows are gone."""
