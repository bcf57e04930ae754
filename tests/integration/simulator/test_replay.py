"""Replays over real HTTP: order, concurrency, rate, and what is counted when the service misbehaves."""

import asyncio
from pathlib import Path

from aiohttp import web

from simulator.scenario.scenarios import Scenario
from simulator.traffic.options import ReplayOptions
from simulator.traffic.replay import replay
from tests.support.http.counterpart import Counterpart, document_of, predicted, predicted_rows
from tests.support.http.replay import run


def test_rows_arrive_as_they_stand_in_the_file(service: Counterpart, month: Path) -> None:
    """Every row is sent once, in order, over one kept connection, with nulls as null and no other column."""
    result = run(month, service.url)
    assert service.documents == [document_of(row) for row in range(60)]
    assert len(service.connections) == 1
    assert result.complete
    assert (result.rows, result.sent, result.answered) == (60, 60, 60)
    assert (result.model, result.model_version) == ("churn", "3f2a9c1b7d20")
    assert result.ignored == ("month.csv: extra",)
    assert result.latency is not None


def test_rows_may_be_sent_without_their_features(service: Counterpart, month: Path) -> None:
    """The service then looks them up; one by one and in batches."""
    run(month, service.url, limit=3, entities_only=True)
    service.answer = predicted_rows(2)
    run(month, service.url, limit=2, batch=2, entities_only=True)
    alone = [{"user_id": f"u{row}"} for row in range(3)]
    assert service.documents == [*alone, {"rows": alone[:2]}]


def test_a_limit_sends_the_first_rows_only(service: Counterpart, month: Path) -> None:
    """The rows after the limit stay where they are; a limit beyond the rows is all of them."""
    assert run(month, service.url, limit=7).answered == 7
    assert service.documents == [document_of(row) for row in range(7)]
    assert run(month, service.url, limit=1000).answered == 60


def test_as_many_rows_are_in_flight_as_asked_for(service: Counterpart, month: Path) -> None:
    """With concurrency 5 five rows wait for an answer at once, never more, and each is sent once."""
    together = asyncio.Barrier(5)

    async def answer(number: int, request: web.Request) -> web.StreamResponse:
        await together.wait()
        return await predicted(number, request)

    service.answer = answer
    assert run(month, service.url, concurrency=5).complete
    assert service.most_in_flight == 5
    assert sorted(document["user_id"] for document in service.documents) == sorted(f"u{i}" for i in range(60))


def test_refusals_are_counted_by_status_and_not_sent_again(service: Counterpart, month: Path) -> None:
    """A refused row is a result; the first one is told with its row and what the service says."""

    async def answer(number: int, request: web.Request) -> web.StreamResponse:
        if number % 20 == 3:
            return web.json_response({"title": "Bad features", "detail": "fee: too big"}, status=422)
        if number == 59:
            return web.Response(status=503)
        if number == 50:
            raise web.HTTPFound("/elsewhere")
        return await predicted(number, request)

    service.answer = answer
    result = run(month, service.url)
    assert len(service.documents) == 60
    assert result.refused == {302: 1, 422: 3, 503: 1}
    assert result.answered == 55
    assert not result.complete
    assert result.first_problem is not None
    assert (result.first_problem.row, result.first_problem.entity) == (4, "u3")
    assert result.first_problem.reason == "422 Bad features: fee: too big"


def test_a_broken_connection_is_a_failure_of_its_row(service: Counterpart, month: Path) -> None:
    """A row whose connection is cut counts as failed, is not sent again, and the rest goes on."""

    async def answer(number: int, request: web.Request) -> web.StreamResponse:
        if number in {5, 6}:
            assert request.transport is not None
            request.transport.abort()
        return await predicted(number, request)

    service.answer = answer
    result = run(month, service.url)
    assert service.documents == [document_of(row) for row in range(60)]
    assert result.failed == {"connection lost": 2}
    assert result.answered == 58


