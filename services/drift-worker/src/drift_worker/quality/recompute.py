"""Judging labels again from the rows that were saved: every bit has to come out equal."""

from typing import Final

from drift_worker.errors import UnknownQualityError
from drift_worker.evaluate.review.recompute import Recomputation
from drift_worker.quality.judge import QualityBundles, QualityJudgement
from drift_worker.record.quality.evaluation import QualityEvaluation
from drift_worker.record.quality.files import QualityFiles, quality_partition
from drift_worker.record.quality.store import QualityStore

_OF_THE_VERDICT: Final = ("decision", "reasons", "length", "finding", "severity")


def recompute_quality(
    store: QualityStore, files: QualityFiles, bundles: QualityBundles, quality_id: str
) -> Recomputation:
    """Judge an evaluation from quality.parquet and the bundle of its version.

    Raises UnknownQualityError, UnreadableFileError, UnknownBundleError.
    """
    partition = quality_partition(quality_id)
    stored = store.get(partition, quality_id)
    if stored is None:
        raise UnknownQualityError(f"{quality_id} is unknown; `drift-worker quality` lists what there is")
    judged = QualityJudgement.of(files.rows(quality_id), bundles.of(partition), stored.min_labels)
    found = {"stretches": judged.stretches} | {
        name: getattr(judged.verdict, name) for name in _OF_THE_VERDICT
    }
    return Recomputation(
        stored,
        [
            f"{name}: stored {getattr(stored, name)!r}, recomputed {value!r}"
            for name, value in found.items()
            if getattr(stored, name) != value
        ]
        + _of_before(stored),
    )


def _of_before(stored: QualityEvaluation) -> list[str]:
    """What an older version did another way; it is no damage."""
    if all("unseen_share" in each.model_fields_set for each in stored.stretches):
        return []
    return ["weights: an older version took them by decile alone; now they are by predicted class and cell"]
