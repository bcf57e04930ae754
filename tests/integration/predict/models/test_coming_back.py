"""A version that was served before may come back, though it takes less than the one in between."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from redis import Redis

from bundle import Bundle
from contract.keys import Partition
from tests.support.data.versions import put, version
from tests.support.processes.predict import EMBEDDED, Running, serving
from tests.support.versions import mark
from tests.support.waiting import wait_for


@dataclass
class Versions:
    """The narrow ones refuse rows without a value that the wide one takes."""

    narrow: Bundle
    other_narrow: Bundle
    wide: Bundle


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    """Three versions of the example."""
    folder = tmp_path_factory.mktemp("versions")
    return Versions(
        version(folder / "narrow", 0.3),
        version(folder / "other", 0.35),
        version(folder / "wide", 0.4, nullable=True),
    )


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder that is served."""
    return tmp_path / "churn"


def serves(running: Running, bundle: Bundle) -> bool:
    """Whether the version is served."""
    told = httpx.get(f"{running.url}/model").raise_for_status().json()
    return bool(told["metadata"]["version"] == bundle.version)


def refused(running: Running) -> str | None:
    """Why what the folder holds is not served."""
    told = httpx.get(f"{running.url}/model").raise_for_status().json()["refused"]
    return str(told["detail"]) if told else None


def test_a_process_takes_back_what_it_served(
    versions: Versions, place: Path, redis_url: str, redis: Redis, tmp_path: Path
) -> None:
    """Also where Redis knows nothing of it; a version that is as narrow and was never served is refused."""
    shutil.copytree(versions.narrow.path, place)
    with serving(tmp_path, redis_url, **EMBEDDED, BUNDLE=str(place)) as running:
        wait_for("the first version", lambda: serves(running, versions.narrow))
        put(versions.wide.path, place)
        wait_for("the wide version", lambda: serves(running, versions.wide), timeout=10)
        redis.flushdb()
        put(versions.other_narrow.path, place)
        why = wait_for("the refusal", lambda: refused(running), timeout=10)
        assert "months_active can't be null any more; start predict again to serve it" in (why or "")
        put(versions.narrow.path, place)
        wait_for("the first version again", lambda: serves(running, versions.narrow), timeout=10)
        assert refused(running) is None


@pytest.fixture
def later(versions: Versions, place: Path, redis_url: str, tmp_path: Path) -> Iterator[Running]:
    """A replica that began when the wide version was served."""
    shutil.copytree(versions.wide.path, place)
    with serving(tmp_path, redis_url, **EMBEDDED, BUNDLE=str(place)) as running:
        wait_for("the wide version", lambda: serves(running, versions.wide))
        yield running


def test_a_process_takes_back_what_others_served(
    versions: Versions, place: Path, later: Running, redis: Redis
) -> None:
    """But not what was only a shadow: clients never knew what that one takes."""
    shadow = versions.other_narrow
    mark(redis, Partition(shadow.name, shadow.version), answered=False)
    put(shadow.path, place)
    wait_for("the refusal", lambda: refused(later), timeout=10)
    assert serves(later, versions.wide)
    mark(redis, Partition(versions.narrow.name, versions.narrow.version))
    put(versions.narrow.path, place)
    wait_for("the narrow version", lambda: serves(later, versions.narrow), timeout=10)
    assert refused(later) is None
