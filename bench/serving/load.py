"""The load generator, a process of its own.

`python -m bench.serving.load PORT PID BODIES SECONDS [RATE]` sends the bodies, one a line, again and again:
at so many requests per second, or without a rate as fast as they are answered. PID is the process that
serves the port. It prints a Load as JSON.
"""

import asyncio
import gc
import selectors
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Final

import uvloop

from bench.result import Load
from bench.serving.connection import LoadError, connected, path_of, post_request
from bench.serving.cores import cpu_seconds
from bench.serving.patterns import ClosedLoop, OpenLoop
from bench.summary import percentile

CONNECTIONS: Final = 16

OPEN_CONNECTIONS: Final = 64
"""At a constant rate there are more, so that requests wait in the service and not before it."""

BUSY: Final = {"/predict": CONNECTIONS, "/predict/batch": 2, "/labels": 1}
"""Connections that send without a pause; of requests with many rows one is worked on, and the next waits."""

WARM_UP: Final = 0.25
"""How long the service is loaded before anything counts, as a share of the measured time."""


async def measure(
    port: int,
    server: int,
    requests: Iterator[bytes],
    seconds: float,
    rate: float | None,
    *,
    busy: int = CONNECTIONS,
) -> Load:
    """Warm the service up by `busy` connections, then load it; raises LoadError, TimeoutError, or OSError."""
    async with connected(port, busy if rate is None else _open_connections(rate)) as connections:
        await ClosedLoop(requests, seconds * WARM_UP).over(connections[:busy])
        run = ClosedLoop(requests, seconds) if rate is None else OpenLoop(requests, seconds, rate)
        began, generator, served = time.perf_counter(), time.process_time(), cpu_seconds(server)
        await run.over(connections)
        took = time.perf_counter() - began
        generator, served = time.process_time() - generator, cpu_seconds(server) - served
    latencies = sorted(run.latencies)
    return Load(
        requests_per_second=len(latencies) / (seconds if rate is None else took),
        p50=percentile(latencies, 0.5),
        p99=percentile(latencies, 0.99),
        server_busy=served / took,
        generator_busy=generator / took,
        late_p99=percentile(sorted(run.lateness), 0.99) if isinstance(run, OpenLoop) else 0.0,
    )


def _open_connections(rate: float) -> int:
    """Each is used every two seconds at least: a service closes idle ones after five."""
    return max(1, min(OPEN_CONNECTIONS, round(2 * rate)))


def _precise_loop() -> asyncio.AbstractEventLoop:
    """A loop whose timers are good to some 0.1 ms: epoll, and uvloop, wait for whole milliseconds."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


def _main(port: str, server: str, bodies: str, seconds: str, rate: str = "") -> None:
    lines = Path(bodies).read_bytes().splitlines()
    requests = [post_request(body) for body in lines]
    busy = BUSY[path_of(lines[0])]
    loop_factory: Callable[[], asyncio.AbstractEventLoop] = _precise_loop if rate else uvloop.new_event_loop
    gc.freeze()
    gc.disable()
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        per_second = float(rate) if rate else None
        load = runner.run(
            measure(int(port), int(server), cycle(requests), float(seconds), per_second, busy=busy)
        )
    print(load.model_dump_json())


if __name__ == "__main__":
    try:
        _main(*sys.argv[1:])
    except TimeoutError:
        sys.exit("the service did not answer in time")
    except (LoadError, OSError) as error:
        sys.exit(str(error))
