"""A cache that the disk refuses leads to a named error, and leaves nothing behind."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bundle import BundleError
from registry import ModelReference, RegisteredVersion, RegistryAccess, RegistryCache, RegistryClient
from registry.errors import BadCacheError
from sources import RegisteredSource
from tests.support.registry.strange import Strange, strange_server

CHAMPION = ModelReference("churn", alias="champion")
NOBODY = 65534
"""A user without rights."""


@pytest.fixture
def strange() -> Iterator[Strange]:
    """A server with one version of one file."""
    with strange_server() as server:
        server.has_version({"path": "model.onnx", "file_size": 3})
        server.says("/api/2.0/mlflow-artifacts/artifacts/1/model/bundle/model.onnx", b"abc")
        yield server


@pytest.fixture
def cache(strange: Strange, tmp_path: Path) -> Iterator[RegistryCache]:
    """A cache that has fetched it."""
    with RegistryClient(RegistryAccess(strange.url)) as client:
        cache = RegistryCache(tmp_path / "cache", client)
        cache.fetch(CHAMPION)
        yield cache


@contextmanager
def closed(folder: Path) -> Iterator[None]:
    """A folder that may not be entered, also not by root, who is nobody meanwhile."""
    me, mode = os.geteuid(), folder.stat().st_mode
    folder.chmod(0)
    os.seteuid(me or NOBODY)
    try:
        yield
    finally:
        os.seteuid(me)
        folder.chmod(mode)


def test_a_cache_that_may_not_be_entered_is_named(cache: RegistryCache, tmp_path: Path) -> None:
    """With the setting that says another."""
    denied = pytest.raises(BadCacheError, match=r"REGISTRY_CACHE: .* Permission denied")
    with closed(tmp_path / "cache" / "churn"), denied:
        cache.fetch(CHAMPION)


def test_a_source_holds_nothing_in_a_cache_that_may_not_be_entered(
    cache: RegistryCache, tmp_path: Path
) -> None:
    """Nor has it a version that was good."""
    source = RegisteredSource(CHAMPION, cache, 1.0)
    edition = source.look()
    source.confirm(edition)
    assert source.holds(edition)
    with closed(tmp_path / "cache" / "churn"):
        assert not source.holds(edition)
        assert source.confirmed() is None
        with pytest.raises(BundleError, match="Permission denied"):
            source.look()
    assert source.confirmed() == edition == source.look()


def test_a_note_that_cannot_be_written_leaves_no_file(
    cache: RegistryCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is tried, as on a full disk."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for _ in range(3):
        with pytest.raises(BadCacheError, match="No space left"):
            cache.confirm(CHAMPION, RegisteredVersion(name="churn", version=2))
    assert [*(tmp_path / "cache" / "churn").glob(".fetching-*")] == []
