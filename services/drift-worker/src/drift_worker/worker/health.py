"""Whether a worker of this host beats, or a sweep: `python -m drift_worker.worker.health [--sweep]`.

A container's health is asked for often, so this imports far less than the command `drift-worker health`.
"""

import os
import sys
from typing import Final

from redis import Redis

from contract.keys import SWEEP_HEARTBEAT, heartbeat_key
from contract.redis.address import with_password
from contract.redis.connection import background_client
from drift_worker.evaluate.lease import worker_name

TIMEOUT: Final = 5
"""Seconds that Redis has for its answer."""


def beats(redis: Redis, *, sweep: bool) -> bool:
    """Whether the sweep's heartbeat, or that of this host's workers, is fresh."""
    return bool(redis.exists(SWEEP_HEARTBEAT if sweep else heartbeat_key(worker_name())))


if __name__ == "__main__":
    url = with_password(os.environ["REDIS_URL"], os.environ.get("REDIS_PASSWORD"))
    with background_client(url, timeout=TIMEOUT, retries=0) as client:
        sys.exit(not beats(client, sweep="--sweep" in sys.argv))
