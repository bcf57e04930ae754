"""The bundles that workers keep: written by any number of workers at once, and mended by any of them."""

import multiprocessing
from pathlib import Path
from typing import Final

import pytest
from bundle import Bundle, open_bundle
from contract.keys import Partition
from drift_worker.bundles import BundleShelf
from drift_worker.errors import UnknownBundleError

WORKERS: Final = 4
ROUNDS: Final = 10


def add_again_and_again(bundle_path: Path, folder: Path) -> None:
    """Keep the bundle in one new shelf after another, at the same time as the other processes."""
    bundle = open_bundle(bundle_path)
    for number in range(ROUNDS):
        shelf = BundleShelf(folder / str(number))
        shelf.add(bundle)
        shelf.reference(Partition(bundle.name, bundle.version))


def test_workers_that_start_together_keep_one_whole_bundle(bundle_path: Path, tmp_path: Path) -> None:
    """Each of them finds it readable as soon as it has added it, and nothing else is left in the folder."""
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=add_again_and_again, args=(bundle_path, tmp_path)) for _ in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * WORKERS
    for shelf in tmp_path.iterdir():
        (kept,) = shelf.iterdir()
        assert open_bundle(kept).version
        assert sorted(path.name for path in kept.iterdir()) == sorted(
            ["metadata.json", "model.onnx", "reference.parquet", "schema.json"]
        )


@pytest.mark.parametrize("damage", ["missing", "cut short"])
def test_a_damaged_bundle_is_mended_by_a_worker_that_has_it(
    bundle: Bundle, partition: Partition, tmp_path: Path, damage: str
) -> None:
    """As the error says: by starting one with BUNDLE set to it."""
    BundleShelf(tmp_path).add(bundle)
    (kept,) = tmp_path.iterdir()
    reference = kept / "reference.parquet"
    if damage == "missing":
        reference.unlink()
    else:
        reference.write_bytes(reference.read_bytes()[:1_000])
    with pytest.raises(UnknownBundleError, match="start a worker with BUNDLE set"):
        BundleShelf(tmp_path).reference(partition)
    BundleShelf(tmp_path).add(bundle)
    opened, rows = BundleShelf(tmp_path).reference(partition)
    assert (opened.version, rows.empty) == (bundle.version, False)
