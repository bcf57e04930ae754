"""The errors that bundles raise."""


class BundleError(Exception):
    """A folder that can't be used or written as a bundle; the message says why."""


class ScoringError(Exception):
    """A model that failed, or answered a row with something other than a probability."""
