"""`python -m bench.drift_job.memory_of_preset CURRENT.parquet FOLDER` computes the preset's report."""

import sys
from pathlib import Path

import pandas as pd

from bench.drift_job.peak_memory import PeakMemory, peak_of_process
from bench.drift_job.preset import preset_report
from bench.example import BUNDLE
from bundle import open_bundle


def _main(current_file: str, folder: str) -> None:
    bundle = open_bundle(BUNDLE)
    report = preset_report(Path(folder), bundle.schema)
    reference, current = pd.read_parquet(bundle.reference_path), pd.read_parquet(current_file)
    before = peak_of_process()
    report.run(reference, current)
    print(PeakMemory(before=before, peak=peak_of_process()).model_dump_json())


if __name__ == "__main__":
    _main(*sys.argv[1:])
