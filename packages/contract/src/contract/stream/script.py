"""A Lua script of this package, which Redis runs at once or not at all."""

import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import Any

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import NoScriptError


class Script:
    """Runs a script by its hash, and sends its text where Redis doesn't know it yet.

    Raises redis.exceptions.RedisError.
    """

    def __init__(self, *files: str, package: str = "contract.stream") -> None:
        """`files` are the parts of the script's text, in their order; `package` is where they are."""
        folder = resources.files(package)
        self._text = "".join(folder.joinpath(file).read_text() for file in files)
        self._sha = hashlib.sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    def run(self, redis: Redis, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """Give the script's reply."""
        try:
            return redis.evalsha(self._sha, len(keys), *keys, *arguments)
        except NoScriptError:
            return redis.eval(self._text, len(keys), *keys, *arguments)

    async def run_async(self, redis: AsyncRedis, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """Give the script's reply, from within an event loop."""
        try:
            return await redis.evalsha(self._sha, len(keys), *keys, *arguments)
        except NoScriptError:
            return await redis.eval(self._text, len(keys), *keys, *arguments)
