"""Which predictions are logged where only a share of them is to be."""

from typing import Final

_DIGITS: Final = 12
_ALL: Final = 16**_DIGITS


def is_sampled(prediction_id: str, rate: float) -> bool:
    """Whether a prediction is among the share `rate` (0 to 1) that is logged.

    The random end of the id decides, so everyone who knows the id and the rate comes to the same answer.
    """
    return int(prediction_id[-_DIGITS:], 16) < rate * _ALL
