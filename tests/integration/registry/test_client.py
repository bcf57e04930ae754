"""What the client reads from a real MLflow server and writes to it."""

from pathlib import Path

import httpx
import pytest

from registry import (
    BadArtifactsError,
    ModelReference,
    RegisteredVersion,
    RegistryClient,
    UnknownModelError,
)
from registry.errors import RefusedByRegistryError
from registry.rest.runs import Metric
from tests.support.registry.registered import now_ms, register


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_a_bundle_comes_back_as_it_was_put_there(
    client: RegistryClient, name: str, bundle_path: Path, tmp_path: Path
) -> None:
    """The example's six files, byte by byte; the version knows its run."""
    put = register(client, bundle_path, name, "champion")
    found = client.resolve(ModelReference.parse(f"models:/{name}@champion"))
    client.download(found, tmp_path / "bundle")
    assert (found.name, found.version, found.run_id) == (name, 1, put.run_id)
    assert contents(tmp_path / "bundle") == contents(bundle_path)


def test_all_files_of_a_version_can_be_had(
    client: RegistryClient, name: str, small: Path, tmp_path: Path
) -> None:
    """Those in folders, and with names that an address has to quote."""
    version = register(client, small, name)
    client.download(version, tmp_path / "all", part="")
    assert contents(tmp_path / "all" / "bundle") == contents(small)


def test_an_alias_means_what_it_was_set_to_last(client: RegistryClient, name: str, small: Path) -> None:
    """And a version stays what it is."""
    first, second = register(client, small, name, "champion"), register(client, small, name, "champion")
    champion = ModelReference(name, alias="champion")
    assert client.resolve(champion) == second
    client.set_alias(name, "champion", 1)
    assert client.resolve(champion) == first
    assert client.resolve(ModelReference(name, version=2)) == second
    assert client.aliases(name) == {"champion": 1}


def test_all_versions_are_listed_oldest_first(
    client: RegistryClient, name: str, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many pages they fill."""
    monkeypatch.setattr("registry.client.PAGE", "1")
    there = [register(client, small, name) for _ in range(3)]
    assert [each.version for each in client.versions(name)] == [1, 2, 3]
    assert client.versions(name) == there
    assert client.versions(name)[0].created_ms <= now_ms()


def test_what_is_not_there_is_said_with_what_is(client: RegistryClient, name: str, small: Path) -> None:
    """A model, an alias, a version."""
    register(client, small, name, "b", "a")
    expected = {
        f"models:/no {name}@a": f"MLflow at {client.uri} has no model 'no {name}'",
        f"models:/{name}@champion": f"{name} has no alias 'champion'; its aliases are: a, b",
        f"models:/{name}/2": f"{name} has no version 2; its newest is 1",
    }
    for text, words in expected.items():
        with pytest.raises(UnknownModelError) as error:
            client.resolve(ModelReference.parse(text))
        assert str(error.value) == f"{text}: {words}"
    with pytest.raises(UnknownModelError):
        client.versions(f"no {name}")
    with pytest.raises(UnknownModelError):
        client.set_alias(name, "a", 2)
    with pytest.raises(RefusedByRegistryError, match="reserved"):
        client.set_alias(name, "latest", 1)


def test_a_version_without_a_bundle_says_what_it_has_and_what_to_do(
    client: RegistryClient, name: str, small: Path, tmp_path: Path
) -> None:
    """Others register models too."""
    run = client.runs.create("tests", name, now_ms())
    client.artifacts.upload(f"{run.location}/model", small)
    client.create_model(name)
    version = client.create_version(name, f"{run.location}/model", run.run_id)
    with pytest.raises(BadArtifactsError) as error:
        client.download(version, tmp_path / "out")
    assert f"version 1 of {name} in MLflow has no folder 'bundle', but deep, one.json; " in str(error.value)
    assert "`training import`" in str(error.value)


def test_files_that_mlflow_does_not_serve_are_said_to_be_elsewhere(
    client: RegistryClient, name: str, tmp_path: Path
) -> None:
    """A version may be registered with a place that only MLflow's own clients reach."""
    client.create_model(name)
    version = client.create_version(name, "s3://bucket/model")
    assert version.run_id is None
    with pytest.raises(
        BadArtifactsError, match="the files are at s3://bucket/model, which MLflow doesn't serve"
    ):
        client.download(version, tmp_path / "out")


def test_a_point_that_is_logged_again_stays_one(client: RegistryClient, name: str) -> None:
    """So that who was killed before it noted that it had logged may log again."""
    run = client.runs.create("tests", name, now_ms(), {"purpose": "test"})
    for _ in range(2):
        client.runs.log(run.run_id, [Metric("drift share", 0.25, 1_000, 7)], {"decision": "NO_ACTION"})
    client.runs.end(run.run_id, now_ms())
    asked = {"run_id": run.run_id, "metric_key": "drift share"}
    answer = httpx.get(f"{client.uri}/api/2.0/mlflow/metrics/get-history", params=asked).json()
    assert [(each["value"], each["timestamp"], each["step"]) for each in answer["metrics"]] == [
        (0.25, 1_000, 7)
    ]
    with pytest.raises(UnknownModelError):
        client.runs.log("0" * 32, [Metric("x", 1.0, 1)])


def test_versions_of_two_servers_are_told_apart() -> None:
    """By where their files are and when they were registered."""
    assert RegisteredVersion(name="churn", version=1, source="a") != RegisteredVersion(
        name="churn", version=1, source="b"
    )
