"""The errors that keep a replay from starting."""


class SimulatorError(Exception):
    """Base of every error of the simulator; the message is for the person at the terminal."""


class OptionsError(SimulatorError):
    """An option, or a combination of options, that can't be used."""


class ServiceError(SimulatorError):
    """A service that doesn't answer, isn't ready, or doesn't answer as predict does."""


class MonthError(SimulatorError):
    """A data set that the schema of the served model doesn't fit."""


class ScenarioError(SimulatorError):
    """A scenario that this schema or these rows don't allow."""
