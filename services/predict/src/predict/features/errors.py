"""What can go wrong between predict and the feature server."""


class FeatureServerError(Exception):
    """Nothing can be looked up; the message says what the feature server did."""


class NoAnswerError(FeatureServerError):
    """No answer came in time: the server is away, too slow, or the answer was cut off."""


class RefusedCallError(FeatureServerError):
    """The server refused a call; it may be for one of the entities only."""


class BadAnswerError(FeatureServerError):
    """An answer that is not what a feature server says, or not what the model takes."""
