"""What was not taken is told again, and what is confirmed is what was told."""

import shutil
from pathlib import Path

import pytest

from bundle import Bundle, BundleError, open_bundle
from sources import Edition, FolderSource, Follower, Refusal
from tests.support.data.versions import broken, put, version


class Confirmed(FolderSource):
    """A folder of which it is known what was confirmed."""

    def __init__(self, path: Path, kept: Path) -> None:
        super().__init__(path)
        self.seen = list[Edition]()
        self._kept_edition = Edition(kept, kept)

    def confirm(self, edition: Edition) -> None:
        """Remember it."""
        self.seen.append(edition)

    def confirmed(self) -> Edition:
        """What is kept, whatever was confirmed."""
        return self._kept_edition


def opened(edition: Edition) -> Bundle:
    """The bundle of an edition; raises BundleError."""
    return open_bundle(edition.path)


@pytest.fixture
def place(bundle_path: Path, tmp_path: Path) -> Path:
    """A folder with the example's bundle."""
    return Path(shutil.copytree(bundle_path, tmp_path / "place"))


@pytest.mark.parametrize("times", [1, 3])
def test_a_start_waits_for_a_bundle_that_is_being_written(times: int, place: Path, tmp_path: Path) -> None:
    """A process that starts while somebody builds into its folder serves what is there in the end."""
    bundles = [version(tmp_path / f"{number}", 0.1 * number) for number in range(1, times + 1)]
    written = iter(bundles)

    def opening(edition: Edition) -> Bundle:
        if another := next(written, None):
            put(another.path, place)
        return opened(edition)

    found = Follower(FolderSource(place), opening).first(pause=0.0)
    assert isinstance(found, Bundle)
    assert found.version == bundles[-1].version


def test_a_start_says_that_a_bundle_is_never_still(place: Path) -> None:
    """There is nothing else to tell: what was read is of no bundle."""

    def opening(edition: Edition) -> Bundle:
        (place / "model.onnx").touch()
        return opened(edition)

    found = Follower(FolderSource(place), opening).first(patience=0.3, pause=0.0)
    assert found == Refusal(f"{place}: the bundle changed each time that it was opened, for 0.3 s")


def test_a_start_says_why_a_source_has_nothing_still(place: Path) -> None:
    """As where MLflow is away, while what was damaged is fetched once more."""

    class Away(FolderSource):
        problem = "MLflow is away"  # type: ignore[misc, assignment]

        def holds(self, edition: Edition) -> bool:
            return False

    assert Follower(Away(place), opened).first(patience=0.0, pause=0.0) == Refusal("MLflow is away")


def test_what_could_not_be_opened_for_a_moment_is_opened_again(place: Path) -> None:
    """As where the machine had no file left to open: nobody touches the folder, and it is well."""
    reasons = iter(["too many open files", "too many open files", "no memory"])

    def opening(edition: Edition) -> Bundle:
        if why := next(reasons, None):
            raise BundleError(why)
        return opened(edition)

    follower = Follower(FolderSource(place), opening, opened_again=0.0)
    told = [follower.look() for _ in range(5)]
    assert told[:3] == [Refusal("too many open files"), None, Refusal("no memory")]
    assert isinstance(told[3], Bundle)
    assert told[4] is None


def test_what_is_refused_is_not_opened_at_each_look(place: Path) -> None:
    """It costs a tenth of a second of a core, and mostly stays what it is."""
    tried = list[Edition]()

    def opening(edition: Edition) -> Bundle:
        tried.append(edition)
        raise BundleError("bad")

    follower = Follower(FolderSource(place), opening)
    assert [follower.look() for _ in range(3)] == [Refusal("bad"), None, None]
    assert len(tried) == 1


def test_what_was_not_taken_is_told_at_the_next_look(place: Path) -> None:
    """Whether it was opened or refused, and then once."""
    follower = Follower(FolderSource(place), opened)
    assert isinstance(follower.look(), Bundle)
    follower.tell_again(soon=True)
    assert isinstance(follower.look(), Bundle)
    assert follower.look() is None
    broken(place)
    assert [follower.look() is None for _ in range(3)] == [True, False, True]
    follower.tell_again(soon=True)
    assert isinstance(follower.look(), Refusal)
    assert follower.look() is None


def test_what_was_not_taken_is_told_later(place: Path) -> None:
    """As what was refused is."""
    patient = Follower(FolderSource(place), opened)
    hasty = Follower(FolderSource(place), opened, opened_again=0.0)
    for follower in (patient, hasty):
        assert isinstance(follower.look(), Bundle)
        follower.tell_again()
    assert patient.look() is None
    assert isinstance(hasty.look(), Bundle)


def test_what_was_good_before_is_not_confirmed_in_place_of_what_was_told(
    place: Path, bundle_path: Path, tmp_path: Path
) -> None:
    """One of several processes that starts looks at both, and serves what the folder holds."""
    put(version(tmp_path / "second", 0.4).path, place)
    source = Confirmed(place, bundle_path)
    follower = Follower(source, opened)
    assert isinstance(follower.look(), Bundle)
    before = follower.before()
    assert before is not None
    assert before.path == bundle_path
    follower.confirm()
    assert [each.path for each in source.seen] == [place]
