"""Versions that were served or logged some time ago, while a test waits for none."""

from redis import Redis

from contract.keys import Partition
from contract.partition import register
from contract.versions.use import read_use


def mark(
    redis: Redis, partition: Partition, ago: float = 0.0, served_for: float = 60.0, *, answered: bool = True
) -> None:
    """Leave the mark of a service that served the version for so long, until so many seconds ago.

    One that did not answer by it had it for a shadow.
    """
    register(redis, partition)
    last = read_use(redis, partition).now - round(1000 * ago)
    redis.hset(partition.served, mapping={"since": last - round(1000 * served_for), "last": last})
    if answered:
        redis.hset(partition.served, "answered", 1)
