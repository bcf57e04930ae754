"""`python -m bench.drift_job.memory_of_job REDIS_URL WINDOW_ID FOLDER` evaluates a window."""

import sys
from pathlib import Path

from bench.drift_job.driftline import drift_job
from bench.drift_job.peak_memory import PeakMemory, peak_of_process
from bench.example import BUNDLE
from bundle import open_bundle
from contract.windows import partition_of


def _main(redis_url: str, window_id: str, folder: str) -> None:
    with drift_job(redis_url, Path(folder), open_bundle(BUNDLE)) as job:
        job.evaluator.stores.bundles.reference(partition_of(window_id))
        before = peak_of_process()
        job.evaluate(window_id)
        print(PeakMemory(before=before, peak=peak_of_process()).model_dump_json())


if __name__ == "__main__":
    _main(*sys.argv[1:])
