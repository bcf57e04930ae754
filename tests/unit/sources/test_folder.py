"""A folder is followed: each bundle that stands in it is told once, when it stands still."""

import shutil
from pathlib import Path

import pytest

from bundle import Bundle, BundleError, open_bundle
from sources import Edition, FolderSource, Follower, Refusal
from tests.support.data.versions import broken, put, version


def opened(edition: Edition) -> Bundle:
    """The bundle of an edition; raises BundleError."""
    return open_bundle(edition.path)


@pytest.fixture
def place(bundle_path: Path, tmp_path: Path) -> Path:
    """A folder with the example's bundle."""
    return Path(shutil.copytree(bundle_path, tmp_path / "place"))


@pytest.fixture
def follower(place: Path) -> Follower[Bundle]:
    """Who has looked at that folder once."""
    follower = Follower(FolderSource(place), opened)
    assert isinstance(follower.look(), Bundle)
    return follower


def test_what_stays_is_told_once(follower: Follower[Bundle]) -> None:
    """However often one looks."""
    assert [follower.look() for _ in range(3)] == [None, None, None]


def test_another_bundle_is_told_when_it_stood_still_for_a_look(
    follower: Follower[Bundle], place: Path, tmp_path: Path
) -> None:
    """The first look sees it, the second sees that nobody writes any more."""
    second = version(tmp_path / "second", 0.4)
    put(second.path, place)
    assert follower.look() is None
    found = follower.look()
    assert isinstance(found, Bundle)
    assert found.version == second.version
    assert follower.look() is None


def test_a_copy_in_progress_is_no_bundle_yet(follower: Follower[Bundle], place: Path, tmp_path: Path) -> None:
    """Files that arrive one by one are refused by nobody, and told when the last one is there."""
    second = version(tmp_path / "second", 0.4)
    for path in sorted(second.path.iterdir()):
        shutil.copyfile(path, place / path.name)
        assert follower.look() is None
    found = follower.look()
    assert isinstance(found, Bundle)
    assert found.version == second.version


def test_a_bad_bundle_is_refused_once_and_the_one_before_is_told_again(
    follower: Follower[Bundle], place: Path, bundle_path: Path, tmp_path: Path
) -> None:
    """Moved back, it is news: whoever follows may forget the refusal."""
    put(broken(tmp_path / "broken"), place)
    assert follower.look() is None
    refused = follower.look()
    assert isinstance(refused, Refusal)
    assert "content hash" in refused.why
    assert follower.look() is None
    put(bundle_path, place)
    assert follower.look() is None
    assert isinstance(follower.look(), Bundle)


def test_a_folder_that_goes_is_refused(follower: Follower[Bundle], place: Path) -> None:
    """And says what to do."""
    shutil.rmtree(place)
    assert follower.look() is None
    refused = follower.look()
    assert isinstance(refused, Refusal)
    assert "there is no such folder" in refused.why


def test_what_changes_while_it_is_opened_is_looked_at_again(place: Path, tmp_path: Path) -> None:
    """Else one bundle's metadata could be told with another one's model."""
    second = version(tmp_path / "second", 0.4)

    def opening(edition: Edition) -> Bundle:
        found = opened(edition)
        if found.version != second.version:
            put(second.path, place)
        return found

    follower = Follower(FolderSource(place), opening)
    assert follower.look() is None
    assert follower.look() is None
    found = follower.look()
    assert isinstance(found, Bundle)
    assert found.version == second.version


def test_another_bundle_is_told_beside_a_link_to_nowhere(
    follower: Follower[Bundle], place: Path, tmp_path: Path
) -> None:
    """An editor that has a file of the folder open leaves such a link there."""
    (place / ".#schema.yaml").symlink_to("someone@somewhere")
    for _ in range(3):
        follower.look()
    second = version(tmp_path / "second", 0.4)
    for file in second.path.iterdir():
        shutil.copy(file, place / file.name)
    told = [follower.look() for _ in range(3)]
    assert [found.version for found in told if isinstance(found, Bundle)] == [second.version]


def test_a_bundle_is_opened_again_when_its_permissions_change(place: Path) -> None:
    """So that `chmod` mends what was refused since it could not be read."""
    source = FolderSource(place)
    before = source.look()
    (place / "model.onnx").chmod(0o600)
    source.look()
    assert source.look() != before


def test_what_was_served_is_kept_for_a_start_beside_something_bad(place: Path, tmp_path: Path) -> None:
    """The newest that was confirmed, and nothing that was only opened."""
    follower = Follower(FolderSource(place, tmp_path / "cache"), opened)
    first = follower.look()
    assert follower.before() is None
    follower.confirm()
    put(version(tmp_path / "second", 0.4).path, place)
    assert [follower.look() for _ in range(2)][-1] is not None
    broken(place)
    again = Follower(FolderSource(place, tmp_path / "cache"), opened)
    assert isinstance(again.look(), Refusal)
    kept = again.before()
    assert isinstance(first, Bundle)
    assert isinstance(kept, Bundle)
    assert kept.version == first.version


def test_a_source_that_holds_nothing_says_so_once_for_each_reason() -> None:
    """As a registry does that has no such model."""
    reasons = iter(["no such model", "no such model", "no such alias"])

    class Empty(FolderSource):
        def look(self) -> Edition:
            raise BundleError(next(reasons))

    follower = Follower(Empty(Path("nowhere")), opened)
    assert [follower.look() for _ in range(3)] == [Refusal("no such model"), None, Refusal("no such alias")]
