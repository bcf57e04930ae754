"""A judge of quality over an empty Redis, for the example's bundle."""

from pathlib import Path

import pytest
from redis import Redis

from bundle import Bundle, open_bundle
from tests.support.quality import Judge


@pytest.fixture(scope="session")
def bundle(bundle_path: Path) -> Bundle:
    """The example's bundle."""
    return open_bundle(bundle_path)


@pytest.fixture
def judge(redis: Redis, tmp_path: Path, bundle: Bundle) -> Judge:
    """What evaluates windows and quality."""
    return Judge(redis, tmp_path / "reports", bundle)
