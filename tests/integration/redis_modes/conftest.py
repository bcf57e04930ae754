"""Redis servers of other kinds than the one that most have, started once for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bundle import Bundle, open_bundle
from contract.keys import Partition
from predict.request.openapi import request_example
from tests.support.processes.cluster import Cluster, cluster
from tests.support.processes.redis import OwnRedis, own_redis
from tests.support.processes.sentinels import Sentinels, sentinels


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of three nodes."""
    with cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sentinels]:
    """A master and its replica, and the three Sentinels that watch them."""
    with sentinels(tmp_path_factory.mktemp("sentinels")) as running:
        yield running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnRedis]:
    """An ordinary server that the test may break."""
    (tmp_path / "redis").mkdir()
    with own_redis(tmp_path / "redis") as server:
        server.start()
        yield server


@pytest.fixture(scope="session")
def bundle(bundle_path: Path) -> Bundle:
    """The example's bundle, opened."""
    return open_bundle(bundle_path)


@pytest.fixture(scope="session")
def partition(bundle: Bundle) -> Partition:
    """What the service writes to."""
    return Partition(bundle.name, bundle.version)


@pytest.fixture(scope="session")
def asked(bundle: Bundle) -> dict[str, Any]:
    """A request that is answered."""
    return dict(request_example(bundle.schema))
