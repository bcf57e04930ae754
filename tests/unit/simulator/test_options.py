"""The options of a replay: what makes no sense is refused before anything happens."""

from pathlib import Path
from typing import Any

import pytest

from simulator.errors import OptionsError
from simulator.scenario.scenarios import Scenario
from simulator.traffic.options import ReplayOptions


def options(**given: Any) -> ReplayOptions:
    """Options that are good but for those given."""
    return ReplayOptions(**{"data": Path("month_001"), "url": "http://127.0.0.1:8000", **given})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rate": 0}, "rate is a number of rows per second above 0; got 0"),
        ({"rate": float("nan")}, "got nan"),
        ({"rate": float("inf")}, "got inf"),
        ({"timeout": -1}, "timeout is a number of seconds above 0; got -1"),
        ({"concurrency": 0}, "concurrency is a number of rows from 1; got 0"),
        ({"batch": 0}, "a batch is a number of rows from 1; got 0"),
        ({"limit": 0}, "limit is a number of rows from 1; got 0"),
        ({"entities_only": True, "scenario": Scenario("shift")}, "expected one of the two"),
        ({"api_key": "a\nb"}, "characters that an HTTP header cannot carry"),
        ({"url": "127.0.0.1:8000"}, "like http://127.0.0.1:8000; got '127.0.0.1:8000'"),
        ({"url": "http://"}, "like http://127.0.0.1:8000"),
        ({"url": "ftp://host"}, "like http://127.0.0.1:8000"),
        ({"url": "http://host:port"}, "like http://127.0.0.1:8000"),
        ({"url": "http://[::1"}, "like http://127.0.0.1:8000"),
        ({"url": "http://host/?x=1"}, "like http://127.0.0.1:8000"),
        ({"url": "http://..."}, "like http://127.0.0.1:8000"),
        ({"url": "http://ü..de"}, "like http://127.0.0.1:8000"),
        ({"url": f"http://{'h' * 300}"}, "like http://127.0.0.1:8000"),
    ],
)
def test_options_that_make_no_sense_are_refused(given: dict[str, Any], message: str) -> None:
    """The message says what was expected and what came."""
    with pytest.raises(OptionsError, match=message):
        options(**given)


@pytest.mark.parametrize(
    "url", ["http://host", "http://host/", "https://host:8443/behind/a/proxy", "http://[::1]:80"]
)
def test_an_address_may_have_a_path_and_a_slash(url: str) -> None:
    """What is asked of the service goes below its address, whether that ends with a slash or not."""
    assert options(url=url).base_url == url.rstrip("/") + "/"


def test_the_rows_in_flight_follow_the_kind_of_loop() -> None:
    """One row at a time without a rate, which keeps their order; many with one; and as asked for."""
    assert options().in_flight == 1
    assert options(rate=10).in_flight == 100
    assert options(rate=10, concurrency=3).in_flight == 3
