"""Where every prediction is in the end, by the ids that clients hold."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pandas as pd
from redis import Redis

from bundle import open_bundle
from contract.keys import Partition
from contract.partition import open_window
from drift_worker.decide.decision import Policy
from drift_worker.detect.pools.lasting import SPANS
from drift_worker.evaluate.earlier import EarlierWindows
from drift_worker.evaluate.judge import judge
from drift_worker.record.bundles import BundleCache
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.files import WindowFiles
from drift_worker.record.store import EvaluationStore
from drift_worker.settings import Settings
from tests.support.paths import ROOT


def churn() -> Partition:
    """The example model's partition."""
    bundle = open_bundle(ROOT / "bundles" / "churn")
    return Partition(bundle.name, bundle.version)


@dataclass(frozen=True)
class Places:
    """How often each prediction stands in an evaluated window, the open one or the dead letters."""

    found: Counter[str]

    def missing(self, held: Sequence[str]) -> list[str]:
        """The ids that clients hold and that are nowhere."""
        return [prediction for prediction in held if not self.found[prediction]]

    @property
    def twice(self) -> list[str]:
        """The ids that stand in more than one place, or more than once in one."""
        return [prediction for prediction, times in self.found.items() if times > 1]


def places(redis: Redis, partition: Partition, reports: Path) -> Places:
    """Look everywhere, once no window waits."""
    found: Counter[str] = Counter()
    for evaluation in EvaluationStore(redis).all(partition):
        rows = pd.read_parquet(reports / evaluation.window_id / "window.parquet")
        assert len(rows) == evaluation.rows
        found.update(rows["prediction_id"])
    start = open_window(redis, partition).start
    entries: Any = redis.xrange(partition.stream, min=f"({start}")
    found.update(fields[b"prediction_id"].decode(errors="replace") for _, fields in entries)
    letters = cast("list[tuple[bytes, dict[bytes, bytes]]]", redis.xrange(partition.dead_letters))
    for _, letter in letters:
        fields = json.loads(letter[b"fields"])
        found.update([fields["prediction_id"]] if "prediction_id" in fields else [])
    return Places(found)


def differing(
    evaluation: Evaluation, earlier: EarlierWindows, cache: BundleCache, settings: Settings
) -> list[str]:
    """What of an evaluation an undisturbed one of the same rows would say otherwise."""
    partition = Partition(evaluation.model, evaluation.model_version)
    reference, reports = cache.reference(partition), settings.reports_dir
    rows = pd.read_parquet(reports / evaluation.window_id / "window.parquet")
    policy = Policy(settings.window_min_rows, settings.drift_share_threshold, settings.alert_budget)
    pooled = earlier.recorded(evaluation, reference)
    judgement = judge(reference, rows, policy.for_schema(reference.schema), earlier=pooled)
    again = {"findings": judgement.findings, **dict(judgement.verdict)}
    return [name for name, value in again.items() if getattr(evaluation, name) != value]


def unpooled(evaluation: Evaluation, evaluations: Sequence[Evaluation]) -> list[str]:
    """Whether any window before an evaluation's own was not pooled with it, though it has rows."""
    reached = range(evaluation.number - max(SPANS) + 1, evaluation.number)
    expected = {each.number for each in evaluations if each.number in reached and each.decision}
    return [] if {*evaluation.pooled} == expected else ["pooled"]


def all_differing(
    redis: Redis, partition: Partition, reports: Path, min_rows: int = 200
) -> list[tuple[str, list[str]]]:
    """The evaluations that an undisturbed run would not have given, and in what."""
    cache = BundleCache(reports / "bundles")
    settings = Settings(reports_dir=reports, window_min_rows=min_rows)
    store = EvaluationStore(redis)
    earlier = EarlierWindows(redis, store, WindowFiles(reports))
    evaluations = store.all(partition)
    compared = [
        (each.window_id, differing(each, earlier, cache, settings) + unpooled(each, evaluations))
        for each in evaluations
    ]
    return [(window_id, fields) for window_id, fields in compared if fields]
