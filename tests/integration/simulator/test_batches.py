"""Replays of several rows per request: what is sent, when it is due, and what is counted."""

from pathlib import Path

import pytest
from aiohttp import web

from tests.support.http.counterpart import Counterpart, document_of, predicted_rows
from tests.support.http.replay import run


def test_batches_carry_the_rows_in_order(service: Counterpart, month: Path) -> None:
    """Counts are of rows, latencies of requests."""
    service.answer = predicted_rows(20)
    result = run(month, service.url, batch=20)
    assert service.documents == [
        {"rows": [document_of(row) for row in range(start, start + 20)]} for start in (0, 20, 40)
    ]
    assert (result.rows, result.sent, result.answered, result.requests) == (60, 60, 60, 3)


def test_the_ids_of_a_batch_are_kept_in_order(service: Counterpart, month: Path, tmp_path: Path) -> None:
    """One a line, as those of single rows."""
    service.answer = predicted_rows(30)
    assert run(month, service.url, batch=30, ids=tmp_path / "ids").complete
    assert (tmp_path / "ids").read_text().splitlines() == [
        f"id-{number}-{place}" for number in range(2) for place in range(30)
    ]


def test_a_refused_batch_counts_its_rows_and_names_the_first(service: Counterpart, month: Path) -> None:
    """By the index in the refusal; where it has none, the first row of the batch is named."""

    async def answer(number: int, request: web.Request) -> web.StreamResponse:
        if number == 1:
            return web.json_response({"title": "No", "detail": "rows[3].features.fee: too big"}, status=422)
        if number == 2:
            return web.json_response({"title": "Busy"}, status=503)
        return await predicted_rows(20)(number, request)

    service.answer = answer
    result = run(month, service.url, batch=20)
    assert (result.answered, result.refused) == (20, {422: 20, 503: 20})
    assert result.first_problem is not None
    assert (result.first_problem.row, result.first_problem.entity) == (24, "u23")
    assert result.first_problem.reason == "422 No: rows[3].features.fee: too big"


def test_an_answer_with_too_few_predictions_is_a_failure(service: Counterpart, month: Path) -> None:
    """Nobody could say to which rows they belong."""
    service.answer = predicted_rows(19)
    result = run(month, service.url, batch=20)
    assert result.failed == {"not a prediction": 60}
    assert result.first_problem is not None
    assert result.first_problem.reason == "not a prediction: 19 predictions for 20 rows"


def test_the_rate_of_batches_is_in_rows(service: Counterpart, month: Path) -> None:
    """The last of three batches of 20 is due with row 40, after a fifth of a second at 200 rows/s."""
    service.answer = predicted_rows(20)
    result = run(month, service.url, batch=20, rate=200)
    assert result.complete
    assert result.seconds == pytest.approx(0.2, abs=0.15)
    assert result.seconds > 0.2
