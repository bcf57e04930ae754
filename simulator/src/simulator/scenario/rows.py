"""A row of a data set, and the request that carries it."""

import json
from dataclasses import dataclass

from contract.schema import Features

from simulator.errors import MonthError


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a data set: its entity key, and its features by name."""

    entity: str
    features: Features


@dataclass(frozen=True, slots=True)
class Request:
    """The body of a POST /predict, with the number of its row, counted from 1, and its entity key."""

    number: int
    entity: str
    body: bytes


def to_request(number: int, row: Row, entity: str) -> Request:
    """Return the request for a row; `entity` is the name of the entity key. Raises MonthError for a NaN."""
    fields = {entity: row.entity, "features": row.features}
    try:
        body = json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except ValueError as error:
        raise MonthError(f"row {number} ({row.entity}) cannot be sent as JSON: {error}") from error
    return Request(number, row.entity, body)
