"""A row of a data set, and the request that carries it."""

import json
from collections.abc import Sequence
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
    """The body of a POST /predict, with the number of its row, counted from 1, and its entity key.

    Or that of a POST /predict/batch, with the number of its first row and the entity keys of all.
    """

    number: int
    entities: tuple[str, ...]
    body: bytes

    @property
    def rows(self) -> int:
        """How many rows it carries."""
        return len(self.entities)


def to_request(number: int, row: Row, entity: str, *, entity_only: bool = False) -> Request:
    """Return the request for a row; `entity` is the name of the entity key. Raises MonthError for a NaN.

    With `entity_only` it has no features: the service looks them up.
    """
    fields = {entity: row.entity} if entity_only else {entity: row.entity, "features": row.features}
    try:
        body = json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except ValueError as error:
        raise MonthError(f"row {number} ({row.entity}) cannot be sent as JSON: {error}") from error
    return Request(number, (row.entity,), body)


def together(requests: Sequence[Request], batch: int) -> list[Request]:
    """Return the same rows in requests of `batch` rows each; the last one may have fewer."""
    return [_joined(requests[start : start + batch]) for start in range(0, len(requests), batch)]


def _joined(requests: Sequence[Request]) -> Request:
    entities = tuple(request.entities[0] for request in requests)
    body = b'{"rows":[' + b",".join(request.body for request in requests) + b"]}"
    return Request(requests[0].number, entities, body)
