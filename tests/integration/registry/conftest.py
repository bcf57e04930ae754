"""A client of the real server, and a model's name that no other test uses."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry import RegistryAccess, RegistryClient
from tests.support.processes.mlflow import MlflowServer


@pytest.fixture
def client(mlflow: MlflowServer) -> Iterator[RegistryClient]:
    """A client of the session's server."""
    with RegistryClient(RegistryAccess(mlflow.url)) as client:
        yield client


@pytest.fixture
def name() -> str:
    """A name for a model."""
    return f"churn {uuid.uuid4().hex[:8]}"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with a file of its own, and one in a folder."""
    (tmp_path / "small" / "deep").mkdir(parents=True)
    (tmp_path / "small" / "one.json").write_text("1")
    (tmp_path / "small" / "deep" / "50 % ä.json").write_bytes(b"\0" * 100_000)
    return tmp_path / "small"
