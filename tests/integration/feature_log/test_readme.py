"""The example in the package's README, run as it stands there."""

import asyncio
import json
import re
from contextlib import asynccontextmanager
from pathlib import Path
from time import time_ns
from typing import Any
from uuid import uuid4

import httpx
from opentelemetry.metrics import get_meter
from redis import Redis
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from contract.keys import Partition
from feature_log import FeatureLog, LogInstruments, LogOptions, Record
from tests.support.paths import ROOT


def example(**names: Any) -> dict[str, Any]:
    """What the example defines, with these names beside its imports."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "packages/feature-log/README.md").read_text(), re.S)
    imports: list[Any] = [FeatureLog, LogInstruments, LogOptions, Partition, Record, JSONResponse]
    imports += [get_meter, asynccontextmanager, time_ns, uuid4]
    defined: dict[str, Any] = {each.__name__: each for each in imports} | {"json": json} | names
    exec(code, defined)  # noqa: S102 - our own README
    return defined


def test_a_service_of_ones_own_logs_as_the_readme_says(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    """One request is answered, and its record is in the stream."""
    defined = example(
        REDIS_URL=redis_url, SPOOL_DIR=tmp_path, model=lambda features: features["amount"] / 100
    )
    app = Starlette(routes=[Route("/predict", defined["predict"], methods=["POST"])])

    async def ask() -> httpx.Response:
        async with (
            defined["lifespan"](app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as client,
        ):
            return await client.post("/predict", json={"amount": 25})

    assert asyncio.run(ask()).json() == {"score": 0.25}
    entries: Any = redis.xrange(Partition("fraud", "0123456789ab").stream)
    ((_, fields),) = entries
    assert (fields[b"features"], fields[b"score"]) == (b'{"amount": 25}', b"0.25")
