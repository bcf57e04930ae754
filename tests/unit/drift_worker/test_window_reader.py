"""A window's entries become its rows, its duplicates and its dead letters, and nothing else."""

import gc
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from contract.schema import Schema
from contract.stream.decode import LATEST_MS
from contract.stream.read import Entry
from contract.windows import Window
from drift_worker.window.read import read_entries
from tests.support.records import PARTITION, SCHEMA, as_told, fields_of, record

WINDOW = Window(
    id=f"{PARTITION.model}-{PARTITION.version}-99-0",
    number=1,
    start="0-0",
    first="1-0",
    last="99-0",
    rows=1,
    reason="full",
)

entry_plans = st.lists(st.tuples(st.integers(1, 12), st.booleans()), max_size=40)
"""The number of each record, and whether it can be read."""


def entry(position: int, number: int, *, readable: bool) -> Entry:
    """An entry of the stream, at that position in it."""
    logged = record(number) if readable else replace(record(number), score=2.0)
    return f"{position}-0", as_told(fields_of(logged))


@given(plan=entry_plans, size=st.integers(1, 15))
def test_each_entry_is_a_row_a_duplicate_or_a_dead_letter(
    plan: Sequence[tuple[int, bool]], size: int
) -> None:
    """In whatever mixture and batches they come, and in their order."""
    entries = [entry(i, number, readable=readable) for i, (number, readable) in enumerate(plan)]
    batches = [entries[begin : begin + size] for begin in range(0, len(entries), size)]
    rows = read_entries(batches, WINDOW, SCHEMA)
    readable_ids = [record(number).prediction_id for number, readable in plan if readable]
    assert list(rows.frame["prediction_id"]) == list(dict.fromkeys(readable_ids))
    assert [letter.stream_id for letter in rows.dead_letters] == [
        f"{position}-0" for position, (_, readable) in enumerate(plan) if not readable
    ]
    assert {letter.reason for letter in rows.dead_letters} <= {
        "score: expected a probability between 0 and 1"
    }
    assert rows.seen == len(plan)
    assert rows.duplicates == rows.seen - len(rows.dead_letters) - len(rows.frame)


def test_a_row_holds_the_values_of_its_own_record() -> None:
    """Also where a duplicate or a bad entry stands before it."""
    entries = [
        entry(place, number, readable=readable)
        for place, (number, readable) in enumerate([(1, True), (2, False), (1, True), (3, True), (4, True)])
    ]
    frame = read_entries([entries], WINDOW, SCHEMA).frame
    assert list(frame["user_id"]) == ["user-1", "user-3", "user-4"]
    assert list(frame["fee"]) == [0.1, 0.3, 0.4]
    assert list(frame["score"]) == [0.01, 0.03, 0.04]


def test_several_classes_become_the_predicted_one_and_its_probability() -> None:
    """And the probabilities of all stay beside them; bad entries have no part in it."""
    schema = Schema.model_validate(
        SCHEMA.model_dump(exclude_none=True) | {"task": "multiclass", "classes": [False, True, 2]}
    )
    scores = [(0.25, 0.5, 0.25), (0.5, 0.5), (0.0, 0.25, 0.75)]
    entries: list[Entry] = [
        (f"{place}-0", as_told(fields_of(replace(record(place), score=score))))
        for place, score in enumerate(scores, 1)
    ]
    rows = read_entries([entries], WINDOW, schema)
    assert rows.frame["prediction"].tolist() == ["true", "2"]
    assert rows.frame["probability"].tolist() == [0.5, 0.75]
    assert [list(each) for each in rows.frame["probabilities"]] == [[0.25, 0.5, 0.25], [0.0, 0.25, 0.75]]
    assert [letter.reason for letter in rows.dead_letters] == ["score: expected 3 probabilities"]


def test_values_are_the_predictions() -> None:
    """Those of a regression, in the order of the records; a window without records has the column too."""
    schema = Schema.model_validate(SCHEMA.model_dump(exclude_none=True) | {"task": "regression"})
    entries: list[Entry] = [
        (f"{place}-0", as_told(fields_of(replace(record(place), score=-10.5 * place)))) for place in (1, 2)
    ]
    assert read_entries([entries], WINDOW, schema).frame["prediction"].tolist() == [-10.5, -21.0]
    assert read_entries([], WINDOW, schema).frame["prediction"].tolist() == []


def test_the_latest_time_that_a_record_may_have_is_read() -> None:
    """A column of times holds it; a record of a later one would cost its window an evaluation."""
    latest = replace(record(1), timestamp_ms=LATEST_MS)
    frame = read_entries([[("1-0", as_told(fields_of(latest)))]], WINDOW, SCHEMA).frame
    assert frame["timestamp"].iloc[0].year == 2262


def test_the_search_for_cycles_goes_on_after_reading() -> None:
    """It is off while entries are decoded, and only then."""
    read_entries([], WINDOW, SCHEMA)
    assert gc.isenabled()
