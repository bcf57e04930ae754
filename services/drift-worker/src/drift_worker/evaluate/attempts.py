"""How often a window may be tried: one that can't be evaluated is not tried for ever."""

from collections.abc import Mapping
from typing import Final, cast

from redis import Redis

from contract.partition import partitions
from contract.windows import Window

MAX_FAILURES: Final = 3
"""Evaluations that may raise; the third is the last."""

FEW_DEATHS: Final = 3
"""Who reads a window over which more workers died may die as well."""

MAX_DEATHS: Final = 10
"""Workers that may die over one window: more than are killed by chance."""


_LACKS: Final = ":lacks"
"""The end of the field that says what a window waits for."""


def waiting_windows(redis: Redis) -> dict[str, list[str]]:
    """The windows that can't be evaluated yet, by what they wait for: a bundle that no worker has."""
    found: dict[str, list[str]] = {}
    for partition in partitions(redis):
        fields = cast("dict[bytes, bytes]", redis.hgetall(partition.attempts))
        for name, what in sorted(fields.items()):
            if name.endswith(_LACKS.encode()):
                found.setdefault(what.decode(), []).append(name.decode().removesuffix(_LACKS))
    return found


class Attempts:
    """Counts a pending window's attempts in Redis, so that they hold whichever worker makes them."""

    def __init__(self, redis: Redis, window: Window) -> None:
        self._redis = redis
        self._window = window
        self._key = window.partition.attempts
        self._begun = f"{window.id}:begun"
        self._failed = f"{window.id}:failed"
        self._lacks = f"{window.id}{_LACKS}"

    def begin(self) -> int:
        """Note that an attempt begins; gives how many workers died over the window before."""
        return self._redis.hincrby(self._key, self._begun, 1) - 1

    def failures(self) -> int:
        """How many evaluations of the window raised so far."""
        return int(cast("bytes | None", self._redis.hget(self._key, self._failed)) or 0)

    def troubled(self) -> bool:
        """Whether an evaluation of the window raised before, or workers died over it as by no chance."""
        begun, failed = cast("list[bytes | None]", self._redis.hmget(self._key, [self._begun, self._failed]))
        return int(begun or 0) > FEW_DEATHS or int(failed or 0) > 0

    def end(self) -> None:
        """Note that the worker lives, and that its attempt came to nothing."""
        self._note({self._begun: -1})

    def fail(self) -> int:
        """Note that the evaluation raised, and that its worker lives; gives how many raised so far.

        That is 0 where the window is done with: another worker had taken it over.
        """
        return self._note({self._begun: -1, self._failed: 1})

    def lacks(self, what: str) -> bool:
        """Note that the window waits for what no worker has; gives whether that is news."""
        return bool(self._redis.hset(self._key, self._lacks, what))

    def lacks_nothing(self) -> None:
        """Note that the window waits for nothing any more."""
        self._redis.hdel(self._key, self._lacks)

    def is_waiting(self) -> bool:
        """Whether the window waits for what no worker has."""
        return bool(self._redis.hexists(self._key, self._lacks))

    def forget(self) -> None:
        """Note that the window is done with."""
        self._redis.hdel(self._key, self._begun, self._failed, self._lacks)

    def _note(self, changes: Mapping[str, int]) -> int:
        """Count, and forget it again where the window is done with; gives the last of the counts, or 0."""
        with self._redis.pipeline(transaction=True) as transaction:
            for name, by in changes.items():
                transaction.hincrby(self._key, name, by)
            transaction.hexists(self._window.partition.pending, self._window.id)
            *counts, is_pending = transaction.execute()
        if not is_pending:
            self.forget()
            return 0
        return int(counts[-1])
