"""What keeps a replay from its first row, and what is said of it."""

import socket
from pathlib import Path

import pytest
from aiohttp import web

from simulator.errors import MonthError, OptionsError, ScenarioError, ServiceError
from simulator.scenario.scenarios import Scenario
from tests.support.http.counterpart import Counterpart, csv_of, served
from tests.support.http.replay import run


def test_a_service_that_is_not_ready_is_told_with_its_reasons(service: Counterpart, month: Path) -> None:
    """Nothing is sent to it."""
    service.ready = 503
    with pytest.raises(ServiceError, match=r"is not ready .*503.*Redis does not answer"):
        run(month, service.url)
    assert service.documents == []


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(text="<html>", content_type="text/html"),
        web.json_response({"metadata": {"name": "churn"}}),
        web.json_response({"metadata": {"name": "churn", "version": "1"}, "schema": {"entity": "id"}}),
        web.Response(status=404),
    ],
    ids=["html", "no version", "no features", "404"],
)
def test_something_else_than_predict_is_recognised(month: Path, answer: web.Response) -> None:
    """A service without the page of a model is named, with what is wrong with its answer."""
    with (
        served(Counterpart(model=answer)) as counterpart,
        pytest.raises(ServiceError, match=r"GET /model of .* is this predict\?"),
    ):
        run(month, counterpart.url)


def test_no_service_is_told(month: Path) -> None:
    """An address where nothing listens is named, and what to do."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(ServiceError, match=f"no service answers at {url} .*--url"):
            run(month, url)


def test_data_that_do_not_fit_the_model_are_told(service: Counterpart, month: Path, tmp_path: Path) -> None:
    """File, row and column are named, nothing is sent, and no file of ids appears."""
    month.write_text(csv_of(3).replace("1.5", "one"))
    ids = tmp_path / "ids.txt"
    with pytest.raises(
        MonthError, match=r"month\.csv: column 'fee', row 2: 'one' is not a number.*served model"
    ):
        run(month, service.url, ids=ids)
    assert service.documents == []
    assert not ids.exists()


def test_a_scenario_that_does_not_fit_the_model_is_told(service: Counterpart, month: Path) -> None:
    """The features that would be allowed are named."""
    with pytest.raises(ScenarioError, match=r"missing changes nullable features, .* has tv"):
        run(month, service.url, scenario=Scenario("missing", features=("fee",)))


def test_a_file_of_ids_that_cannot_be_written_is_told(
    service: Counterpart, month: Path, tmp_path: Path
) -> None:
    """It is found out before the first row is sent."""
    with pytest.raises(OptionsError, match="cannot be written: Is a directory"):
        run(month, service.url, ids=tmp_path)
    assert service.documents == []
