"""A score is written and read back as it was, whatever the task."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contract.errors import BadRecordError
from contract.schema import Schema
from contract.stream.idempotency import Once, Remembered
from contract.task import Score, Task, class_text, most_probable, read_score, score_field
from tests.support.records import PARTITION, SCHEMA, fields_of, read_all, record

scores: st.SearchStrategy[Score] = st.floats(allow_nan=False, allow_infinity=False) | st.lists(
    st.floats(0, 1), min_size=2, max_size=30
).map(tuple)


def schema_of(task: Task, classes: list[str] | None = None) -> Schema:
    """The schema of the records, for a task."""
    content = SCHEMA.model_dump(exclude_none=True) | {"task": task}
    return Schema.model_validate(content | ({"classes": classes} if classes else {}))


@given(scores)
def test_a_score_is_read_back(score: Score) -> None:
    """From a spool's JSON, from a stream's text, and under an Idempotency-Key."""
    field = score_field(score)
    logged = replace(record(1), score=score)

    assert read_score(field) == score
    assert read_score(str(field).encode()) == score
    assert Remembered.parse(Once.of("key", logged).value(logged).encode()).score == score


def test_records_of_several_classes_have_a_probability_for_each() -> None:
    """One too few or too many is a bad record."""
    schema = schema_of("multiclass", ["a", "b", "c"])
    read = read_all(schema, PARTITION, [fields_of(replace(record(1), score=(0.25, 0.5, 0.25)))])
    assert read.scores == [(0.25, 0.5, 0.25)]
    for wrong in ((0.5, 0.5), 0.5):
        with pytest.raises(BadRecordError, match="score: expected 3 probabilities"):
            read_all(schema, PARTITION, [fields_of(replace(record(1), score=wrong))])
    bad = {**fields_of(record(1)), b"score": b"[0.5,1.5,0.1]"}
    with pytest.raises(BadRecordError, match="score: expected a probability for each class"):
        read_all(schema, PARTITION, [bad])


def test_a_value_may_be_any_finite_number() -> None:
    """A regression predicts amounts below 0 and above 1."""
    schema = schema_of("regression")
    read = read_all(schema, PARTITION, [fields_of(replace(record(1), score=-1234.5))])
    assert read.scores == [-1234.5]
    for wrong in (b"nan", b"inf"):
        with pytest.raises(BadRecordError, match="score: expected a finite number"):
            read_all(schema, PARTITION, [{**fields_of(record(1)), b"score": wrong}])


def test_classes_are_named_as_json_writes_them() -> None:
    """A boolean has no capital letter."""
    assert [class_text(value) for value in (True, False, 3, "three")] == ["true", "false", "3", "three"]
    assert most_probable((0.2, 0.4, 0.4)) == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"task": "regression", "classes": ["a", "b"]}, "classes are for binary and multiclass"),
        ({"task": "multiclass", "classes": ["a", "a"]}, "each class is named once"),
        (
            {"task": "multiclass", "label": {"name": "y", "positive": "a"}},
            "label.positive is for two classes",
        ),
        ({"classes": ["a", "b", "c"], "label": {"name": "y", "positive": "a"}}, "but classes has 3"),
        ({"task": "ranking"}, "Input should be 'binary', 'multiclass' or 'regression'"),
    ],
)
def test_a_schema_that_contradicts_itself_is_refused(changes: dict[str, object], expected: str) -> None:
    """The message says which field is for which task."""
    content = SCHEMA.model_dump(exclude_none=True) | {"label": {"name": "y"}} | changes
    with pytest.raises(ValidationError, match=expected):
        Schema.model_validate(content)
