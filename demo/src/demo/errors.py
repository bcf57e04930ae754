"""The errors that end a demo, each with a message for the person at the terminal."""


class DemoError(Exception):
    """Base of the demo's errors."""


class ProcessEndedError(DemoError):
    """A process of the stack has ended by itself; the message holds its last log lines."""


class NoRedisServerError(DemoError):
    """There is neither a redis-server on the PATH nor a packaged one for this platform."""


class NotInstalledError(DemoError):
    """A server that has an environment of its own, MLflow or Feast, could not be installed."""


class FeatureStoreError(DemoError):
    """A month did not come into the feature store."""


class NoMonthsError(DemoError):
    """The data folder lacks month_000 or a later month."""


class AlreadyRunningError(DemoError):
    """Another demo uses the same folder."""


class TooSlowError(DemoError):
    """Something did not happen within its time limit."""


class RefusedRowsError(DemoError):
    """The service did not answer every row of a month with a prediction."""


class InterruptedDemoError(Exception):
    """Someone interrupted the demo, by Ctrl-C or a signal."""
