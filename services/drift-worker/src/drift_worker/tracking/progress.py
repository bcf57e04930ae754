"""Which evaluations stand in the run already; kept in Redis, where the evaluations are."""

from collections.abc import Iterable
from typing import Final, Self, cast

from pydantic import BaseModel, ValidationError
from redis import Redis

from contract.keys import Partition

MOST_BEYOND: Final = 10_000
"""A window before so many others that has no evaluation still, gets none."""


class Progress(BaseModel):
    """The numbers of what was logged; only the sweep writes it.

    A sweep that is killed after it has logged and before it has kept this logs the same points again, which
    changes nothing in MLflow.
    """

    windows: int = 0
    """Every window up to this number is settled: logged, or nothing to log."""

    beyond: set[int] = set()
    """Windows after it that are settled too: windows are evaluated in any order."""

    failed: set[int] = set()
    """Settled windows whose evaluation failed: `retry` may give them another one."""

    quality: int = 0
    """Every look at the labels up to this number is logged."""

    @classmethod
    def read(cls, redis: Redis, partition: Partition) -> Self:
        """What was kept of a model version; raises redis.exceptions.RedisError.

        Where it can't be read all is logged again, which changes nothing in MLflow.
        """
        text = cast("bytes | None", redis.get(partition.logged))
        try:
            return cls() if text is None else cls.model_validate_json(text)
        except ValidationError:
            return cls()

    def keep(self, redis: Redis, partition: Partition) -> None:
        """Keep it; raises redis.exceptions.RedisError."""
        redis.set(partition.logged, self.model_dump_json())

    def open(self, evaluated: Iterable[int]) -> list[int]:
        """The numbers among these that are not settled, or failed, in their order."""
        return sorted(each for each in evaluated if not self.settles(each) or each in self.failed)

    def settles(self, number: int) -> bool:
        """Whether a window is settled."""
        return number <= self.windows or number in self.beyond

    def settle(self, number: int, *, failed: bool) -> None:
        """Note that a window is settled."""
        (self.failed.add if failed else self.failed.discard)(number)
        if not self.settles(number):
            self.beyond.add(number)
        if len(self.beyond) > MOST_BEYOND:
            self.windows = min(self.beyond) - 1
        while self.windows + 1 in self.beyond:
            self.windows += 1
            self.beyond.discard(self.windows)
