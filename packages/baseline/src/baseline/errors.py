"""The errors of reading a baseline."""


class BadBaselineError(Exception):
    """A baseline that cannot be read, or is not what a bundle keeps."""
