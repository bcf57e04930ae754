"""How long it takes to join labels with many predictions, by id and by entity."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redis import Redis

from bench.example import ROOT
from bench.labels.join import Joined
from bench.labels.predictions import labels_by_entity, labels_by_id, send_labels, write_windows
from bench.progress import Step
from bench.result import LabelsResult
from bench.scratch_redis import scratch_redis


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """How many windows of how many rows, and labels."""

    windows: int
    rows: int
    labels: int


LABEL_PLAN: Final = LabelPlan(windows=1_000, rows=1_000, labels=100_000)
QUICK_LABEL_PLAN: Final = LabelPlan(windows=20, rows=100, labels=500)


def join_labels(plan: LabelPlan, folder: Path, step: Step) -> list[LabelsResult]:
    """Join the same number of labels by id and by entity, each in a process of its own."""
    predictions, reports = plan.windows * plan.rows, folder / "reports"
    reports.mkdir()
    results = []
    with scratch_redis(folder) as url, Redis.from_url(url) as redis:
        write_windows(redis, reports, plan.windows, plan.rows, step)
        for by, labels in (("id", labels_by_id), ("entity", labels_by_entity)):
            step(f"joining {plan.labels:,} labels by {by}")
            send_labels(redis, labels(plan.labels, predictions))
            done = _joined(url, reports)
            results.append(
                LabelsResult(
                    by=by,
                    predictions=predictions,
                    windows=plan.windows,
                    labels=plan.labels,
                    joined=done.joined,
                    seconds=done.seconds,
                    peak_bytes=done.peak_bytes,
                )
            )
    return results


def _joined(url: str, reports: Path) -> Joined:
    command = [sys.executable, "-m", "bench.labels.join", url, str(reports)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own module
    return Joined.model_validate_json(done.stdout)
