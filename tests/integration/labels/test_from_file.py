"""`drift-worker labels FILE`: every row is taken once, or the file is refused and the bad rows are named."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from bundle import Bundle
from contract.labels.accept import accept_labels
from contract.labels.keys import LabelKeys
from contract.labels.label import Label
from contract.labels.ledger import label_ledger
from contract.labels.settle import waiting_labels
from contract.redis.queue import label_job, label_queue, queued_ids
from contract.schema import Decimal
from drift_worker.cli.labels import labels
from drift_worker.errors import BadLabelFileError
from drift_worker.labels.from_file import send
from drift_worker.labels.from_file.table import Columns, read_label_file
from tests.support.labels import prediction
from tests.support.paths import ROOT

MODEL = "churn"
AT_MS = 1_700_000_000_000
NOW = pd.Timestamp("2026-02-01", tz="UTC")


def id_(number: int) -> str:
    """The id of a prediction."""
    return prediction(number, at_ms=AT_MS + number).prediction_id


@pytest.fixture(autouse=True)
def _environment(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds its Redis, and the example's bundle."""
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("REPORTS_DIR", str(tmp_path / "reports"))
    monkeypatch.setenv("BUNDLE", str(ROOT / "bundles" / "churn"))


def kept(redis: Redis) -> list[Label]:
    """The labels that wait."""
    return [each.label for batch in waiting_labels(redis, MODEL, 1_000_000) for each in batch]


def written(tmp_path: Path, text: str, name: str = "labels.csv") -> Path:
    """A file with this text."""
    path = tmp_path / name
    path.write_text(text)
    return path


