"""Redis servers that a test may break, and a wire to Redis that loses answers."""

import selectors
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from demo.ports import HOST, free_port
from demo.redis_server import find_redis_server, redis_command
from redis import Redis

from tests.conftest import answers
from tests.waiting import wait_for


@dataclass
class OwnRedis:
    """A server that belongs to one test: on a port of its own, to be stopped and started."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://{HOST}:{self.port}/0"

    def start(self, *options: str) -> None:
        """Start it, with what its folder holds, and wait until it answers."""
        command = [*redis_command(find_redis_server(), self.port, self.folder), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        with Redis.from_url(self.url) as client:
            wait_for("Redis to answer", lambda: answers(client) or "--requirepass" in options)

    def stop(self) -> None:
        """Kill it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def forget(self) -> None:
        """Remove what it has kept on disk, so that an empty one starts in its place."""
        for file in [*self.folder.glob("appendonlydir/*"), *self.folder.glob("*.rdb")]:
            file.unlink()


@contextmanager
def own_redis(folder: Path) -> Iterator[OwnRedis]:
    """A server that isn't started yet, and is stopped in the end."""
    server = OwnRedis(folder)
    try:
        yield server
    finally:
        server.stop()


class Wire:
    """A TCP connection to a server that can lose or change answers while requests go through."""

    def __init__(self, port: int) -> None:
        self._target = (HOST, port)
        self._listener = socket.create_server((HOST, 0))
        self._ended = threading.Event()
        self.loses_answers = threading.Event()
        self.lost = 0
        self.replaced: dict[bytes, bytes] = {}
        """Text in answers, and what of the same length comes instead."""
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where the server seems to be."""
        return f"redis://{HOST}:{self._listener.getsockname()[1]}/0"

    def close(self) -> None:
        """End, and close every connection."""
        self._ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as server, selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            while not self._ended.is_set():
                for key, _ in ready.select(timeout=0.1):
                    source, target = key.fileobj, key.data
                    assert isinstance(source, socket.socket)
                    if not self._pass_on(source, target, is_answer=source is server):
                        return

    def _pass_on(self, source: socket.socket, target: socket.socket, is_answer: bool) -> bool:
        try:
            content = source.recv(65536)
            if not content:
                return False
            if is_answer and self.loses_answers.is_set():
                self.lost += 1
                return True
            for text, other in self.replaced.items() if is_answer else ():
                content = content.replace(text, other)
            target.sendall(content)
        except OSError:
            return False
        return True
