"""One replay, from the data set to the result."""

import asyncio
from collections.abc import Callable
from time import perf_counter

from simulator.errors import OptionsError
from simulator.scenario.month import Told, read_month
from simulator.scenario.rows import Request, to_request, together
from simulator.scenario.scenarios import apply
from simulator.traffic.answers import OnAnswer, answer_files
from simulator.traffic.clients import send_all
from simulator.traffic.counts import ReplayCounts
from simulator.traffic.options import ReplayOptions
from simulator.traffic.result import Lateness, ReplayResult, latency
from simulator.traffic.schedule import Schedule
from simulator.traffic.sender import Sender
from simulator.traffic.service import ServedModel, open_session, served_model


async def replay(
    options: ReplayOptions,
    on_progress: Callable[[ReplayCounts], object] = lambda _counts: None,
    stop: asyncio.Event | None = None,
    on_answer: OnAnswer | None = None,
) -> ReplayResult:
    """Send the rows of a data set to a service, and return the counts and latencies.

    `on_progress` is called before the first row and after every request, `on_answer` for each row that was
    answered with a prediction. Setting `stop` ends the replay: no
    further row is sent, and the rows in flight have 5 s to be answered. Raises SimulatorError before
    the first row is sent, where the service is not ready, or where data, scenario or options don't fit.
    """
    stopping = asyncio.ensure_future((stop or asyncio.Event()).wait())
    try:
        async with open_session(options) as session:
            model = await served_model(session, options.url)
            requests, told = await asyncio.to_thread(_prepare, options, model)
            counts = ReplayCounts(sum(request.rows for request in requests))
            with answer_files(options.ids, options.answers) as keep:
                sender = Sender(session, options.path, counts, [*keep, *([on_answer] if on_answer else [])])
                on_progress(counts)
                began = perf_counter()
                schedule = Schedule(requests, options.rate, counts, stopping)
                clients = min(options.in_flight, len(requests))
                await send_all(schedule, sender, clients, lambda: on_progress(counts), stopping)
                seconds = perf_counter() - began
    finally:
        stopping.cancel()
    return _result(options, model, told, counts, seconds)


def _prepare(options: ReplayOptions, model: ServedModel) -> tuple[list[Request], Told]:
    """Return a request for each row after the scenario's change, and what is told of the rows."""
    month = read_month(options.data, model.schema, options.limit)
    rows = apply(options.scenario, model.schema, month.rows) if options.scenario else month.rows
    entity = model.schema.entity
    if options.entities_only and model.schema.ids == "none":
        raise OptionsError(
            f"the rows of model {model.name} have no ids, by which features are looked up: "
            "expected a replay without --entities-only"
        )
    requests = [
        to_request(number, row, entity, entity_only=options.entities_only)
        for number, row in enumerate(rows, start=1)
    ]
    return together(requests, options.batch) if options.batch else requests, month.told


def _result(
    options: ReplayOptions, model: ServedModel, told: Told, counts: ReplayCounts, seconds: float
) -> ReplayResult:
    return ReplayResult(
        url=options.url,
        model=model.name,
        model_version=model.version,
        ignored=told.ignored,
        notes=told.notes,
        rows=counts.rows,
        sent=counts.sent,
        answered=counts.answered,
        refused=dict(sorted(counts.refused.items())),
        failed=dict(sorted(counts.failed.items())),
        interrupted=counts.done < counts.rows,
        seconds=seconds,
        requests=len(counts.latencies),
        latency=latency(counts.latencies),
        late=Lateness(counts.late, counts.max_late),
        first_problem=counts.first_problem,
    )
