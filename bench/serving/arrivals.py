"""When requests are sent at a constant rate, whatever becomes of those before."""


class Arrivals:
    """The times at which requests are due, each given out once, in order; in seconds on one clock.

    A latency is counted from when its request was due: a service that stalls is not spared the requests
    that would have come meanwhile.
    """

    def __init__(self, began: float, rate: float, count: int) -> None:
        """The first is due at `began`, the others follow every 1/`rate` seconds, `count` in all."""
        self._began = began
        self._rate = rate
        self._count = count
        self._taken = 0

    @property
    def next(self) -> float | None:
        """When the next request is due; None after the last."""
        return None if self._taken == self._count else self._began + self._taken / self._rate

    def take(self, now: float) -> list[float]:
        """The times of all requests that are due by now."""
        due = []
        while (time := self.next) is not None and time <= now:
            due.append(time)
            self._taken += 1
        return due
