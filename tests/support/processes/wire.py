"""A wire to a server that loses answers."""

import selectors
import socket
import threading
import time

from demo.machine.ports import HOST


class Wire:
    """A TCP connection to a server that can lose or change answers while requests go through."""

    def __init__(self, port: int) -> None:
        self._target = (HOST, port)
        self._listener = socket.create_server((HOST, 0))
        self._ended = threading.Event()
        self.loses_answers = threading.Event()
        self.is_cut = threading.Event()
        """While it is set, connections are closed as soon as they are made."""
        self.lost = 0
        self.replaced: dict[bytes, bytes] = {}
        """Text in answers, and what of the same length comes instead."""
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Where the server seems to be."""
        return f"redis://{HOST}:{self.port}/0"

    def lead_to(self, port: int, *, cut: bool = True) -> None:
        """Have connections that are made from now on lead to another server, and cut the others if wanted."""
        self._target = (HOST, port)
        if not cut:
            return
        self.is_cut.set()
        time.sleep(0.3)  # each connection looks every 0.1 s
        self.is_cut.clear()

    def close(self) -> None:
        """End, and close every connection; once it has ended, this changes nothing."""
        if self._ended.is_set():
            return
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
            if self.is_cut.is_set():
                client.close()
                continue
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as server, selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            while not self._ended.is_set() and not self.is_cut.is_set():
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
