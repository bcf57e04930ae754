"""A running service for the tests of labels."""

from collections.abc import Iterator

import httpx
import pytest

from bundle import Bundle, open_bundle
from tests.support.paths import ROOT
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import RedisServer
from tests.support.waiting import wait_for


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """The example's bundle, opened."""
    return open_bundle(ROOT / "bundles" / "churn")


@pytest.fixture(scope="module")
def service(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with its own page of metrics, for all tests of a module."""
    with serving(tmp_path_factory.mktemp("predict"), redis_server.url, **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        yield running


@pytest.fixture
def client(service: Running, redis_url: str) -> Iterator[httpx.Client]:
    """A client of the service, whose Redis is empty."""
    with httpx.Client(base_url=service.url, timeout=20) as client:
        yield client
