"""Three Sentinels that watch a master and its replica, all with passwords."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import quote

from redis import Redis
from redis.exceptions import RedisError

from demo.machine.ports import HOST, free_port
from demo.machine.redis_server import find_redis_server
from tests.support.processes import program
from tests.support.processes.redis import OwnRedis, answers, own_redis
from tests.support.waiting import wait_for

MASTER = "drift"
PASSWORD = "p@ss/w#rd?$"  # noqa: S105 - the test's own
SENTINEL_PASSWORD = "s3nti+nel&"  # noqa: S105 - the test's own
DOWN_AFTER = 1.5
"""Seconds without an answer after which a master counts as down."""


@dataclass
class Sentinels:
    """The Sentinels' ports, and the servers of which one is the master."""

    ports: list[int]
    servers: list[OwnRedis]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """REDIS_URL; the passwords are percent-encoded, but for a plus, which is itself."""
        hosts = ",".join(f"{HOST}:{port}" for port in self.ports)
        asked = f"sentinel_password={quote(SENTINEL_PASSWORD, safe='+')}"
        return f"redis+sentinel://:{quote(PASSWORD, safe='')}@{hosts}/{MASTER}/0?{asked}"

    def master(self) -> OwnRedis:
        """The server that the Sentinels take for the master."""
        with Redis(HOST, self.ports[0], password=SENTINEL_PASSWORD, protocol=2) as sentinel:
            _, port = sentinel.sentinel_get_master_addr_by_name(MASTER)
        return next(server for server in self.servers if server.port == int(port))

    def replica(self) -> OwnRedis:
        """The other one."""
        master = self.master()
        return next(server for server in self.servers if server is not master)

    def switch(self) -> None:
        """Have the Sentinels make the replica the master."""
        with Redis(HOST, self.ports[0], password=SENTINEL_PASSWORD, protocol=2) as sentinel:
            sentinel.execute_command("SENTINEL", "FAILOVER", MASTER)

    def wait_until_whole(self) -> None:
        """Return once the master has its replica, and each Sentinel knows that and the other Sentinels."""
        wait_for("the replica to follow", self._follows, timeout=120)
        for port in self.ports:
            wait_for("a Sentinel to know all", partial(self._knows_all, port), timeout=120)

    def _follows(self) -> bool:
        replica = self.replica()
        if replica.process is None:
            replica.start(*_options(), "--replicaof", f"{HOST} {self.master().port}")
        with client_of(replica) as redis:
            try:
                info = redis.info("replication")
            except RedisError:
                return False
        return (info["role"], info.get("master_link_status")) == ("slave", "up")

    def _knows_all(self, port: int) -> bool:
        with Redis(HOST, port, password=SENTINEL_PASSWORD, protocol=2) as sentinel:
            try:
                state = sentinel.sentinel_masters()[MASTER]
            except (RedisError, KeyError):
                return False
            followers = sentinel.sentinel_slaves(MASTER)
        known = (state["num-other-sentinels"], len(followers), state["is_odown"], state["is_sdown"])
        return known == (2, 1, False, False) and followers[0]["master-link-status"] == "ok"


def client_of(server: OwnRedis) -> Redis:
    """A client of one of the servers itself."""
    return Redis(HOST, server.port, password=PASSWORD, protocol=2)


@contextmanager
def sentinels(folder: Path) -> Iterator[Sentinels]:
    """All of them run and know each other; they have ended when the context has."""
    with ExitStack() as running:
        servers = []
        for name in ("first", "second"):
            (folder / name).mkdir()
            servers.append(running.enter_context(own_redis(folder / name)))
        first, second = servers
        first.start(*_options())
        second.start(*_options(), "--replicaof", f"{HOST} {first.port}")
        for server in servers:
            with client_of(server) as redis:
                wait_for("a server to answer", partial(answers, redis), timeout=120)
        found = Sentinels([free_port() for _ in range(3)], servers)
        for port in found.ports:
            process = _start(folder, port, first.port)
            running.callback(process.wait)
            running.callback(process.kill)
            found.processes.append(process)
        wait_for("a Sentinel to answer", partial(found._knows_all, found.ports[0]), timeout=120)
        found.wait_until_whole()
        yield found


def _options() -> list[str]:
    return [
        *("--requirepass", PASSWORD, "--masterauth", PASSWORD),
        *("--repl-diskless-sync-delay", "0", "--appendfsync", "always"),
    ]


def _start(folder: Path, port: int, master_port: int) -> subprocess.Popen[bytes]:
    file = folder / f"sentinel-{port}.conf"
    file.write_text(
        f"port {port}\n"
        f"bind {HOST}\n"
        f"dir {folder}\n"
        f'requirepass "{SENTINEL_PASSWORD}"\n'
        f"sentinel monitor {MASTER} {HOST} {master_port} 2\n"
        f'sentinel auth-pass {MASTER} "{PASSWORD}"\n'
        f"sentinel down-after-milliseconds {MASTER} {round(1000 * DOWN_AFTER)}\n"
        f"sentinel failover-timeout {MASTER} 10000\n"
    )
    return program.start([find_redis_server(), file, "--sentinel"], stdout=subprocess.DEVNULL)
