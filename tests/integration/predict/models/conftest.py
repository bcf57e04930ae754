"""Three bundles, and a service of all of them."""

from collections.abc import Iterator

import httpx
import pytest

from bundle import Bundle
from tests.support.data.three import joined, three_bundles
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import RedisServer
from tests.support.waiting import wait_for


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bundle]:
    """A model of each task, by its name."""
    return three_bundles(tmp_path_factory)


@pytest.fixture(scope="module")
def three(
    bundles: dict[str, Bundle], redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A service of all three, for all tests of a module."""
    variables = {**EMBEDDED, "BUNDLE": joined(*bundles.values())}
    with serving(tmp_path_factory.mktemp("predict"), redis_server.url, **variables) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        yield running


@pytest.fixture
def visitor(three: Running, redis_url: str) -> Iterator[httpx.Client]:
    """A client of that service, whose Redis is empty."""
    with httpx.Client(base_url=three.url, timeout=20) as client:
        yield client
