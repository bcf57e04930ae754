"""The bundles that workers keep: written by any number of workers at once, and mended by any of them."""

import json
import shutil
from pathlib import Path
from typing import Final

import pytest

from bundle import Bundle, open_bundle, write_bundle
from contract.keys import Partition
from drift_worker.errors import UnknownBundleError
from drift_worker.record.bundles import BundleCache
from drift_worker.record.registered import REGISTERED, read_registered
from registry import RegisteredVersion
from tests.support.data.format_1 import as_format_1
from tests.support.data.models import parts
from tests.support.processes.forked import call

WORKERS: Final = 4
ROUNDS: Final = 4


def keep_again_and_again(path: Path, folder: Path) -> None:
    """Keep the bundle in one new shelf after another, and read it back each time."""
    bundle = open_bundle(path)
    for number in range(ROUNDS):
        shelf = BundleCache(folder / str(number))
        shelf.add(bundle)
        shelf.reference(Partition(bundle.name, bundle.version))


def test_workers_that_start_together_keep_one_whole_bundle(bundle_path: Path, tmp_path: Path) -> None:
    """Each of them finds it readable as soon as it has added it, and nothing else is left in the folder."""
    workers = [call(keep_again_and_again, bundle_path, tmp_path) for _ in range(WORKERS)]
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * WORKERS
    for shelf in tmp_path.iterdir():
        (kept,) = shelf.iterdir()
        assert sorted(path.name for path in kept.iterdir()) == sorted(open_bundle(kept).files)


def test_a_bundle_from_the_registry_is_kept_with_its_version(bundle: Bundle, tmp_path: Path) -> None:
    """The last one that it came from, whoever else keeps the same bundle from a folder."""
    cache = BundleCache(tmp_path)
    kept = tmp_path / f"{bundle.name}-{bundle.version}"
    cache.add(bundle)
    assert read_registered(kept) is None
    for version in (3, 5):
        registered = RegisteredVersion(name="churn", version=version, run_id="abc")
        cache.add(bundle, registered)
        cache.add(bundle)
        assert read_registered(kept) == registered
    assert {path.name for path in kept.iterdir()} == {*bundle.files, REGISTERED}


def test_a_bundle_of_format_1_is_kept_as_it_is(bundle: Bundle, tmp_path: Path) -> None:
    """Its four files, and no others."""
    old = as_format_1(bundle, tmp_path / "old")
    BundleCache(tmp_path / "kept").add(old)
    cache, partition = BundleCache(tmp_path / "kept"), Partition(old.name, old.version)
    kept, reference = cache.bundle(partition), cache.reference(partition)
    assert (kept.metadata, len(reference.frame)) == (old.metadata, bundle.metadata.reference.rows)
    assert reference.baseline is None
    assert {path.name for path in kept.path.iterdir()} == {*old.files}


def test_a_copy_that_knows_less_becomes_as_the_bundle_is(
    bundle: Bundle, partition: Partition, tmp_path: Path
) -> None:
    """Figures of quality are no part of the version: a bundle that is built anew may have more of them."""
    cache = BundleCache(tmp_path / "kept")
    older = tmp_path / "older"
    shutil.copytree(bundle.path, older)
    metadata = json.loads((older / "metadata.json").read_text()) | {"calibration": None}
    (older / "metadata.json").write_text(json.dumps(metadata))

    cache.add(open_bundle(older))
    assert cache.bundle(partition).metadata.calibration is None
    cache.add(bundle)

    assert cache.bundle(partition).metadata == bundle.metadata


@pytest.mark.parametrize("damage", ["missing", "cut short"])
def test_a_damaged_bundle_is_mended_by_a_worker_that_has_it(
    bundle: Bundle, partition: Partition, tmp_path: Path, damage: str
) -> None:
    """As the error says: by starting one with BUNDLE set to it."""
    BundleCache(tmp_path).add(bundle)
    (kept,) = tmp_path.iterdir()
    reference = kept / "reference.parquet"
    if damage == "missing":
        reference.unlink()
    else:
        reference.write_bytes(reference.read_bytes()[:1_000])
    with pytest.raises(UnknownBundleError, match="start a worker with BUNDLE set"):
        BundleCache(tmp_path).reference(partition)
    BundleCache(tmp_path).add(bundle)
    kept_again = BundleCache(tmp_path).reference(partition)
    assert (kept_again.schema, kept_again.frame.empty) == (bundle.schema, False)


def test_a_baseline_of_other_columns_is_refused(bundle: Bundle, partition: Partition, tmp_path: Path) -> None:
    """Whoever made it: the message says which columns are expected."""
    document = json.loads((bundle.path / "baseline.json").read_text())
    document["columns"]["price"] = document["columns"].pop("monthly_fee")
    other = parts(
        model=bundle.model_path.read_bytes(),
        reference=bundle.reference_path.read_bytes(),
        baseline=json.dumps(document).encode(),
        schema=bundle.schema,
        classes=bundle.metadata.classes,
    )
    made = write_bundle(tmp_path / "made", other)
    cache = BundleCache(tmp_path / "kept")
    cache.add(made)
    with pytest.raises(UnknownBundleError, match=r"not those of the schema, which are months_active"):
        cache.reference(Partition(made.name, made.version))
