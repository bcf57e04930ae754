"""One replay, from the data set to the result."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from simulator.errors import OptionsError
from simulator.scenario.month import read_month
from simulator.scenario.rows import Request, to_request
from simulator.scenario.scenarios import apply
from simulator.traffic.clients import send_all
from simulator.traffic.options import ReplayOptions
from simulator.traffic.result import Lateness, ReplayResult, latency
from simulator.traffic.schedule import Schedule
from simulator.traffic.sender import Sender
from simulator.traffic.service import ServedModel, open_session, served_model
from simulator.traffic.tally import Tally


async def replay(
    options: ReplayOptions,
    on_progress: Callable[[Tally], object] = lambda _tally: None,
    stop: asyncio.Event | None = None,
) -> ReplayResult:
    """Send the rows of a data set to a service and return what came of it.

    `on_progress` is called before the first row and after every row. Setting `stop` ends the replay: no
    further row is sent, and those in flight have 5 s. Raises SimulatorError, before anything is sent, where
    the service is not there or not ready, or where data, scenario or options don't fit its model.
    """
    stopping = asyncio.ensure_future((stop or asyncio.Event()).wait())
    try:
        async with open_session(options) as session:
            model = await served_model(session, options.url)
            requests, ignored = await asyncio.to_thread(_prepare, options, model)
            tally = Tally(len(requests))
            with _ids_file(options.ids) as on_id:
                sender = Sender(session, tally, on_id)
                on_progress(tally)
                began = perf_counter()
                schedule = Schedule(requests, options.rate, tally, stopping)
                clients = min(options.in_flight, len(requests))
                await send_all(schedule, sender, clients, lambda: on_progress(tally), stopping)
                seconds = perf_counter() - began
    finally:
        stopping.cancel()
    return _result(options, model, ignored, tally, seconds)


def _prepare(options: ReplayOptions, model: ServedModel) -> tuple[list[Request], tuple[str, ...]]:
    """Return the data set's first rows, as the scenario changes them, and the columns that are not sent."""
    month = read_month(options.data, model.schema, options.limit)
    rows = apply(options.scenario, model.schema, month.rows) if options.scenario else month.rows
    entity = model.schema.entity
    return [to_request(number, row, entity) for number, row in enumerate(rows, start=1)], month.ignored


@contextmanager
def _ids_file(path: Path | None) -> Iterator[Callable[[str], object] | None]:
    """Write each id as it comes, so that the file holds all of them whenever the replay ends."""
    if path is None:
        yield None
        return
    try:
        file = path.open("w", encoding="utf-8", errors="replace", buffering=1)
    except OSError as error:
        raise OptionsError(f"{path}: cannot be written: {error.strerror}") from error
    with file:
        yield lambda prediction_id: file.write(f"{prediction_id}\n")


def _result(
    options: ReplayOptions, model: ServedModel, ignored: tuple[str, ...], tally: Tally, seconds: float
) -> ReplayResult:
    return ReplayResult(
        url=options.url,
        model=model.name,
        model_version=model.version,
        ignored=ignored,
        rows=tally.rows,
        sent=tally.sent,
        answered=tally.answered,
        refused=dict(sorted(tally.refused.items())),
        failed=dict(sorted(tally.failed.items())),
        interrupted=tally.done < tally.rows,
        seconds=seconds,
        latency=latency(tally.latencies),
        late=Lateness(tally.late, tally.max_late),
        first_problem=tally.first_problem,
    )
