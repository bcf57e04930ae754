"""Which labels count as matured, and when the next ones do."""

from drift_worker.labels.windows import WindowSpan
from drift_worker.quality.news import Matured
from tests.support.records import PARTITION

DAY_MS = 86_400_000
COUNTS = {"b": [3, 9, 1, 2], "c": [5, 0, 0, 0], "failed": [7, 0, 0, 0]}


def window(name: str, day: int, status: str = "evaluated") -> WindowSpan:
    """A window of the predictions of a day."""
    return WindowSpan(name, PARTITION, status, day * DAY_MS, (day + 1) * DAY_MS)  # type: ignore[arg-type]


WINDOWS = [window("a", 0), window("b", 10), window("c", 20), window("d", 30), window("failed", 5, "failed")]


def test_without_a_horizon_every_label_has_matured() -> None:
    """Those that came again say nothing new; windows from before the first label are not read."""
    found = Matured.of(WINDOWS, COUNTS, None, 40 * DAY_MS)
    assert (found.labels, found.due) == (3 + 1 + 2 + 5, 0)
    assert [each.id for each in found.windows] == ["b", "c", "d"]


def test_labels_mature_when_the_horizon_of_the_windows_last_prediction_has_passed() -> None:
    """It is known when that of the next labelled window will."""
    found = Matured.of(WINDOWS, COUNTS, 15 * DAY_MS, 30 * DAY_MS)
    assert (found.labels, [each.id for each in found.windows]) == (6, ["b"])
    assert found.due == 36 * DAY_MS // 1_000 + 1


def test_without_labels_there_is_nothing_to_read() -> None:
    """And nothing to wait for."""
    assert Matured.of(WINDOWS, {}, 15 * DAY_MS, 30 * DAY_MS) == Matured([], 0, 0, 0)


def test_a_label_that_takes_the_place_of_an_implied_one_is_new() -> None:
    """So are those that nobody sent, once; what is there again after a loss is no news of its own."""
    before = Matured([], 1_000, 1_000, 0)
    assert Matured([], 1_000, 400, 0).news(before.labels, before.implied) == 600
    assert Matured([], 1_500, 1_500, 0).news(before.labels, before.implied) == 500
    assert before.news(before.labels, before.implied) == 0
    assert before.news(0, 0) == 1_000
