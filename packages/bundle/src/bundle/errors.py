"""The errors that bundles raise."""


class BundleError(Exception):
    """A folder that cannot be used as a bundle, or cannot be written as one; the message says why."""


class ScoringError(Exception):
    """A model that answered a row with something other than a probability."""
