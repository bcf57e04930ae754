"""Versions on disk, from a real MLflow server that goes away and comes back."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.machine.ports import HOST
from registry import (
    Fetched,
    ModelReference,
    RegistryAccess,
    RegistryAwayError,
    RegistryCache,
    RegistryClient,
    UnknownModelError,
)
from registry.errors import BadCacheError
from tests.support.processes import program
from tests.support.processes.mlflow import MlflowServer
from tests.support.processes.wire import Wire
from tests.support.registry.registered import register

FETCH = """
import sys
from pathlib import Path
from registry import *
client = RegistryClient(RegistryAccess(sys.argv[1]))
print(RegistryCache(Path(sys.argv[2]), client).fetch(ModelReference.parse(sys.argv[3])).path)
"""


@dataclass
class Leaving:
    """A cache whose server can go away."""

    cache: RegistryCache
    wire: Wire
    port: int


@pytest.fixture
def leaving(mlflow: MlflowServer, tmp_path: Path) -> Iterator[Leaving]:
    """The session's server, behind a wire that can be cut."""
    wire = Wire(mlflow.port)
    with RegistryClient(RegistryAccess(f"http://{HOST}:{wire.port}")) as client:
        yield Leaving(RegistryCache(tmp_path / "cache", client), wire, wire.port)
        wire.close()


@pytest.fixture
def cache(client: RegistryClient, tmp_path: Path) -> RegistryCache:
    """An empty cache."""
    return RegistryCache(tmp_path / "cache", client)


def content(fetched: Fetched) -> str:
    """The content of the small bundle's file."""
    return (fetched.path / "one.json").read_text()


def test_a_version_is_fetched_once_and_the_alias_followed(
    cache: RegistryCache, client: RegistryClient, name: str, small: Path
) -> None:
    """Back at the version before, its files are those that were fetched."""
    champion = ModelReference(name, alias="champion")
    register(client, small, name, "champion")
    first = cache.fetch(champion)
    made = first.path.stat().st_ino
    (small / "one.json").write_text("2")
    register(client, small, name, "champion")
    second = cache.fetch(champion)
    client.set_alias(name, "champion", 1)
    assert (content(first), content(second)) == ("1", "2")
    assert cache.fetch(champion) == first
    assert first.path.stat().st_ino == made
    cache.discard(first.registered)
    assert not first.path.exists()
    assert content(cache.fetch(champion)) == "1"


def test_without_mlflow_the_last_good_version_is_there(
    leaving: Leaving, client: RegistryClient, name: str, small: Path, tmp_path: Path
) -> None:
    """What the reference meant last, unless another was good after that; and the error says why."""
    champion, second = ModelReference(name, alias="champion"), ModelReference(name, version=2)
    register(client, small, name, "champion")
    first = leaving.cache.fetch(champion)
    register(client, small, name, "champion")
    leaving.cache.fetch(champion)
    leaving.cache.fetch(second)
    leaving.wire.close()

    away = leaving.cache.fetch(champion)
    assert away.registered.version == 2
    assert isinstance(away.away, RegistryAwayError)
    leaving.cache.confirm(champion, first.registered)
    assert leaving.cache.fetch(champion).path == first.path
    assert leaving.cache.confirmed(champion) == first
    assert leaving.cache.fetch(second).registered.version == 2
    with pytest.raises(RegistryAwayError, match=r"can't be reached: .*[Cc]onnection refused"):
        leaving.cache.fetch(ModelReference(name, alias="never-fetched"))
    with (
        RegistryClient(RegistryAccess(f"http://localhost:{leaving.port}")) as other,
        pytest.raises(RegistryAwayError),
    ):
        RegistryCache(tmp_path / "cache", other).fetch(champion)


def test_what_is_gone_from_mlflow_is_not_served_from_disk(
    cache: RegistryCache, client: RegistryClient, name: str, small: Path
) -> None:
    """A server that answers is believed; after it was set up anew, version 1 is another one."""
    first = ModelReference(name, version=1)
    register(client, small, name)
    before = cache.fetch(first)
    client.http.json("DELETE", "/api/2.0/mlflow/registered-models/delete", json={"name": name})
    with pytest.raises(UnknownModelError):
        cache.fetch(first)
    (small / "one.json").write_text("anew")
    register(client, small, name)
    assert (content(before), content(cache.fetch(first))) == ("1", "anew")


def test_processes_may_fetch_at_once(
    client: RegistryClient, name: str, bundle_path: Path, tmp_path: Path
) -> None:
    """Each gets the same complete folder, and nothing else is left."""
    register(client, bundle_path, name, "champion")
    arguments = [client.uri, tmp_path / "cache", f"models:/{name}@champion"]
    started = [
        program.start([sys.executable, "-c", FETCH, *arguments], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    paths = {process.communicate(timeout=60)[0].strip() for process in started}
    assert [process.returncode for process in started] == [0] * 3
    [path] = map(Path, paths)
    assert {file.name: file.read_bytes() for file in path.iterdir()} == {
        file.name: file.read_bytes() for file in bundle_path.iterdir()
    }
    assert sorted(each.name for each in path.parent.iterdir()) == [path.name, "alias-champion.last.json"]


def test_old_versions_leave_the_disk(
    cache: RegistryCache, client: RegistryClient, name: str, small: Path
) -> None:
    """Five stay, and those that a reference means."""
    for number in range(1, 9):
        register(client, small, name, "champion")
        fetched = cache.fetch(ModelReference(name, alias="champion"))
        if number == 1:
            cache.confirm(ModelReference(name, alias="champion"), fetched.registered)
    kept = sorted(int(path.name.partition("-")[0]) for path in fetched.path.parent.glob("[0-9]*"))
    assert kept == [1, 4, 5, 6, 7, 8]


def test_a_folder_that_cannot_be_written_is_named(
    client: RegistryClient, name: str, small: Path, tmp_path: Path
) -> None:
    """With the setting that says another."""
    register(client, small, name, "champion")
    (tmp_path / "file").touch()
    with pytest.raises(BadCacheError, match=r"REGISTRY_CACHE: .*/file can't keep a model version: Not a dir"):
        RegistryCache(tmp_path / "file", client).fetch(ModelReference(name, alias="champion"))
