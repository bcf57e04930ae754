"""Requests at a constant rate, so cheap for the client that the cores are left to the service."""

import asyncio
import gc
import json
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import repeat
from typing import Any

import httpx

from bench.serving.connection import Connection, connected, post_request
from bench.serving.patterns import ClosedLoop, OpenLoop
from tests.support.http.constant_load import Asked, Load

CONNECTIONS = 16

FOR_EVER = 3600.0
"""Seconds; no load of a test lasts as long."""


class _Told(OpenLoop):
    """Keeps of each answer what a client holds."""

    def __init__(self, request: bytes, rate: float, load: Load) -> None:
        super().__init__(repeat(request), FOR_EVER, rate)
        self._load = load

    def answered(self, connection: Connection) -> None:
        """Take note of the answer; its time counts from when its request was due."""
        told = json.loads(connection.body)
        asked = Asked(connection.since, time.monotonic(), 200, told["prediction_id"], told["model_version"])
        self._load.asked.append(asked)
        super().answered(connection)


def throughput(url: str, request: Mapping[str, Any], seconds: float) -> float:
    """Requests a second that the service answers when 16 connections send without a pause."""

    async def send() -> float:
        async with connected(_port(url), CONNECTIONS) as connections:
            run = ClosedLoop(repeat(_bytes(request)), seconds)
            await run.over(connections)
        return len(run.latencies) / seconds

    return asyncio.run(send())


@contextmanager
def steady_load(url: str, request: Mapping[str, Any], rate: float) -> Iterator[Load]:
    """Send the request `rate` times a second while the context is open; raises LoadError for any failure.

    Nothing is collected meanwhile: in a process as large as that of all tests, it would keep answers waiting.
    """
    load, ended = Load(), threading.Event()
    gc.disable()

    async def send() -> None:
        async with connected(_port(url), CONNECTIONS) as connections:
            sending = asyncio.create_task(_Told(_bytes(request), rate, load).over(connections))
            while not ended.is_set() and not sending.done():
                await asyncio.sleep(0.1)
            if not sending.cancel():
                await sending

    with ThreadPoolExecutor(1) as thread:
        sent = thread.submit(asyncio.run, send())
        try:
            yield load
        finally:
            ended.set()
            gc.enable()
    sent.result()


def _bytes(request: Mapping[str, Any]) -> bytes:
    return post_request(json.dumps(request).encode())


def _port(url: str) -> int:
    port = httpx.URL(url).port
    assert port is not None
    return port
