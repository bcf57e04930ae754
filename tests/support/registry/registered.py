"""Bundles in MLflow's registry, put there by the same client that reads them."""

import time
from pathlib import Path

from registry import RegisteredVersion, RegistryClient
from registry.client import BUNDLE


def register(client: RegistryClient, folder: Path, name: str, *aliases: str) -> RegisteredVersion:
    """Register a folder as the bundle of a model's next version, which these aliases then mean."""
    run = client.runs.create("tests", name, now_ms())
    client.artifacts.upload(f"{run.location}/model", folder, BUNDLE)
    client.create_model(name)
    version = client.create_version(name, f"{run.location}/model", run.run_id)
    for alias in aliases:
        client.set_alias(name, alias, version.version)
    return version


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
