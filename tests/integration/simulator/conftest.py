"""What a replay needs: a service, and rows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.http.counterpart import Counterpart, csv_of, served


@pytest.fixture
def service() -> Iterator[Counterpart]:
    """A service that answers every row."""
    with served(Counterpart()) as counterpart:
        yield counterpart


@pytest.fixture
def month(tmp_path: Path) -> Path:
    """A table of 60 rows."""
    path = tmp_path / "month.csv"
    path.write_text(csv_of(60))
    return path
