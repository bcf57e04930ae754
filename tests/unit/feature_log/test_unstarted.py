"""A log that did not start, since something before it failed, ends like any other."""

import asyncio
import threading
from pathlib import Path

from opentelemetry.metrics import NoOpMeter

from contract.keys import Partition
from feature_log import FeatureLog, LogInstruments, LogOptions


def test_a_log_that_never_began_can_be_closed(tmp_path: Path) -> None:
    """Nothing of it is left: neither a thread nor a folder of the spool."""

    async def close() -> None:
        options = LogOptions(
            redis_url="redis://127.0.0.1:1/0",
            partition=Partition("churn", "0123456789ab"),
            spool_dir=tmp_path / "spool",
        )
        await FeatureLog(options, LogInstruments(NoOpMeter("test"))).close()

    before = threading.active_count()
    asyncio.run(close())
    assert threading.active_count() == before
    assert not (tmp_path / "spool").exists()
