"""Quality evaluations for tests: labelled windows, and what a worker looks at them with."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from redis import Redis

from bundle import Bundle
from contract.keys import Partition
from contract.labels.keys import LabelKeys
from contract.labels.label import Label, Value
from contract.stream.record import Record
from drift_worker.evaluate.evaluator import window_evaluator
from drift_worker.evaluate.lease import LeaseKeeper
from drift_worker.labels.horizon import Horizons
from drift_worker.labels.joiner import LabelJoiner
from drift_worker.metrics import JobMetrics
from drift_worker.quality.evaluator import QualityEvaluator, quality_evaluator
from drift_worker.quality.judge import QualityBundles, QualityJudgement
from drift_worker.quality.recompute import recompute_quality
from drift_worker.quality.rows import quality_rows
from drift_worker.record.bundles import BundleCache
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.files import WindowFiles
from drift_worker.record.quality.evaluation import QualityEvaluation
from drift_worker.record.quality.store import QualityStore
from drift_worker.record.store import EvaluationStore
from drift_worker.settings import Settings
from drift_worker.window.read import read_window
from predict.request.openapi import request_example
from tests.support.evaluations.windows import close_window, evaluation_of
from tests.support.labels import NOW_MS, about, prediction, send


@dataclass(slots=True)
class Judge:
    """Evaluates windows and quality as a worker does, over one Redis and one folder."""

    redis: Redis
    root: Path
    bundle: Bundle
    every: int = 500
    keep: int = 100
    now_ms: int = NOW_MS
    horizons: Horizons | None = None

    @property
    def partition(self) -> Partition:
        """The model version."""
        return Partition(self.bundle.name, self.bundle.version)

    @property
    def settings(self) -> Settings:
        """Those of the worker."""
        return Settings.model_validate(
            {
                "bundle": str(self.bundle.path),
                "reports_dir": self.root,
                "reports_keep": self.keep,
                "quality_rows": self.every,
            }
        )

    def evaluator(self) -> QualityEvaluator:
        """What looks at labels, at the time of the judge."""
        keeper = LeaseKeeper(self.redis, "test", ttl=20)
        metrics = JobMetrics(MeterProvider().get_meter("test"))
        tracer = TracerProvider().get_tracer("test")
        windows = window_evaluator(self.redis, self.settings, keeper, metrics, tracer)
        windows.stores.bundles.add(self.bundle)
        horizons = self.horizons or Horizons(windows.stores.bundles)
        found = quality_evaluator(windows, horizons, self.settings)
        return replace(found, clock=lambda: self.now_ms / 1_000)

    def joiner(self) -> LabelJoiner:
        """What joins labels, and then looks."""
        looking = self.evaluator()
        return LabelJoiner(
            self.redis,
            looking.stores.windows,
            looking.horizons,
            LeaseKeeper(self.redis, "test", ttl=20),
            patience=60,
            after=looking.look,
            clock=lambda: self.now_ms / 1_000,
        )

    def window(self, records: Sequence[Record]) -> Path:
        """Append records as a whole window and commit its evaluation; gives the window's folder."""
        window = close_window(self.redis, self.partition, [*records])
        rows, files = read_window(self.redis, window, self.bundle.schema), WindowFiles(self.root)
        files.save(window.id, None, rows.frame)
        first, last = (each.isoformat() for each in rows.times(window))
        owner = {"model": self.partition.model, "model_version": self.partition.version}
        evaluation = evaluation_of(window, **{"first_time": first, "last_time": last, **owner})
        assert EvaluationStore(self.redis).commit(evaluation, rows.ledger_counts(window))
        return files.folder(window.id)

    def evaluated(self, records: Sequence[Record]) -> Evaluation:
        """Append records as a whole window, and evaluate it as a worker does."""
        window = close_window(self.redis, self.partition, [*records])
        metrics = JobMetrics(MeterProvider().get_meter("test"))
        keeper, tracer = LeaseKeeper(self.redis, "test", ttl=20), TracerProvider().get_tracer("test")
        evaluator = window_evaluator(self.redis, self.settings, keeper, metrics, tracer)
        evaluator.stores.bundles.add(self.bundle)
        evaluator.evaluate_window(window.id)
        found = evaluator.stores.evaluations.get(window.id)
        assert found
        return found

    def send(self, labels: Sequence[Label]) -> None:
        """Take labels."""
        for first in range(0, len(labels), 1_000):
            send(self.redis, self.bundle.name, *labels[first : first + 1_000])

    def label(self, labels: Sequence[Label]) -> None:
        """Take labels, join them, and look."""
        self.send(labels)
        self.joiner().join(self.bundle.name)

    def quality_due(self) -> int:
        """When the sweep is to have the quality looked at again, in seconds; 0 for never."""
        due = cast("bytes", self.redis.hget(LabelKeys(self.bundle.name).progress, "quality_due"))
        return int(due)

    def recomputed(self, quality_id: str) -> list[str]:
        """Where an evaluation differs that another process makes of the same rows."""
        stores = self.evaluator().stores
        bundles = QualityBundles(BundleCache(self.root / "bundles"))
        return recompute_quality(stores.evaluations, stores.files, bundles, quality_id).differences

    def cpu_seconds(self) -> float:
        """What a look of all labels costs beside the report, in seconds of a core."""
        evaluator = self.evaluator()
        model = evaluator.bundles.of(self.partition)
        windows = evaluator.windows.of(self.bundle.name)
        begin = time.process_time()
        rows = quality_rows(windows, evaluator.stores.windows, model.schema, until_labelled=True)
        QualityJudgement.of(rows, model, min_labels=50)
        return time.process_time() - begin

    def found(self) -> list[QualityEvaluation]:
        """The evaluations, the oldest first."""
        return QualityStore(self.redis).all(self.partition)


def scored_records(
    bundle: Bundle, scores: Sequence[float | tuple[float, ...]], first: int = 0
) -> list[Record]:
    """Predictions a second apart, alike but for their scores."""
    partition, features = Partition(bundle.name, bundle.version), request_features(bundle)
    made = (prediction(first + place, partition=partition) for place in range(len(scores)))
    return [
        replace(each, score=score, features_json=features) for each, score in zip(made, scores, strict=True)
    ]


def request_features(bundle: Bundle) -> bytes:
    """The features of one request that the bundle's model takes."""
    example = request_example(bundle.schema)
    return json.dumps(example["features"]).encode()


def labels_of(records: Sequence[Record], truth: Sequence[Value], *, delay_s: float = 3_600) -> list[Label]:
    """A label for each prediction."""
    return [
        about(record.prediction_id, value, record.timestamp_ms + round(delay_s * 1_000))
        for record, value in zip(records, truth, strict=True)
    ]


def reference_draw(bundle: Bundle, rows: int, seed: int = 1) -> tuple[list[float], list[Value]]:
    """Scores and labels of rows drawn from the reference: out of fold, so that nothing has changed."""
    frame = pd.read_parquet(bundle.reference_path).sample(rows, replace=True, random_state=seed)
    label = bundle.schema.label
    assert label is not None
    return frame["score"].tolist(), [bool(each) for each in frame[label.name]]


def shuffled(truth: Sequence[Value], share: float, seed: int = 1) -> list[Value]:
    """The labels, of which this share was dealt out anew among their rows: the model knows less of them."""
    rng = np.random.default_rng(seed)
    dealt = np.flatnonzero(rng.random(len(truth)) < share)
    found = [*truth]
    for place, other in zip(dealt, rng.permutation(dealt), strict=True):
        found[place] = truth[other]
    return found
