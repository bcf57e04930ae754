"""`simulator labels MONTH_DIR` sends a month's labels, each about its entity's last prediction."""

import json
from pathlib import Path
from statistics import mean

import pytest
from redis import Redis
from typer.testing import CliRunner, Result

from contract.labels.ledger import label_ledger
from contract.labels.settle import waiting_labels
from simulator.cli.app import app
from simulator.traffic.answers import read_answers
from tests.support.processes.predict import Running


def run(*arguments: object) -> Result:
    """Run `simulator labels` in this process."""
    return CliRunner().invoke(app, ["labels", *map(str, arguments)])


@pytest.fixture
def month(months_path: Path) -> Path:
    """The example's month_001."""
    return months_path / "month_001"


def test_the_labels_of_a_month_are_taken(service: Running, redis: Redis, month: Path) -> None:
    """All of them, about the entities of its rows."""
    ended = run(month, "--url", service.url, "--json")

    told = json.loads(ended.stdout)
    assert ended.exit_code == 0
    assert told["taken"] == told["labels"] == label_ledger(redis, "churn").received > 1_000
    kept = [each.label for batch in waiting_labels(redis, "churn", 100_000) for each in batch]
    assert all(label.entity for label in kept)
    assert {label.value for label in kept} == {True, False}


def test_a_share_of_them_is_drawn_by_the_seed(service: Running, redis: Redis, month: Path) -> None:
    """The same seed draws the same rows."""
    taken = [
        json.loads(run(month, "--url", service.url, "--share", "0.1", "--seed", seed, "--json").stdout)[
            "taken"
        ]
        for seed in (1, 1, 2)
    ]
    assert taken[0] == taken[1] != taken[2]
    assert label_ledger(redis, "churn").received == sum(taken)


@pytest.fixture
def answers(service: Running, month: Path, tmp_path: Path) -> Path:
    """The answers to the first 1,000 rows of the month."""
    file = tmp_path / "answers.csv"
    replayed = ["replay", month, "--url", service.url, "--limit", "1000", "--answers", file]
    assert CliRunner().invoke(app, [str(each) for each in replayed]).exit_code == 0
    return file


def test_labels_are_about_the_predictions_of_a_replay(
    service: Running, redis: Redis, month: Path, answers: Path
) -> None:
    """By the file of its answers: each about the prediction that its row got, and none about other rows."""
    told = json.loads(run(month, "--url", service.url, "--answers", answers, "--json").stdout)

    assert told["taken"] == told["labels"] == 1_000
    about = {each.label.prediction_id for batch in waiting_labels(redis, "churn", 100_000) for each in batch}
    assert about == {answer.prediction_id for answer in read_answers(answers)}


def test_rows_of_high_scores_are_drawn_more_often(
    service: Running, redis: Redis, month: Path, answers: Path
) -> None:
    """Twice the mean score at least, and the share of the rows all the same."""
    run(month, "--url", service.url, "--share", "0.1", "--answers", answers, "--by-score")

    scores = {answer.prediction_id: answer.score for answer in read_answers(answers)}
    waiting = [each.label for batch in waiting_labels(redis, "churn", 100_000) for each in batch]
    drawn = [scores[label.prediction_id or ""] for label in waiting]
    assert 60 < len(drawn) < 140
    assert mean(drawn) > 2 * mean(scores.values())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        ("id-1\nid-2\n", "no column row; `simulator replay --answers FILE` writes such a file"),
        ("row,entity,prediction_id,score\n1,ada,1,high\n", "row and score are numbers"),
        ("row,entity,prediction_id,score\n1,ada,1,0.5\n", "the answers are of other rows"),
    ],
)
def test_answers_that_are_none_are_told(
    service: Running, month: Path, tmp_path: Path, content: str | None, message: str
) -> None:
    """Nothing is sent."""
    answers = tmp_path / "answers.csv"
    if content is not None:
        answers.write_text(content)
    ended = run(month, "--url", service.url, "--answers", answers)
    assert ended.exit_code == 2
    assert message in ended.stderr


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--share=0", "the share is"),
        ("--share=1.5", "the share is"),
        ("--delay=-1", "the delay is"),
        ("--by-score", "needs --answers"),
    ],
)
def test_an_option_out_of_range_is_told(service: Running, month: Path, option: str, message: str) -> None:
    """Nothing is sent."""
    ended = run(month, "--url", service.url, option)
    assert ended.exit_code == 2
    assert message in ended.stderr
