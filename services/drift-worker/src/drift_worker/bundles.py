"""The bundles by which windows are evaluated: this worker's own, and those of earlier versions."""

import logging
import shutil
import tempfile
from pathlib import Path

import pandas as pd
from bundle import Bundle, BundleError, open_bundle
from contract.keys import Partition
from dataset import DataError, read_reference

from drift_worker.errors import UnknownBundleError

log = logging.getLogger(__name__)


def _is_whole(path: Path) -> bool:
    try:
        open_bundle(path)
    except BundleError:
        return False
    return True


class BundleShelf:
    """Keeps a copy of each bundle it has served, so that a window outlives an upgrade of its model."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds one bundle per version."""
        self._folder = folder
        self._opened: dict[Partition, tuple[Bundle, pd.DataFrame]] = {}

    def add(self, bundle: Bundle) -> None:
        """Keep a copy of the bundle, under its version."""
        kept = self._folder / f"{bundle.name}-{bundle.version}"
        if _is_whole(kept):
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=f".{kept.name}-") as partial:
            copy = Path(partial, "copy")
            shutil.copytree(bundle.path, copy)
            try:
                copy.rename(kept)
            except OSError:
                if _is_whole(kept):  # another worker was first
                    return
                kept.rename(Path(partial, "broken"))
                copy.rename(kept)
        log.info("bundle %s %s is kept in %s", bundle.name, bundle.version, kept)

    def reference(self, partition: Partition) -> tuple[Bundle, pd.DataFrame]:
        """The bundle of a model version, and its reference as a frame; raises UnknownBundleError."""
        if partition not in self._opened:
            self._opened[partition] = self._open(partition)
        return self._opened[partition]

    def _open(self, partition: Partition) -> tuple[Bundle, pd.DataFrame]:
        path = self._folder / f"{partition.model}-{partition.version}"
        try:
            bundle = open_bundle(path)
            return bundle, read_reference(bundle.reference_path, bundle.schema)
        except (BundleError, DataError) as error:
            raise UnknownBundleError(
                f"model {partition.model} {partition.version} needs its bundle to be evaluated, "
                f"but {error}; start a worker with BUNDLE set to it once"
            ) from error
