"""Whether a version is used: by whom it is served, when it logged last, and whether it is retired."""

from dataclasses import dataclass

from redis import Redis

from contract.keys import Partition
from contract.versions.served import STALE_AFTER, Served, read_mark
from contract.windows import last_record, milliseconds


@dataclass(frozen=True, slots=True)
class Use:
    """What is known of a version's use; times are in milliseconds since the epoch, by the clock of Redis."""

    now: int
    """When this was read."""

    served: Served | None
    """The version's mark; None where nobody that marks ever served it."""

    recorded: int | None
    """When its last record arrived; None where none ever did."""

    retired: int | None
    """When it was retired; None where it never was."""

    @property
    def last(self) -> int | None:
        """When it was served or logged last, as far as is known; None for never."""
        known = [self.served.last if self.served else None, self.recorded]
        return max((each for each in known if each is not None), default=None)

    @property
    def is_served(self) -> bool | None:
        """Whether it is served now; None where nobody that marks ever served it, so that nobody knows."""
        return self.served.is_fresh(self.now) if self.served else None

    @property
    def is_retired(self) -> bool:
        """Whether it is retired; one that is served or logs again no longer is."""
        return self.retired is not None and (self.last is None or self.last <= self.retired)

    @property
    def idle_seconds(self) -> float:
        """For how many seconds nobody has served it, as far as is known; 0 where nothing is known."""
        return 0.0 if self.last is None else max(0.0, (self.now - self.last) / 1e3)

    @property
    def is_idle(self) -> bool:
        """Whether nobody serves it any more: its mark is stale, or it is retired, and it logs nothing."""
        return self.is_retired or (self.served is not None and self.idle_seconds > STALE_AFTER)


def read_use(redis: Redis, partition: Partition) -> Use:
    """Read it at one moment; raises redis.exceptions.RedisError."""
    with redis.pipeline(transaction=True) as transaction:
        transaction.time()
        transaction.hgetall(partition.served)
        transaction.hget(partition.open_window, "last")
        transaction.zrange(partition.evaluated, -1, -1)
        transaction.get(partition.retired)
        (seconds, microseconds), mark, last, newest, retired = transaction.execute()
    return Use(
        now=1000 * seconds + microseconds // 1000,
        served=read_mark(mark),
        recorded=_recorded(last, newest),
        retired=None if retired is None else int(retired),
    )


def retire(redis: Redis, partition: Partition, use: Use) -> None:
    """Retire the version as of the time at which its use was read: what serves it after that ends it.

    Raises redis.exceptions.RedisError.
    """
    redis.set(partition.retired, use.now)


def forget_retirement(redis: Redis, partition: Partition) -> None:
    """Delete what says that the version was retired; raises redis.exceptions.RedisError."""
    redis.delete(partition.retired)


def _recorded(last: bytes | None, newest: list[bytes]) -> int | None:
    """The time of the last record: as the open window has it, else as the id of the newest window says it."""
    if last is not None and (recorded := milliseconds(last.decode())) > 0:
        return recorded
    return last_record(newest[0].decode())[0] if newest else None
