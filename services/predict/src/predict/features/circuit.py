"""Whether the feature server is worth asking: a count of the calls that it did not answer."""

from typing import Final

FAILURES: Final = 3
"""Calls in a row without an answer after which no request waits for one any more."""


class Circuit:
    """Opens after FAILURES calls in a row without an answer, and closes with the next answer.

    An answer counts whatever it says: it came in time, so nobody waits in vain. A client whose entity the
    server can't take must not close the way for all others.
    """

    def __init__(self) -> None:
        self._failures = 0

    @property
    def is_open(self) -> bool:
        """Whether nobody is to ask, but for the one who tries whether there are answers again."""
        return self._failures >= FAILURES

    def answered(self) -> None:
        """Take note of an answer."""
        self._failures = 0

    def failed(self) -> bool:
        """Take note of a call without an answer; says whether it is the one that opens the circuit."""
        self._failures += 1
        return self._failures == FAILURES
