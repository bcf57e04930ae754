"""The result of a replay as text and as one JSON document."""

import json
from dataclasses import asdict

from simulator.scenario.scenarios import Scenario
from simulator.traffic.options import ReplayOptions
from simulator.traffic.result import Latency, ReplayResult


def as_json(result: ReplayResult) -> str:
    """Return the result as one JSON document."""
    document = asdict(result)
    document["latency_seconds"] = document.pop("latency")
    document["late"] = {"rows": result.late.rows, "max_seconds": result.late.max, "kept_up": result.kept_up}
    document["unanswered"] = result.unanswered
    document["requests_per_second"] = result.requests_per_second
    document["rows_per_second"] = result.rows_per_second
    document["complete"] = result.complete
    return json.dumps(document, indent=2)


def as_text(options: ReplayOptions, result: ReplayResult) -> str:
    """Return the result as a few lines for a terminal."""
    lines = [
        f"model     {result.model} {result.model_version} at {result.url}",
        f"rows      {_rows(options, result)}",
        *(f"read      {note}" for note in result.notes),
        *(f"not sent  {columns}" for columns in result.ignored),
        f"answered  {result.answered:,}",
        f"refused   {_counts(result.refused)}",
        f"failed    {_counts(result.failed)}",
        f"rate      {_rate(options, result)} over {result.seconds:,.1f} s",
    ]
    if result.latency:
        lines.append(f"latency   {_percentiles(result.latency)}")
    if result.unanswered:
        lines.append(f"given up  {result.unanswered:,} sent rows, at the interrupt")
    if result.late.rows:
        lines.append(_late(options, result))
    if result.first_problem:
        problem = result.first_problem
        lines.append(
            f"the first row without a prediction: {problem.row} ({problem.entity}): {problem.reason}"
        )
    return "\n".join(lines)


def _rows(options: ReplayOptions, result: ReplayResult) -> str:
    sent = f"{result.sent:,} of {result.rows:,}" if result.interrupted else f"{result.rows:,}"
    text = f"{sent} of {options.data}"
    return f"{text}, {_scenario(options.scenario)}" if options.scenario else text


def _rate(options: ReplayOptions, result: ReplayResult) -> str:
    requests = f"{result.requests_per_second:,.0f} requests/s"
    if options.batch is None:
        return requests
    return f"{result.rows_per_second:,.0f} rows/s in requests of {options.batch:,}"


def _scenario(scenario: Scenario) -> str:
    features = f" of {', '.join(scenario.features)}" if scenario.features else ""
    start = f" from row {scenario.first_row:,}" if scenario.first_row else ""
    return f"{scenario.mode} {scenario.name}{features}, strength {scenario.strength:g}{start}"


def _counts(counts: dict[int, int] | dict[str, int]) -> str:
    total = f"{sum(counts.values()):,}"
    return (
        f"{total} ({', '.join(f'{reason}: {count:,}' for reason, count in counts.items())})"
        if counts
        else total
    )


def _percentiles(latency: Latency) -> str:
    return "  ".join(f"{name} {seconds * 1000:,.1f} ms" for name, seconds in asdict(latency).items())


def _late(options: ReplayOptions, result: ReplayResult) -> str:
    late = result.late
    line = f"late      {late.rows:,} rows were sent after they were due, by up to {late.max:,.2f} s"
    if result.kept_up:
        return line
    return (
        f"{line};\n          latencies count from when a row was due; {options.rate:g} rows/s with at most "
        f"{options.in_flight} in flight\n          (--concurrency) are more than service and machine can do"
    )
