"""A predict whose Redis goes away, the requests that it answered, and what became of their records."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from redis import Redis

from contract.ledger import Ledger
from contract.partition import ledger
from feature_log.spool import checkpoint
from tests.support.faults.pairs import EXAMPLE, PARTITION
from tests.support.faults.small_disk import Disk
from tests.support.http.load import Logged
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import OwnRedis, own_redis
from tests.support.waiting import wait_for


@dataclass
class SpoolAccount:
    """Requests are asked one after another, so that their answers tell the order of their records."""

    folder: Path
    disk: Disk
    server: OwnRedis
    held: list[str] = field(default_factory=list)
    """The prediction ids of the answers, in order."""

    _processes: ExitStack = field(default_factory=ExitStack)

    def start(self) -> Running:
        """Start a predict that has its spool on the disk."""
        own = self.folder / f"{len(self.held)}"
        own.mkdir()
        spool = {"SPOOL_DIR": str(self.folder / "spool")}
        running = self._processes.enter_context(
            serving(own, self.server.url, through=self.disk.through, **spool, **EMBEDDED)
        )
        wait_for("predict to be ready", lambda: is_ready(running.url))
        return running

    def ask(self, running: Running, count: int) -> None:
        """Ask so many times; each has to be answered."""
        with httpx.Client(base_url=running.url, timeout=20) as client:
            for _ in range(count):
                answer = client.post("/predict", json=EXAMPLE)
                assert answer.status_code == httpx.codes.OK, answer.text
                self.held.append(answer.json()["prediction_id"])

    def kill(self, running: Running) -> None:
        """Kill predict once its checkpoint tells of every record that it has numbered or dropped."""
        wait_for("the checkpoint to be written", lambda: self._reached() == len(self.held))
        running.process.kill()
        running.process.wait()

    def _reached(self) -> int:
        (file,) = self.disk.path.glob("*/checkpoint")
        reached = checkpoint.load(file.parent)
        return reached.next - 1 + reached.counts.get("dropped", 0) if reached else 0

    def settled(self) -> tuple[Ledger, list[str]]:
        """The ledger, and what is in the stream, once every answer is accounted for and nothing waits."""
        with Redis.from_url(self.server.url) as redis:
            wait_for(
                "every record to be accounted for",
                lambda: (
                    (now := ledger(redis, PARTITION)).accepted == len(self.held)
                    and not now.spooled
                    and not now.differences
                ),
            )
            return ledger(redis, PARTITION), Logged(redis, PARTITION).ids

    def logged(self) -> list[str]:
        """What is in the stream now."""
        with Redis.from_url(self.server.url) as redis:
            return Logged(redis, PARTITION).ids

    def files(self) -> list[Path]:
        """The spool's files, as they are seen from here."""
        return list(self.disk.path.glob("*/*.spool"))

    def close(self) -> None:
        """End every process."""
        self._processes.close()


@contextmanager
def spool_account(folder: Path, disk: Disk) -> Iterator[SpoolAccount]:
    """A Redis that runs, and no predict yet; what was started has ended when the context has."""
    with own_redis(folder) as server:
        server.start()
        account = SpoolAccount(folder, disk, server)
        try:
            yield account
        finally:
            account.close()


def why_not_ready(running: Running) -> str:
    """The reasons that the service gives."""
    answer = httpx.get(f"{running.url}/ready")
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    return "; ".join(answer.json()["reasons"])
