"""Makes a version of a registered model that holds a bundle: a run, its files, then the version."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bundle import Bundle
from bundle.content import METADATA
from registry import RegisteredVersion, RegistryClient
from registry.client import BUNDLE
from registry.rest.runs import Metric
from training.registered.onnx_model import write_onnx_model

CONTENT_HASH: Final = "driftline.content_hash"

MODEL: Final = "driftline.model"

FOLDER: Final = "model"
"""The folder of the run's artifacts that is the version's."""


def publish(bundle: Bundle, name: str, client: RegistryClient) -> RegisteredVersion:
    """Make a version of the registered model `name` that holds the bundle.

    The run stands in an experiment of the model's name. It keeps the model's figures and how it was made;
    the worker logs its evaluations there. If anything fails, there is no version, and the run says FAILED.
    """
    run = client.runs.create(name, f"{bundle.name} {bundle.version}", _now(), _tags(bundle))
    made = None
    try:
        client.runs.log(run.run_id, _metrics(bundle), params=_params(bundle))
        with tempfile.TemporaryDirectory() as folder:
            write_onnx_model(bundle, run.run_id, Path(folder))
            client.artifacts.upload(run.location, Path(folder), FOLDER)
        made = client.create_version(
            name, f"{run.location}/{FOLDER}", run.run_id, tags=_tags(bundle), description=_described(bundle)
        )
    finally:
        client.runs.end(run.run_id, _now(), failed=made is None)
    return made


def published(bundle: Bundle, name: str, client: RegistryClient) -> RegisteredVersion | None:
    """Return the newest version of a registered model that holds the bundle; None where none does."""
    wanted = bundle.metadata.content_hash
    found = [each for each in client.versions(name) if each.tags.get(CONTENT_HASH) == wanted]
    return next((each for each in reversed(found) if _is_complete(bundle, each, client)), None)


def _is_complete(bundle: Bundle, registered: RegisteredVersion, client: RegistryClient) -> bool:
    """Whether all files that the content hash covers are there, as long as they are here."""
    there = {each.name: each.size for each in client.artifacts.list(client.location(registered), BUNDLE)}
    here = {name: (bundle.path / name).stat().st_size for name in bundle.files if name != METADATA}
    return METADATA in there and all(there.get(name) == size for name, size in here.items())


def _tags(bundle: Bundle) -> dict[str, str]:
    return {
        MODEL: bundle.name,
        "driftline.version": bundle.version,
        CONTENT_HASH: bundle.metadata.content_hash,
    }


def _metrics(bundle: Bundle) -> Iterator[Metric]:
    measured = bundle.metadata.validation
    for each in (measured, *measured.also) if measured else ():
        yield Metric(each.metric, each.value, _now())
        if each.standard_error is not None:
            yield Metric(f"{each.metric}_standard_error", each.standard_error, _now())


def _params(bundle: Bundle) -> dict[str, str]:
    known, recipe = bundle.metadata, bundle.metadata.recipe
    values = {
        "task": known.task,
        "threshold": known.threshold,
        "reference_rows": known.reference.rows,
        "reference_scores": known.reference.scores,
        "estimator": recipe.estimator if recipe else None,
        **(recipe.parameters if recipe else {}),
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def _described(bundle: Bundle) -> str:
    measured = bundle.metadata.validation
    quality = f"{measured.named} on {measured.rows:,} rows" if measured else "quality not measured"
    return f"Driftline's model {bundle.name}, version {bundle.version}: {quality}. Its bundle is in bundle/."


def _now() -> int:
    return time.time_ns() // 1_000_000
