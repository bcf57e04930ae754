"""A wire to Redis on which every answer takes a while."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from demo.machine.ports import HOST


class SlowWire:
    """Listens on a port of its own, and passes everything on; answers after `delay` seconds."""

    def __init__(self, port: int) -> None:
        self.delay = 0.0
        self._target = (HOST, port)
        self._listening = 0

    @property
    def url(self) -> str:
        """Where the server seems to be."""
        return f"redis://{HOST}:{self._listening}/0"

    async def listen(self) -> asyncio.Server:
        """Begin to take connections."""
        server = await asyncio.start_server(self._carry, HOST, 0)
        self._listening = server.sockets[0].getsockname()[1]
        return server

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answers, requests = await asyncio.open_connection(*self._target)
        except OSError:
            writer.close()
            return
        ways = (self._pass_on(reader, requests, slowly=False), self._pass_on(answers, writer, slowly=True))
        await asyncio.gather(*ways)

    async def _pass_on(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, slowly: bool
    ) -> None:
        try:
            while content := await source.read(65536):
                if slowly:
                    await asyncio.sleep(self.delay)
                target.write(content)
        except OSError:
            pass  # one of the two has gone
        finally:
            target.close()


@contextmanager
def slow_wire(port: int) -> Iterator[SlowWire]:
    """A wire to the server on that port; it ends with the context."""
    wire, loop = SlowWire(port), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(wire.listen(), loop).result()
    try:
        yield wire
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server) -> None:
    """Take no more connections, and end those that are open."""
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
