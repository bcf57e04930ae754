"""The bundles that windows are evaluated with: this worker's own, and those of earlier versions."""

import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pandas as pd

from baseline.document import Baseline, read_baseline
from baseline.errors import BadBaselineError
from bundle import Bundle, BundleError, first_rows, open_bundle
from contract.keys import Partition
from contract.schema import Schema
from dataset import DataError, read_reference
from drift_worker.detect.drift import Reference
from drift_worker.detect.season.mix import Season
from drift_worker.detect.unlabelled.estimator import Estimator
from drift_worker.errors import MissingBundleError, UnknownBundleError
from drift_worker.record.files import new_file
from drift_worker.record.registered import note_registered
from registry import RegisteredVersion

TRAINING_ROWS: Final = (
    "the reference's scores are those of rows that the model may have been trained on, "
    "so that its output may differ from the first window on"
)

log = logging.getLogger(__name__)


class BundleCache:
    """Keeps a copy of each bundle it has served, so that a window outlives an upgrade of its model."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds one bundle per version."""
        self._folder = folder
        self._opened: dict[Partition, Reference] = {}

    def add(self, bundle: Bundle, registered: RegisteredVersion | None = None) -> None:
        """Keep a copy of the bundle under its version, or mend the copy that is there; raises OSError.

        Of a bundle from MLflow's registry `registered` says which version it is, for its run to be told.
        A copy of the same version may know less of its quality: then it becomes as the bundle is. Any number
        of workers may do so at once: each file is written by rename, with the same content.
        """
        kept = self._path(Partition(bundle.name, bundle.version))
        try:
            same = open_bundle(kept).metadata == bundle.metadata
        except BundleError:
            same = False
        if not same:
            kept.mkdir(parents=True, exist_ok=True)
            for name in bundle.files:
                with new_file(kept / name) as path:
                    shutil.copyfile(bundle.path / name, path)
            log.info("bundle %s %s is kept in %s", bundle.name, bundle.version, kept)
        if registered is not None:
            note_registered(kept, registered)

    def reference(self, partition: Partition) -> Reference:
        """What windows of a model version are compared with; raises UnknownBundleError."""
        if partition not in self._opened:
            self._opened[partition] = self._open(partition)
        return self._opened[partition]

    def bundle(self, partition: Partition) -> Bundle:
        """The bundle of a model version; raises UnknownBundleError."""
        try:
            return open_bundle(self._path(partition))
        except BundleError as error:
            raise self._unknown(partition, error) from error

    def schema(self, partition: Partition) -> Schema:
        """The feature schema of a model version; raises UnknownBundleError."""
        return self.reference(partition).schema

    def _path(self, partition: Partition) -> Path:
        return self._folder / f"{partition.model}-{partition.version}"

    def _open(self, partition: Partition) -> Reference:
        path = self._path(partition)
        try:
            return reference_of(open_bundle(path))
        except (BadBaselineError, BundleError, DataError) as error:
            raise self._unknown(partition, error) from error

    def _unknown(self, partition: Partition, error: Exception) -> UnknownBundleError:
        is_there = self._path(partition).is_dir()
        why = str(error) if is_there else f"no worker of {self._folder.parent} has had it"
        return (UnknownBundleError if is_there else MissingBundleError)(
            f"model {partition.model} {partition.version} needs its bundle to be evaluated, "
            f"but {why}; start a worker with BUNDLE set to it once"
        )


def reference_of(bundle: Bundle) -> Reference:
    """What a bundle keeps of its reference; raises DataError and BadBaselineError."""
    frame = read_reference(bundle.reference_path, bundle.schema, bundle.partial_columns)
    baseline = _baseline(bundle)
    return Reference(
        frame=frame,
        schema=bundle.schema,
        baseline=baseline,
        season=season_of(frame, baseline, bundle.schema, first_rows(bundle.metadata.accepted)),
        outputs=bundle.schema.outputs,
        importance=bundle.metadata.importance,
        caveat=caveat_of(bundle),
        estimator=Estimator.of(bundle, frame),
    )


def estimator_of(bundle: Bundle) -> Estimator:
    """What a bundle says of its model's scores; raises DataError."""
    return Estimator.of(bundle, read_reference(bundle.reference_path, bundle.schema, bundle.partial_columns))


def season_of(
    frame: pd.DataFrame,
    baseline: Baseline | None,
    schema: Schema,
    since: Mapping[str, int] = MappingProxyType({}),
) -> Season | None:
    """The season of a reference; None where the schema names no times.

    `since` gives the first row that counts, of columns whose change was accepted.
    """
    if schema.time is None or baseline is None:
        return None
    return Season.of(frame, baseline, schema.time.zone, since, schema.timestamp)


def caveat_of(bundle: Bundle) -> str | None:
    """What findings about the model's output have to say of the reference's scores; nothing in format 1."""
    trained_on = bundle.baseline_path is not None and bundle.metadata.reference.scores == "training"
    return TRAINING_ROWS if trained_on else None


def _baseline(bundle: Bundle) -> Baseline | None:
    if bundle.baseline_path is None:
        return None
    baseline = read_baseline(bundle.baseline_path)
    expected = (*(each.name for each in bundle.schema.watched), *bundle.schema.outputs)
    if tuple(baseline.columns) != expected:
        raise BadBaselineError(
            f"{bundle.baseline_path}: its columns are not those of the schema, which are "
            f"{', '.join(expected)}; build the bundle anew with `training build`"
        )
    return baseline
