"""The middle of a quality evaluation, said once: rows → stretches → verdict."""

from dataclasses import dataclass
from typing import Self

import pandas as pd

from contract.keys import Partition
from contract.schema import Schema
from drift_worker.decide.quality import decide_quality
from drift_worker.detect.quality.reference import QualityReference
from drift_worker.detect.quality.stretches import stretches
from drift_worker.detect.unlabelled.estimator import Estimator
from drift_worker.record.bundles import BundleCache
from drift_worker.stretch import QualityVerdict, Stretch


@dataclass(frozen=True, slots=True)
class QualityOf:
    """What the labels of a model version are judged by."""

    schema: Schema
    reference: QualityReference
    frame: pd.DataFrame
    """The rows of the reference."""
    estimator: Estimator | None = None
    """What is estimated of the same rows without their labels."""


class QualityBundles:
    """Reads the bundle of each version once; raises UnknownBundleError where it is missing."""

    def __init__(self, bundles: BundleCache) -> None:
        self._bundles = bundles
        self._known: dict[Partition, QualityOf] = {}

    def of(self, partition: Partition) -> QualityOf:
        """What a version's labels are judged by."""
        if partition not in self._known:
            bundle, reference = self._bundles.bundle(partition), self._bundles.reference(partition)
            self._known[partition] = QualityOf(
                bundle.schema,
                QualityReference.of(bundle, reference.frame),
                reference.frame,
                reference.estimator,
            )
        return self._known[partition]


@dataclass(frozen=True, slots=True)
class QualityJudgement:
    """What was measured, and what was decided from it."""

    stretches: list[Stretch]
    verdict: QualityVerdict

    @classmethod
    def of(cls, rows: pd.DataFrame, model: QualityOf, min_labels: int) -> Self:
        """Judge rows, as `quality_rows` gives them; the same rows always give the same judgement."""
        measured = stretches(rows, model.reference, model.schema, model.estimator)
        return cls(measured, decide_quality(measured, min_labels))
