"""Where evaluations are kept and shown, and the bundles that they are made with."""

from dataclasses import dataclass

from redis import Redis

from drift_worker.evaluate.earlier import EarlierWindows
from drift_worker.record.bundles import BundleCache
from drift_worker.record.files import WindowFiles
from drift_worker.record.quality.store import QualityStore
from drift_worker.record.store import EvaluationStore
from drift_worker.settings import Settings
from drift_worker.show.publish import Publisher


@dataclass(frozen=True, slots=True)
class Stores:
    """Where evaluations are kept: in Redis, as files, and shown; and the bundles that they are made with."""

    evaluations: EvaluationStore
    files: WindowFiles
    publisher: Publisher
    bundles: BundleCache
    earlier: EarlierWindows
    quality: QualityStore


def open_stores(redis: Redis, settings: Settings) -> Stores:
    """The stores of this Redis and of REPORTS_DIR."""
    folder = settings.reports_dir
    evaluations, files = EvaluationStore(redis), WindowFiles(folder)
    return Stores(
        evaluations,
        files,
        Publisher(folder, settings.reports_keep),
        BundleCache(folder / "bundles"),
        EarlierWindows(redis, evaluations, files),
        QualityStore(redis),
    )
