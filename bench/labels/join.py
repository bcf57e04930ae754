"""`python -m bench.labels.join REDIS_URL FOLDER` joins the labels that wait, in a process of its own."""

import sys
import time
from pathlib import Path

from pydantic import BaseModel
from redis import Redis

from bench.drift_job.peak_memory import peak_of_process
from bench.labels.predictions import PARTITION
from contract.labels.ledger import label_ledger
from drift_worker.evaluate.lease import LeaseKeeper
from drift_worker.labels.horizon import Horizons
from drift_worker.labels.joiner import LabelJoiner
from drift_worker.record.bundles import BundleCache
from drift_worker.record.files import WindowFiles


class Joined(BaseModel):
    """What one job did, and at what cost."""

    seconds: float
    peak_bytes: int
    joined: int


def _main(redis_url: str, folder: str) -> None:
    root = Path(folder)
    with Redis.from_url(redis_url, protocol=2) as redis:
        keeper, horizons = LeaseKeeper(redis, "bench", ttl=3600), Horizons(BundleCache(root / "bundles"))
        joiner = LabelJoiner(redis, WindowFiles(root), horizons, keeper, patience=60)
        before, began = label_ledger(redis, PARTITION.model).joined, time.perf_counter()
        joiner.join(PARTITION.model)
        seconds, joined = time.perf_counter() - began, label_ledger(redis, PARTITION.model).joined - before
    print(Joined(seconds=seconds, peak_bytes=peak_of_process(), joined=joined).model_dump_json())


if __name__ == "__main__":
    _main(*sys.argv[1:])
