"""The result of a replay: percentiles, and what people and programs read."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.cli.report import as_json, as_text
from simulator.scenario.scenarios import Scenario
from simulator.traffic.options import ReplayOptions
from simulator.traffic.result import Latency, Lateness, Problem, ReplayResult, latency

OPTIONS = ReplayOptions(data=Path("month_001"), url="http://host")


def result(**given: Any) -> ReplayResult:
    """A replay of ten rows in two seconds without a problem, but for what is given."""
    return ReplayResult(
        **{
            "url": "http://host",
            "model": "churn",
            "model_version": "3f2a9c1b7d20",
            "ignored": ("users.csv: signup_date",),
            "rows": 10,
            "sent": 10,
            "answered": 10,
            "refused": {},
            "failed": {},
            "interrupted": False,
            "seconds": 2.0,
            "requests": 10,
            "latency": Latency(0.001, 0.002, 0.003, 0.004),
            "late": Lateness(0, 0.0),
            "first_problem": None,
            **given,
        }
    )


@given(st.lists(st.floats(0, 100), min_size=1))
def test_percentiles_are_latencies_that_were_measured(seconds: list[float]) -> None:
    """Each is one of the values, in order, and the share of values at or below it is at least its rank."""
    found = latency(seconds)
    assert found is not None
    assert found.p50 <= found.p90 <= found.p99 <= found.max == max(seconds)
    for share, value in ((0.5, found.p50), (0.9, found.p90), (0.99, found.p99)):
        assert value in seconds
        assert sum(second <= value for second in seconds) >= share * len(seconds)


def test_no_answer_has_no_latency() -> None:
    """Where nothing was answered there is no latency, rather than one of 0."""
    assert latency([]) is None


def test_the_rate_of_batches_counts_rows() -> None:
    """Rows and requests are told apart, in the text and in the document."""
    options = ReplayOptions(data=Path("month_001"), url="http://host", batch=5)
    assert "rate      5 rows/s in requests of 5 over 2.0 s" in as_text(options, result(requests=2))
    document = json.loads(as_json(result(requests=2)))
    assert (document["rows_per_second"], document["requests_per_second"]) == (5.0, 1.0)


def test_a_good_replay_reads_as_such() -> None:
    """Counts, rate and latencies stand in a few lines, with the columns that were not sent."""
    assert as_text(OPTIONS, result()).splitlines() == [
        "model     churn 3f2a9c1b7d20 at http://host",
        "rows      10 of month_001",
        "not sent  users.csv: signup_date",
        "answered  10",
        "refused   0",
        "failed    0",
        "rate      5 requests/s over 2.0 s",
        "latency   p50 1.0 ms  p90 2.0 ms  p99 3.0 ms  max 4.0 ms",
    ]


def test_what_went_wrong_is_told() -> None:
    """Refusals by status, failures by reason, rows given up, and the first problem with its row."""
    problem = Problem(3, "u3", "422 Unprocessable: fee: Input should be a valid number")
    text = as_text(
        OPTIONS,
        result(
            answered=4,
            refused={422: 2},
            failed={"connection lost": 1},
            sent=8,
            interrupted=True,
            first_problem=problem,
        ),
    )
    assert "rows      8 of 10 of month_001" in text
    assert "refused   2 (422: 2)" in text
    assert "failed    1 (connection lost: 1)" in text
    assert "given up  1 sent rows" in text
    assert "prediction: 3 (u3): 422 Unprocessable: fee: Input should be a valid number" in text


def test_a_rate_that_was_not_kept_is_told() -> None:
    """A few late rows are counted; more than 1 % say that the rate is too high."""
    options = ReplayOptions(data=Path("month_001"), url="http://host", rate=500)
    few = as_text(options, result(rows=1000, sent=1000, late=Lateness(9, 0.02)))
    assert "late      9 rows were sent after they were due, by up to 0.02 s" in few
    assert "can do" not in few
    many = as_text(options, result(late=Lateness(9, 2.5)))
    assert "500 rows/s with at most 100 in flight" in many
    assert "are more than service and machine can do" in many


def test_the_scenario_is_told() -> None:
    """The line of the rows says what was done to them."""
    scenario = Scenario("shift", 0.5, "gradual", first_row=1500, features=("fee", "hours"))
    options = ReplayOptions(data=Path("month_001"), url="http://host", scenario=scenario)
    assert "month_001, gradual shift of fee, hours, strength 0.5 from row 1,500" in as_text(options, result())


def test_the_json_document_has_every_figure() -> None:
    """Programs find counts, percentiles in seconds, and whether every row got a prediction."""
    document = json.loads(as_json(result(answered=9, refused={422: 1}, late=Lateness(1, 0.5))))
    assert document["refused"] == {"422": 1}
    assert document["latency_seconds"] == {"p50": 0.001, "p90": 0.002, "p99": 0.003, "max": 0.004}
    assert document["late"] == {"rows": 1, "max_seconds": 0.5, "kept_up": False}
    assert document["requests_per_second"] == document["rows_per_second"] == 5.0
    assert document["complete"] is False
    assert document["unanswered"] == 0
