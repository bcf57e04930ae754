"""redis-py's connections for an event loop, with what they lack."""

from typing import Any

from redis.asyncio.connection import ConnectionPool
from redis.connection import HiredisRespSerializer
from redis.exceptions import ConnectionError as RedisConnectionError


def mend(pool: ConnectionPool) -> None:
    """Have the pool make such connections, of whichever kind its own are."""
    pool.connection_class = type("MendedConnection", (_Mended, pool.connection_class), {})


class _Mended:
    def pack_command(self, *arguments: Any) -> list[bytes]:
        """Pack as redis-py's other client does; in Python it is a fifth of a commit's work."""
        packed: list[bytes] = HiredisRespSerializer().pack(*arguments)
        return packed

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        """Send it; raises redis.exceptions.ConnectionError where the other side has closed the connection."""
        try:
            await super().send_packed_command(command, check_health)  # type: ignore[misc]
        except RuntimeError as error:  # what uvloop raises for that; redis-py expects an OSError
            raise RedisConnectionError(str(error)) from error
