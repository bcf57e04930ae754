"""The options of a replay."""

import math
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from simulator.errors import OptionsError
from simulator.scenario.scenarios import Scenario

CLOSED_LOOP_CONCURRENCY = 1
"""One row at a time, so that the stream holds the rows in the order of the data set."""

OPEN_LOOP_CONCURRENCY = 100
"""Rows that may wait for an answer at once; at 1,000 rows/s, 100 allow a mean latency of 0.1 s."""


@dataclass(frozen=True, kw_only=True)
class ReplayOptions:
    """The rows to send, the service that gets them, the rate, and the drift scenario.

    Without `rate` (rows/s), each of `concurrency` clients sends its next row when its last one is answered.
    With `rate`, rows are sent at constant intervals, and at most `concurrency` of them wait for an answer.
    With `batch`, so many rows are one request, due with its first row; `concurrency` then counts requests.
    `timeout` is in seconds per request. `ids` is a file for the prediction ids, `answers` one for each
    row's prediction and score. With `entities_only` no row has features. Raises OptionsError.
    """

    data: Path
    url: str
    rate: float | None = None
    concurrency: int | None = None
    batch: int | None = None
    limit: int | None = None
    scenario: Scenario | None = None
    api_key: str | None = None
    ids: Path | None = None
    answers: Path | None = None
    timeout: float = 30.0
    entities_only: bool = False

    def __post_init__(self) -> None:
        """Raise OptionsError where an option is out of range."""
        if self.rate is not None and not 0 < self.rate < math.inf:
            raise OptionsError(f"the rate is a number of rows per second above 0; got {self.rate:g}")
        if not 0 < self.timeout < math.inf:
            raise OptionsError(f"the timeout is a number of seconds above 0; got {self.timeout:g}")
        for name, number in (("concurrency", self.concurrency), ("limit", self.limit)):
            if number is not None and number < 1:
                raise OptionsError(f"the {name} is a number of rows from 1; got {number}")
        if self.batch is not None and self.batch < 1:
            raise OptionsError(f"a batch is a number of rows from 1; got {self.batch}")
        if self.entities_only and self.scenario is not None:
            raise OptionsError(
                "a scenario changes features, and --entities-only sends none: expected one of the two"
            )
        if self.api_key is not None and not (self.api_key.isascii() and self.api_key.isprintable()):
            raise OptionsError("the API key has characters that an HTTP header cannot carry")
        _ = self.base_url

    @property
    def base_url(self) -> str:
        """The service's address with a trailing slash, so that `predict` and `model` are relative to it."""
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
            (parts.hostname or "").encode("idna")
        except ValueError:
            usable = False
        if not usable or parts.query or parts.fragment:
            raise OptionsError(f"the service's address is one like http://127.0.0.1:8000; got {self.url!r}")
        return self.url.rstrip("/") + "/"

    @property
    def in_flight(self) -> int:
        """The largest number of requests that wait for an answer at the same time."""
        return self.concurrency or (OPEN_LOOP_CONCURRENCY if self.rate else CLOSED_LOOP_CONCURRENCY)

    @property
    def path(self) -> str:
        """Where the requests go, relative to `base_url`."""
        return "predict/batch" if self.batch else "predict"
