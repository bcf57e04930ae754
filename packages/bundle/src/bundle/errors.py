"""The errors that bundles raise."""

from typing import Final

BUILD_ANEW: Final = "; build the bundle anew with `training build`"
"""What helps where a bundle's content is wrong; it ends the message."""


class BundleError(Exception):
    """A folder that can't be used or written as a bundle; the message says why."""


class ScoringError(Exception):
    """A model that failed, or answered a row with something other than a probability."""
