"""The check of a bundle: rows whose answers a loaded model has to give again."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bundle import BundleError, CheckRow, Scorer, ScoringError, check_bytes, read_check, verify_answers
from contract.schema import Features, FeatureValue
from contract.task import Score
from tests.support.data.models import SCHEMA, per_feature_model
from tests.support.data.scored import probability_of

ROWS: list[Features] = [
    {"age": -3.0, "paperless": True, "service": "DSL"},
    {"age": 0.1, "paperless": None, "service": "größe"},
]


def check(folder: Path, change: float = 0.0) -> Path:
    """A check.json of the small model's answers; that to the last row is changed."""
    scores = [probability_of(Scorer(per_feature_model(), SCHEMA), row) for row in ROWS]
    scores[-1] += change
    path = folder / "check.json"
    path.write_bytes(
        check_bytes(CheckRow(features=row, score=score) for row, score in zip(ROWS, scores, strict=True))
    )
    return path


def test_rows_are_read_back_as_they_were(tmp_path: Path) -> None:
    """Numbers, booleans, texts and nulls; a line each."""
    path = check(tmp_path)

    read = read_check(path)

    assert [row.features for row in read.rows] == ROWS
    assert [type(value) for row in read.rows for value in row.features.values()] == [
        *(float, bool, str),
        *(float, type(None), str),
    ]
    assert len(path.read_text().splitlines()) == len(ROWS) + 2


def test_the_same_model_gives_the_same_answers(tmp_path: Path) -> None:
    """Also where the last digits differ, by less than 1e-5."""
    verify_answers(read_check(check(tmp_path, -9e-6)), Scorer(per_feature_model(), SCHEMA))


def test_another_answer_is_refused(tmp_path: Path) -> None:
    """The row, both answers and the likely reason are named."""
    with pytest.raises(BundleError, match=r"row 2 of check\.json with 0\.98.*; expected 0\.97.*; this"):
        verify_answers(read_check(check(tmp_path, -0.01)), Scorer(per_feature_model(), SCHEMA))


@pytest.mark.parametrize("change", [-1.2e-5, 1.2e-5])
def test_an_answer_that_is_hardly_another_one_is_refused(tmp_path: Path, change: float) -> None:
    """By more than 1e-5."""
    with pytest.raises(BundleError, match=r"row 2 of check\.json"):
        verify_answers(read_check(check(tmp_path, change)), Scorer(per_feature_model(), SCHEMA))


def without_age(folder: Path) -> Path:
    """A check.json whose second row lacks a feature."""
    path = check(folder)
    rows = [row.model_copy() for row in read_check(path).rows]
    del rows[1].features["age"]
    path.write_bytes(check_bytes(rows))
    return path


def with_a_text(folder: Path) -> Path:
    """A check.json whose second row has a text where the model takes a number."""
    path = check(folder)
    rows = [row.model_copy() for row in read_check(path).rows]
    rows[1].features["age"] = "old"
    path.write_bytes(check_bytes(rows))
    return path


def test_rows_that_do_not_fit_the_schema_are_refused(tmp_path: Path) -> None:
    """By number, with what is wrong and what to do, so that whoever follows bundles refuses this one."""
    scorer = Scorer(per_feature_model(), SCHEMA)
    with pytest.raises(BundleError, match=r"row 2 of check\.json lacks age; build the bundle anew"):
        verify_answers(read_check(without_age(tmp_path)), scorer)
    with pytest.raises(BundleError, match=r"no answer to row 2 of check\.json: could not convert .* anew"):
        verify_answers(read_check(with_a_text(tmp_path)), scorer)


def test_a_row_without_an_answer_is_refused(tmp_path: Path) -> None:
    """As where the model answers with NaN; also where only all rows together have no answer."""

    class Answerless(Scorer):
        def score_rows(self, rows: Sequence[Mapping[str, FeatureValue]]) -> Sequence[Score]:
            if any(row["service"] == no_answer for row in rows) or len(rows) > most:
                raise ScoringError("the model answers with nan")
            return super().score_rows(rows)

    no_answer, most = "größe", 10
    scorer, read = Answerless(per_feature_model(), SCHEMA), read_check(check(tmp_path))
    with pytest.raises(BundleError, match=r"to row 2 of check\.json: the model answers with nan; build"):
        verify_answers(read, scorer)
    no_answer, most = "none", 1
    with pytest.raises(BundleError, match=r"to the rows of check\.json: the model answers with nan; build"):
        verify_answers(read, scorer)


def test_a_bundle_without_rows_has_nothing_to_check(tmp_path: Path) -> None:
    """No row is no error."""
    (tmp_path / "check.json").write_bytes(check_bytes([]))

    verify_answers(read_check(tmp_path / "check.json"), Scorer(per_feature_model(), SCHEMA))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "Invalid JSON"),
        ('{"rows": [{"features": {}, "score": "high"}]}', r"rows\.0\.score"),
        ('{"rows": [{"features": {"a": []}, "score": 0.5}]}', r"rows\.0\.features\.a"),
    ],
)
def test_a_bad_check_is_named_by_field(tmp_path: Path, content: str, expected: str) -> None:
    """The message names the file as well."""
    (tmp_path / "check.json").write_text(content)

    with pytest.raises(BundleError, match=rf"check\.json: .*{expected}"):
        read_check(tmp_path / "check.json")


def test_a_missing_check_is_named(tmp_path: Path) -> None:
    """With the disk's reason."""
    with pytest.raises(BundleError, match=r"check\.json: cannot be read: No such file"):
        read_check(tmp_path / "check.json")
