"""A reference to MLflow is followed: what was told stands while MLflow is away; a bad version is named."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bundle import Bundle, open_bundle
from registry import ModelReference, RegistryAccess, RegistryCache, RegistryClient
from sources import Edition, Follower, Refusal, RegisteredSource
from tests.support.data.versions import broken
from tests.support.registry.strange import LISTING, MODEL, VERSION, Strange, strange_server

CHAMPION = ModelReference("churn", alias="champion")


def opened(edition: Edition) -> Bundle:
    """The bundle of an edition; raises BundleError."""
    with edition.told():
        return open_bundle(edition.path)


@pytest.fixture
def strange() -> Iterator[Strange]:
    """A server that answers what a test wants."""
    with strange_server() as server:
        yield server


@pytest.fixture
def cache(strange: Strange, tmp_path: Path) -> Iterator[RegistryCache]:
    """An empty cache of it."""
    with RegistryClient(RegistryAccess(strange.url)) as client:
        yield RegistryCache(tmp_path / "cache", client)


def has(strange: Strange, version: int, bundle: Path) -> None:
    """Let the server have a bundle as a version, which the alias means."""
    files = [*bundle.iterdir()]
    strange.has_version(*({"path": each.name, "file_size": each.stat().st_size} for each in files))
    strange.says(VERSION, {"model_version": {"name": "churn", "version": f"{version}", "status": "READY"}})
    for each in files:
        strange.says(f"{LISTING}/1/model/bundle/{each.name}", each.read_bytes())


def has_no_alias(strange: Strange) -> None:
    """Let the alias mean nothing."""
    strange.says(VERSION, {"error_code": "INVALID_PARAMETER_VALUE", "message": "no such alias"}, 400)
    strange.says(MODEL, {"registered_model": {"name": "churn", "aliases": []}})


def test_while_mlflow_is_away_a_refusal_stands(
    strange: Strange, cache: RegistryCache, bundle_path: Path, tmp_path: Path
) -> None:
    """Neither is the version before told as news, which would end the refusal, nor the refusal repeated."""
    source = RegisteredSource(CHAMPION, cache, 1.0)
    follower = Follower(source, opened)
    has(strange, 1, bundle_path)
    assert isinstance(follower.look(), Bundle)
    follower.confirm()
    for version, words in ((None, "churn has no alias 'champion'"), (2, "content hash")):
        if version is None:
            has_no_alias(strange)
        else:
            has(strange, version, broken(tmp_path / "broken"))
        refused = follower.look()
        assert isinstance(refused, Refusal)
        assert words in refused.why
        answer = strange.answers[VERSION]
        strange.says(VERSION, b"", 503)
        assert [follower.look(), follower.look()] == [None, None]
        assert "status 503" in str(source.problem)
        strange.answers[VERSION] = answer
        assert follower.look() is None
        assert source.problem is None
    has(strange, 1, bundle_path)
    assert isinstance(follower.look(), Bundle)


def test_at_the_start_without_mlflow_what_was_good_is_there(
    strange: Strange, cache: RegistryCache, bundle_path: Path, tmp_path: Path
) -> None:
    """Also where a bad version was fetched after it."""
    before = Follower(RegisteredSource(CHAMPION, cache, 1.0), opened)
    has(strange, 1, bundle_path)
    before.look()
    before.confirm()
    has(strange, 2, broken(tmp_path / "broken"))
    before.look()
    strange.says(VERSION, b"", 503)
    source = RegisteredSource(CHAMPION, cache, 1.0)
    follower = Follower(source, opened)
    assert isinstance(follower.look(), Bundle)
    assert "status 503" in str(source.problem)
    assert follower.look() is None


@pytest.mark.parametrize(
    ("reference", "begins", "ends"),
    [
        ("models:/churn@champion", " means version 2, which", "go back with `training rollback churn`"),
        (
            "models:/churn@old",
            " means version 2, which",
            "go back with `training rollback churn --alias old`",
        ),
        ("models:/churn/2", "", "name another version"),
    ],
)
def test_a_bad_version_is_named_as_the_registry_does(
    strange: Strange, cache: RegistryCache, tmp_path: Path, *, reference: str, begins: str, ends: str
) -> None:
    """Where it lies in the cache helps nobody, nor can one build it there."""
    has(strange, 2, broken(tmp_path / "broken"))
    strange.answers["/api/2.0/mlflow/model-versions/get"] = strange.answers[VERSION]
    refused = Follower(RegisteredSource(ModelReference.parse(reference), cache, 1.0), opened).look()
    assert isinstance(refused, Refusal)
    assert refused.why.startswith(f"{reference}{begins} can't be used: the content is not what metadata.json")
    assert refused.why.endswith(f"; register it again, or {ends}")
    assert str(tmp_path) not in refused.why
    assert "anew" not in refused.why