def test_a_file_of_predictions_is_taken(
    redis: Redis, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its columns are found by their names, and a job is queued."""
    text = (
        f"prediction_id,churn_label,time\n{id_(1)},true,2026-01-31T12:00:00Z\n{id_(2)},no,2026-01-31 12:00\n"
    )
    labels(written(tmp_path, text))

    assert kept(redis) == [
        Label(True, 1_769_860_800_000, prediction_id=id_(1)),
        Label(False, 1_769_860_800_000, prediction_id=id_(2)),
    ]
    assert "2 labels of churn taken\n" in capsys.readouterr().out
    assert label_job(MODEL).encode() in queued_ids(label_queue(redis))


def test_a_parquet_file_of_entities_is_taken(redis: Redis, tmp_path: Path) -> None:
    """Typed values are taken by their type; other columns are named by options."""
    path = tmp_path / "labels.parquet"
    when = pd.to_datetime(["2026-01-31T12:00:00Z"] * 2)
    pd.DataFrame({"who": [17, 18], "label": [True, False], "at": when, "x": 1}).to_parquet(path)
    labels(path, entity="who", time="at")

    assert kept(redis) == [
        Label(True, 1_769_860_800_000, entity="17"),
        Label(False, 1_769_860_800_000, entity="18"),
    ]


BAD = f"""prediction_id,label,time
{id_(1)},true,2026-01-31T12:00:00Z
17,true,2026-01-31T12:00:00Z
{id_(2)},maybe,
{id_(3)},false,2999-01-01T00:00:00Z
{id_(4)},false,2026-01-31T12:00:00Z
"""


def test_a_file_with_bad_rows_is_refused_as_a_whole(redis: Redis, tmp_path: Path) -> None:
    """The message names each bad row, its column, what was expected and what came."""
    with pytest.raises(BadLabelFileError) as refused:
        labels(written(tmp_path, BAD))

    message = str(refused.value)
    assert "3 of 5 rows are bad, so none was taken" in message
    assert "row 2: prediction_id: expected the prediction_id of an answer, not '17'" in message
    assert "row 3: label: expected one of false, true, not 'maybe'; time: expected a time" in message
    assert "row 4: time: expected a time such as" in message
    assert kept(redis) == []


def test_only_ten_bad_rows_are_named(tmp_path: Path) -> None:
    """However many there are."""
    with pytest.raises(BadLabelFileError) as refused:
        labels(written(tmp_path, "user_id,label\n" + "a,maybe\n" * 25))
    assert "25 of 25 rows" in str(refused.value)
    assert str(refused.value).count("row ") == 10


def test_bad_rows_can_be_left_out(redis: Redis, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says how many, and which are the first."""
    labels(written(tmp_path, BAD), skip_bad=True)

    assert [label.prediction_id for label in kept(redis)] == [id_(1), id_(4)]
    said = capsys.readouterr().out
    assert "2 labels of churn taken; 3 bad rows left out, the first are:\n  row 2: " in said


@pytest.mark.parametrize("moment", ["2026-01-31", "20260131", date(2026, 1, 31)])
def test_a_date_is_the_end_of_its_day(bundle: Bundle, tmp_path: Path, moment: object) -> None:
    """So that the label is after the predictions of that day; it is never after now."""
    path = tmp_path / "labels.parquet"
    pd.DataFrame({"user_id": ["ada"], "label": [True], "time": [moment]}).to_parquet(path)
    end_ms = 1_769_903_999_999
    for now_ms, expected_ms in ((end_ms + 1, end_ms), (end_ms - 5_000, end_ms - 5_000)):
        now = pd.Timestamp(now_ms, unit="ms", tz="UTC")
        (label,) = read_label_file(path, bundle, Columns(), now).labels(0, 1)
        assert label.time_ms == expected_ms
    tomorrow = read_label_file(path, bundle, Columns(), pd.Timestamp("2026-01-30T20:00", tz="UTC"))
    assert not tomorrow.good.any()


def test_todays_date_adds_nothing_when_it_is_sent_again(redis: Redis, tmp_path: Path) -> None:
    """Though now, which is its time, is another one."""
    path = written(tmp_path, f"user_id,label,time\nada,true,{date.today()}\n")  # noqa: DTZ011 - of the day
    labels(path)
    labels(path)
    assert label_ledger(redis, MODEL).received == 1


@pytest.mark.parametrize("time", ["time", "other"])
def test_a_second_run_adds_nothing(
    redis: Redis, tmp_path: Path, capsys: pytest.CaptureFixture[str], time: str
) -> None:
    """Whether or not the file says when its labels became true."""
    path = written(tmp_path, f"user_id,label,{time}\n" + "ada,true,2026-01-31T12:00:00Z\n" * 2500)
    labels(path)
    capsys.readouterr()
    labels(path)

    assert label_ledger(redis, MODEL).received == 2500
    assert "0 labels of churn taken; 2,500 had been taken before" in capsys.readouterr().out


def test_rows_that_were_bad_are_taken_alone_when_they_are_good(
    bundle: Bundle, redis: Redis, tmp_path: Path
) -> None:
    """A date that has come was in the future; the others are not taken again, over what corrected them."""
    dates = ["2026-01-31", "2026-01-30", "2026-02-01", "2026-02-02", "never"]
    path = written(tmp_path, "user_id,label,time\n" + "".join(f"of {day},yes,{day}\n" for day in dates))

    def run(now: str) -> tuple[int, int]:
        table = read_label_file(path, bundle, Columns(), pd.Timestamp(now, tz="UTC"))
        return send.send_file(redis, MODEL, table, lambda *_: None)

    assert run("2026-01-31T12:00") == (2, 0)
    accept_labels(redis, MODEL, [Label(False, AT_MS, entity="of 2026-01-31")])
    runs = [run(f"2026-02-0{day}T12:00") for day in (1, 1, 2, 2, 1)]
    assert runs == [(1, 2), (0, 3), (1, 3), (0, 4), (0, 3)]
    taken = [label.entity for label in kept(redis)]
    assert taken == [f"of {dates[row]}" for row in (0, 1, 0, 2, 3)]


def test_a_run_after_an_interruption_goes_on(
    redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What had been taken is not taken again."""
    path = written(tmp_path, "user_id,label\n" + "ada,true\n" * 2500)
    calls = 0

    def fails_once(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise RedisConnectionError("Redis is killed")
        return accept_labels(*arguments)

    monkeypatch.setattr(send, "accept_labels", fails_once)
    with pytest.raises(RedisConnectionError):
        labels(path)
    assert label_ledger(redis, MODEL).received == 1000
    labels(path)

    assert label_ledger(redis, MODEL).received == redis.xlen(LabelKeys(MODEL).waiting) == 2500


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("user_id,label\n", "has no rows"),
        ("user_id,other\na,true\n", "has no column 'label'"),
        ("other,label\na,true\n", "has no column 'user_id'"),
    ],
)
def test_a_file_that_lacks_something_is_told(tmp_path: Path, text: str, message: str) -> None:
    """A column, with the columns that it has; or any row."""
    with pytest.raises(BadLabelFileError, match=message):
        labels(written(tmp_path, text))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prediction_id": "a", "entity": "b"}, "not both"),
        ({"decimal": ","}, "labels of churn are classes, not numbers"),
        ({"model": "unknown"}, "no worker has served a model 'unknown'"),
    ],
)
def test_options_that_do_not_fit_are_told(tmp_path: Path, options: dict[str, str], message: str) -> None:
    """In a sentence."""
    with pytest.raises(BadLabelFileError, match=message):
        labels(written(tmp_path, "user_id,label\na,true\n"), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ids", "problem"),
    [
        ([1.0, float("inf")], "row 2: user_id: expected 1 to 256 characters, or a whole number, not 'inf'"),
        ([1.0, 1e20], "row 2: user_id: expected 1 to 256 characters, or a whole number, not '1e\\+20'"),
        ([1.0, 1.5], "row 2: user_id: expected 1 to 256 characters, or a whole number, not '1.5'"),
        ([1.0, None], "row 2: user_id: expected 1 to 256 characters, or a whole number, not n"),
        ([["a"], ["b"]], "column 'user_id': holds list<.*>, expected text"),
        ([{"a": 1}, {"a": 2}], "column 'user_id': holds struct<.*>, expected text"),
        ([b"\xff", b"\xfe"], "column 'user_id': holds binary, expected text"),
    ],
)
def test_ids_of_a_type_that_is_none_are_told(tmp_path: Path, ids: list[object], problem: str) -> None:
    """In a sentence, whatever a Parquet file holds."""
    path = tmp_path / "labels.parquet"
    pq.write_table(pa.table({"user_id": ids, "label": [True, False]}), path)
    with pytest.raises(BadLabelFileError, match=problem):
        labels(path)


def test_ids_are_read_as_a_replay_reads_them(bundle: Bundle, tmp_path: Path) -> None:
    """Whatever wrote the file made 0.0 of 0 where a null was among the ids."""
    path = written(tmp_path, "user_id,label\n0.0,true\n1.0,false\n,true\n")
    table = read_label_file(path, bundle, Columns(), NOW)
    assert [label.entity for label in table.labels(0, 3)] == ["0", "1"]
    assert [*table.bad_rows()] == [
        "row 3: user_id: expected 1 to 256 characters, or a whole number, not nothing"
    ]


def of_numbers(bundle: Bundle, decimal: Decimal | None = None) -> Bundle:
    """The bundle of a regression."""
    label = bundle.schema.label and bundle.schema.label.model_copy(update={"decimal": decimal})
    metadata = bundle.metadata.model_copy(update={"task": "regression", "classes": ()})
    return replace(bundle, metadata=metadata, schema=bundle.schema.model_copy(update={"label": label}))


def test_numbers_are_read_as_those_of_a_data_set(bundle: Bundle, tmp_path: Path) -> None:
    """By the decimal mark of the schema, with marks between thousands."""
    path = written(tmp_path, "user_id;label\na;1.234\nb;12.500\n")
    for decimal, expected in ((",", [1234.0, 12500.0]), (None, [1.234, 12.5])):
        table = read_label_file(path, of_numbers(bundle, decimal), Columns(), NOW)  # type: ignore[arg-type]
        assert [label.value for label in table.labels(0, 2)] == expected


def test_decimal_commas_of_another_column_count_for_doubtful_labels(bundle: Bundle, tmp_path: Path) -> None:
    """As in a data set: labels are not a thousand times too large, and it is told."""
    path = written(tmp_path, "user_id;label;amount\na;1,234;0,5\nb;2,750;1,5\n")
    table = read_label_file(path, of_numbers(bundle), Columns(), NOW)
    assert [label.value for label in table.labels(0, 2)] == [1.234, 2.75]
    assert table.notes == [
        "labels.csv: cells are separated by semicolons",
        "labels.csv: label: its numbers have a comma before their decimals, as those of 'amount' have, "
        "though they could be read in two ways: `decimal` says how",
    ]
    path = written(tmp_path, "user_id;label;amount\na;1.234;0,5\nb;2.750;1,5\n")
    table = read_label_file(path, of_numbers(bundle), Columns(), NOW)
    assert [label.value for label in table.labels(0, 2)] == [1234.0, 2750.0]


@pytest.mark.parametrize("between", ["'", "\xa0", " "])
def test_marks_between_thousands_do_not_say_what_a_point_is(
    bundle: Bundle, tmp_path: Path, between: str
) -> None:
    """The message shows such a number."""
    path = written(tmp_path, f"user_id;label\na;1{between}234.567\nb;987.125\n")
    with pytest.raises(BadLabelFileError, match=r"two ways, such as .1.+234\.567.; --decimal"):
        read_label_file(path, of_numbers(bundle), Columns(), NOW)


@pytest.mark.parametrize(
    "text",
    [
        "user_id;label\na;1,234\nb;2,750\n",
        "user_id;label;what\na;1,234;0,5\nb;2,750;none\nc;1;many\n",
        'user_id,label,amount\na,"1,234","0,5"\nb,"2,750","1,5"\n',
    ],
)
def test_labels_that_can_be_read_in_two_ways_are_refused(bundle: Bundle, tmp_path: Path, text: str) -> None:
    """Where no other column says how they are written; then an option has to, or the schema."""
    path = written(tmp_path, text)
    with pytest.raises(BadLabelFileError) as refused:
        read_label_file(path, of_numbers(bundle), Columns(), NOW)
    assert "column 'label': its numbers can be read in two ways, such as '1,234'; --decimal" in str(
        refused.value
    )
    for decimal, of_schema, expected in ((",", ".", 1.234), (".", ",", 1234.0), (None, ",", 1.234)):
        columns = Columns(decimal=decimal)  # type: ignore[arg-type]
        table = read_label_file(path, of_numbers(bundle, of_schema), columns, NOW)  # type: ignore[arg-type]
        assert table.labels(0, 1)[0].value == expected


def test_what_is_read_in_another_way_than_it_is_written_is_told(
    redis: Redis, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the command, on stderr, of the table and of each column."""
    labels(written(tmp_path, "user_id;label;time\n1.0;yes;2026-01-31\n2.0;no;2026-01-31\n"))
    assert label_ledger(redis, MODEL).received == 2
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "labels.csv: cells are separated by semicolons",
        "labels.csv: user_id: codes such as 1.0 are read as 1",
    ]
    assert said.out == "2 labels of churn taken\n"


@pytest.mark.parametrize(
    ("classes", "cells", "expected"),
    [
        ((False, True), ["yes", "N", "1.0", "maybe"], [True, False, True]),
        ((0, 1, 2), ["0", "1.0", "2", "1.5"], [0, 1, 2]),
        (("0", "1"), ["0", "1.0", "1", "2"], ["0", "1", "1"]),
        (("gold", "none"), ["gold", " none", "gold", "Gold"], ["gold", "none", "gold"]),
    ],
)
def test_classes_are_read_as_those_of_a_data_set(
    bundle: Bundle, tmp_path: Path, classes: tuple[object, ...], cells: list[str], expected: list[object]
) -> None:
    """By the type of the model's classes; the last cell is none of them."""
    metadata = bundle.metadata.model_copy(update={"classes": classes})
    path = written(tmp_path, "user_id,label\n" + "".join(f"a,{cell}\n" for cell in cells))
    table = read_label_file(path, replace(bundle, metadata=metadata), Columns(), NOW)
    assert [label.value for label in table.labels(0, 4)] == expected
    assert table.good.tolist() == [True, True, True, False]


def test_labels_of_a_regression_are_finite_numbers(bundle: Bundle, tmp_path: Path) -> None:
    """NaN and infinity are none, and one that no model of 32 bits could predict is refused."""
    path = written(tmp_path, "user_id,label\na,1.5\nb,NaN\nc,1e999\nd,7\ne,-1e39\nf,3.4e38\n")
    table = read_label_file(path, of_numbers(bundle), Columns(), NOW)
    assert table.good.tolist() == [True, False, False, True, False, True]
    assert [label.value for label in table.labels(0, 6)] == [1.5, 7.0, 3.4e38]
    assert [*table.bad_rows()][-1] == "row 5: label: expected a number within ±3.4e+38, not '-1e39'"
