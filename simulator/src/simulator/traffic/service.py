"""The service that gets the rows: whether it is ready, and which model it serves."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
from pydantic import BaseModel, Field, ValidationError

from contract.schema import Schema, first_problem
from contract.task import ClassValue
from simulator.errors import ServiceError
from simulator.traffic.options import ReplayOptions

IDLE_CONNECTION = 2.0
"""Seconds after which an idle connection is closed; uvicorn would close it after 5."""


@dataclass(frozen=True)
class ServedModel:
    """The model that a service serves."""

    name: str
    version: str
    schema: Schema
    classes: Sequence[ClassValue]
    """Those that it tells apart; none of a regression."""


class _Metadata(BaseModel):
    name: str
    version: str
    classes: tuple[ClassValue, ...] = ()


class _ModelPage(BaseModel):
    metadata: _Metadata
    feature_schema: Schema = Field(alias="schema")


def open_session(options: ReplayOptions) -> aiohttp.ClientSession:
    """Return an HTTP session with one connection per row in flight; the caller closes it."""
    headers = {"Authorization": f"Bearer {options.api_key}"} if options.api_key else {}
    return aiohttp.ClientSession(
        options.base_url,
        connector=aiohttp.TCPConnector(limit=options.in_flight, keepalive_timeout=IDLE_CONNECTION),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=headers | {"Content-Type": "application/json"},
        timeout=aiohttp.ClientTimeout(total=options.timeout),
    )


async def served_model(session: aiohttp.ClientSession, url: str) -> ServedModel:
    """Return the model of a service; raises ServiceError where the service doesn't answer or isn't ready."""
    status, body = await _get(session, url, "ready")
    if status != HTTPStatus.OK:
        raise ServiceError(f"the service at {url} is not ready (GET /ready says {status}): {said(body)}")
    status, body = await _get(session, url, "model")
    if status != HTTPStatus.OK:
        raise ServiceError(f"GET /model of {url} says {status}, is this predict? {said(body)}")
    try:
        page = _ModelPage.model_validate_json(body)
    except ValidationError as error:
        raise ServiceError(
            f"GET /model of {url} is not the page of a model, is this predict? {first_problem(error)}"
        ) from error
    return ServedModel(page.metadata.name, page.metadata.version, page.feature_schema, page.metadata.classes)


def said(body: bytes) -> str:
    """Return a response in one line: title and detail of a problem document, or the start of the text."""
    try:
        problem = json.loads(body)
    except ValueError:
        problem = None
    if isinstance(problem, dict):
        parts = [str(problem[key]) for key in ("title", "detail") if problem.get(key)]
        if parts:
            return ": ".join(parts)
    text = " ".join(body[:500].decode(errors="replace").split())
    return text[:200] or "an empty answer"


def reason(error: aiohttp.ClientError) -> str:
    """Return in a few words what went wrong below HTTP."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error.strerror or str(error.os_error)
    return str(error) or type(error).__name__


async def _get(session: aiohttp.ClientSession, url: str, path: str) -> tuple[int, bytes]:
    try:
        async with session.get(path, allow_redirects=False) as response:
            return response.status, await response.read()
    except TimeoutError as error:
        raise ServiceError(f"no answer from {url}: GET /{path} took too long") from error
    except aiohttp.ClientError as error:
        raise ServiceError(
            f"no service answers at {url} ({reason(error)}); start it, or say where it is by --url"
        ) from error