def test_a_silent_service_costs_a_row_its_timeout(service: Counterpart, month: Path) -> None:
    """No answer within the timeout is a failure, named as such."""

    async def answer(number: int, request: web.Request) -> web.StreamResponse:
        if number == 1:
            await asyncio.Event().wait()
        return await predicted(number, request)

    service.answer = answer
    result = run(month, service.url, limit=4, timeout=0.2)
    assert result.failed == {"no answer in time": 1}
    assert result.answered == 3


def test_a_200_that_is_no_prediction_is_a_failure(service: Counterpart, month: Path) -> None:
    """Something other than predict may answer 200 to anything."""

    async def answer(_number: int, _request: web.Request) -> web.StreamResponse:
        return web.Response(text="<h1>Welcome</h1>", content_type="text/html")

    service.answer = answer
    result = run(month, service.url, limit=2)
    assert result.failed == {"not a prediction": 2}
    assert result.first_problem is not None
    assert "<h1>Welcome</h1>" in result.first_problem.reason


def test_a_service_that_goes_away_fails_the_remaining_rows(service: Counterpart, month: Path) -> None:
    """Rows that nobody takes any more are counted as failed, one by one."""

    async def answer(number: int, request: web.Request) -> web.StreamResponse:
        if number == 9:
            await service.stop_listening()
        return await predicted(number, request)

    service.answer = answer
    result = run(month, service.url)
    assert (result.answered, result.failed) == (9, {"connection lost": 1, "no connection": 50})
    assert not result.interrupted


def test_a_rate_sends_rows_when_they_are_due(service: Counterpart, month: Path) -> None:
    """60 rows at 200 a second take 59 intervals of 5 ms, however fast the service is."""
    result = run(month, service.url, rate=200)
    assert result.complete
    assert 59 / 200 <= result.seconds < 2


def test_a_slow_answer_shows_in_the_latency_of_all_rows_behind_it(service: Counterpart, month: Path) -> None:
    """With one client, a stall delays what is due meanwhile, and the latencies of those rows hold it."""
    stall = 0.3

    async def answer(number: int, request: web.Request) -> web.StreamResponse:
        if number == 0:
            await asyncio.wait([asyncio.create_task(asyncio.Event().wait())], timeout=stall)
        return await predicted(number, request)

    service.answer = answer
    result = run(month, service.url, rate=200, concurrency=1)
    assert result.latency is not None
    assert result.latency.max >= stall
    assert result.latency.p50 >= stall / 4
    assert result.late.rows >= 30
    assert result.late.max >= stall - 2 / 200
    assert not result.kept_up


def test_progress_counts_up_to_every_row(service: Counterpart, month: Path) -> None:
    """It starts at 0 of all rows and is told of each."""
    seen: list[tuple[int, int]] = []

    async def watched() -> None:
        options = ReplayOptions(data=month, url=service.url, limit=4)
        await replay(options, lambda counts: seen.append((counts.done, counts.rows)))

    asyncio.run(watched())
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_ids_of_answers_are_kept(service: Counterpart, month: Path, tmp_path: Path) -> None:
    """The file holds the id of every 200, one a line, and of nothing else."""

    async def answer(number: int, request: web.Request) -> web.StreamResponse:
        return web.Response(status=422) if number % 2 else await predicted(number, request)

    service.answer = answer
    ids = tmp_path / "ids.txt"
    run(month, service.url, ids=ids)
    assert ids.read_text().splitlines() == [f"id-{number}" for number in range(0, 60, 2)]


def test_a_scenario_changes_what_is_sent(service: Counterpart, month: Path) -> None:
    """The rows go out as the scenario makes them, here with a new category in the second half."""
    assert run(month, service.url, scenario=Scenario("new-category", 1.0)).complete
    nets = [document["features"]["net"] for document in service.documents]
    assert nets == ["DSL"] * 30 + ["new-category-1"] * 30


def test_the_api_key_goes_with_every_request(service: Counterpart, month: Path) -> None:
    """A key is sent as a bearer token."""
    run(month, service.url, api_key="secret", limit=3)
    assert [headers["Authorization"] for headers in service.headers] == ["Bearer secret"] * 3
