"""What can keep a demo from running, each with a message for a person."""


class DemoError(Exception):
    """Base of the demo's errors."""


class PartFailedError(DemoError):
    """A part of the stack ended by itself; the message holds its last log lines."""


class NoRedisServerError(DemoError):
    """Neither a redis-server on the PATH nor a packaged one for this platform."""


class NoMonthsError(DemoError):
    """A data folder that has no month_000 and a later month."""


class AlreadyRunningError(DemoError):
    """Another demo works in the same folder."""


class TooSlowError(DemoError):
    """Something that was waited for did not come in time."""


class RefusedRowsError(DemoError):
    """Rows of a month that the service did not answer with a prediction."""


class InterruptedDemoError(Exception):
    """Someone asked for the end."""
