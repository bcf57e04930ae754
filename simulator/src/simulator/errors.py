"""What can keep a replay from starting."""


class SimulatorError(Exception):
    """Base of every error of the simulator; the message is for the person at the terminal."""


class OptionsError(SimulatorError):
    """Options that make no sense, alone or together."""


class ServiceError(SimulatorError):
    """A service that isn't there, isn't ready, or doesn't answer as predict does."""


class DataError(SimulatorError):
    """A data set that can't be read as what the served model takes."""


class ScenarioError(SimulatorError):
    """A scenario that this schema or these rows don't allow."""
