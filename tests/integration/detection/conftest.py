"""The example's months as frames."""

from functools import cache
from pathlib import Path

import pytest

from contract.schema import Schema
from dataset import read_dataset, read_schema_yaml
from tests.support.evaluations.compare import Command
from tests.support.evaluations.comparison import ReadMonth


@pytest.fixture(scope="session")
def schema(months_path: Path) -> Schema:
    """The example's schema."""
    return read_schema_yaml(months_path / "schema.yaml")


@pytest.fixture(scope="session")
def month(months_path: Path, schema: Schema) -> ReadMonth:
    """A month of the example; each is read once."""
    return cache(lambda number: read_dataset(months_path / f"month_{number:03}", schema).frame)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command."""
    return Command(capsys, monkeypatch)
