"""The state of each label follows from the labels of its prediction, in whatever order they are written."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from contract.labels.settle import FileCounts
from drift_worker.labels.file import LabelRow, counts_of, merged

LABELS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["true", "false"])), max_size=12)


def rows(labels: list[tuple[str, str]]) -> list[LabelRow]:
    """Labels in the order in which they came."""
    return [LabelRow(id_, None, label, 0, f"{place + 1}-0") for place, (id_, label) in enumerate(labels)]


@given(LABELS, st.randoms(use_true_random=False), st.integers(0, 12))
def test_states_do_not_depend_on_the_order_of_writing(
    labels: list[tuple[str, str]], random: Random, cut: int
) -> None:
    """Nor on how many times, or in how many parts, labels were written."""
    every = rows(labels)
    shuffled = random.sample(every, len(every))
    in_parts = merged([*merged(shuffled[:cut]), *shuffled[cut:], *shuffled[:cut]])

    assert in_parts == merged(every)


@given(LABELS)
def test_the_last_label_of_each_prediction_counts(labels: list[tuple[str, str]]) -> None:
    """One of each is joined, and every other one is repeated or superseded."""
    found = merged(rows(labels))

    assert {row.prediction_id: row.label for row in found if row.state == "joined"} == dict(labels)
    counts = counts_of(found)
    assert counts.joined == len(dict(labels))
    assert sum(counts) == len(labels)


def test_a_label_takes_the_place_of_an_implied_one() -> None:
    """Nobody sent that one, so it is not superseded."""
    implied = LabelRow("a", None, "false", 0, "", "implied")

    assert counts_of(merged([implied])) == FileCounts(implied=1)
    assert counts_of(merged([implied, *rows([("a", "false")])])) == FileCounts(joined=1)
    assert merged([*rows([("a", "true")]), implied]) == merged(rows([("a", "true")]))
