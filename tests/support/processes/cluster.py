"""A Redis cluster of three nodes."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from redis import Redis

from demo.machine.ports import HOST, free_port
from demo.machine.redis_server import find_redis_server, redis_command
from tests.support.processes import program
from tests.support.processes.redis import answers
from tests.support.waiting import wait_for

SLOTS = 16384


@dataclass(frozen=True)
class Cluster:
    """The ports of its nodes."""

    ports: list[int]

    @property
    def url(self) -> str:
        """The address of one node."""
        return f"redis://{HOST}:{self.ports[0]}/0"


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Three nodes that know each other and share the slots; they have ended when the context has."""
    ports = [free_port() for _ in range(3)]
    buses = [free_port() for _ in ports]
    nodes = [_start(folder, port, bus) for port, bus in zip(ports, buses, strict=True)]
    clients = [Redis(HOST, port) for port in ports]
    try:
        for client in clients:
            wait_for("a node to answer", partial(answers, client), timeout=120)
        for place, client in enumerate(clients):
            share = range(place * SLOTS // 3, (place + 1) * SLOTS // 3)
            client.cluster("ADDSLOTS", *share)
            client.cluster("SET-CONFIG-EPOCH", place + 1)
        others = list(zip(ports, buses, strict=True))[1:]
        wait_for("the cluster to be up", lambda: _is_up(clients, others), timeout=120, interval=0.5)
        yield Cluster(ports)
    finally:
        for client in clients:
            client.close()
        for node in nodes:
            node.kill()
            node.wait()


def _start(folder: Path, port: int, bus: int) -> subprocess.Popen[bytes]:
    own = folder / str(port)
    own.mkdir()
    options = ["--cluster-enabled", "yes", "--cluster-port", bus]
    return program.start(
        [*redis_command(find_redis_server(), port, own), *options], stdout=subprocess.DEVNULL
    )


def _is_up(clients: Sequence[Redis], others: Sequence[tuple[int, int]]) -> bool:
    """Whether each node knows all; a meeting that came to nothing on a busy machine is tried again."""
    if all(client.cluster("INFO")["cluster_state"] == "ok" for client in clients):
        return True
    for port, bus in others:
        clients[0].cluster("MEET", HOST, port, bus)
    return False
