"""What a request does not bring, looked up: for one row, or for many."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final, Protocol

from contract.schema import Features, Schema
from predict.errors import MAX_LISTED, FieldError, Reason, RefusedError, refusal_of
from predict.features.answer import AnswerReader
from predict.features.calls import MAX_ENTITIES, Found, LookupCalls
from predict.features.complete import Completed, Freshness, RowCompleter, refusal_of_features
from predict.features.errors import FeatureServerError, NoAnswerError, RefusedCallError
from predict.features.server import FeatureServer
from predict.metrics import LookupMetrics, LookupOutcome
from predict.turns import Slices

_OUTCOMES: Final[dict[Reason, LookupOutcome]] = {
    Reason.UNKNOWN_ENTITY: "unknown",
    Reason.MISSING_VALUE: "missing",
    Reason.MISSING_FIELD: "missing",
    Reason.STALE_VALUE: "stale",
}
"""What a refusal counts as; any other is about the server's answer."""


class Row(Protocol):
    """A row of a request: the entity's key where it was given, and the features that it brings."""

    @property
    def entity(self) -> str | None:
        """The key."""

    @property
    def features(self) -> Features:
        """Those that the request brings, some or none of the model's."""


class Lookup:
    """Looks up the features of one model that requests do not bring."""

    def __init__(
        self, server: FeatureServer, schema: Schema, model: str, freshness: Freshness, metrics: LookupMetrics
    ) -> None:
        """`model` is the model's name, which the feature service has unless the schema says another."""
        service = schema.feature_service or model
        reader = AnswerReader(schema.entity, schema.feature_names)
        self._calls = LookupCalls(server, service, reader, schema.entity, metrics)
        self._rows = RowCompleter(schema, service, freshness)
        self._entity = schema.entity
        self._metrics = metrics

    async def complete(self, row: Row) -> Completed:
        """The row with all features; raises RefusedError, which says why it can't be had."""
        return self._completed(row, await self._calls.of_one(self._key(row)))

    async def complete_rows(self, rows: Mapping[int, Row]) -> dict[int, Completed]:
        """The same of rows of one request, by their index; raises RefusedError, which names the wrong ones.

        A batch shares no call with single requests, which would wait for it. Its calls are made one after
        another: four at once are a tenth faster, since Feast is one process, and single requests would wait
        behind them.
        """
        slices, completed, errors = Slices(), dict[int, Completed](), list[FieldError]()
        for part in _parts(rows):
            found = await self._values([row.entity for row in part.values() if row.entity is not None])
            for index, row in part.items():
                try:
                    completed[index] = self._completed(row, found[self._key(row)])
                except RefusedError as refused:
                    errors += [replace(each, field=f"rows[{index}].{each.field}") for each in refused.errors]
                await slices.pause()
            if len(errors) >= MAX_LISTED or any(isinstance(each, NoAnswerError) for each in found.values()):
                break
        if errors:
            raise refusal_of(errors)
        return completed

    async def close(self) -> None:
        """End the calls that are under way."""
        await self._calls.close()

    async def _values(self, entities: Sequence[str]) -> dict[str, Found]:
        each = list(dict.fromkeys(entities))
        return await self._calls.of_each(each) if each else {}

    def _completed(self, row: Row, found: Found) -> Completed:
        """Count what became of a row that is looked up; raises RefusedError."""
        try:
            if isinstance(found, FeatureServerError):
                raise self._unavailable(row, found)
            completed = self._rows.complete(row.features, found, time.time())
        except RefusedError as refused:
            self._metrics.looked_up(_OUTCOMES.get(refused.reason, _failed(found)))
            raise
        self._metrics.looked_up("stale" if completed.looked_up.stale else "found")
        self._metrics.used(completed.features, completed.looked_up)
        return completed

    def _unavailable(self, row: Row, error: FeatureServerError) -> RefusedError:
        """All features that the row lacks can't be had for one reason, so that it is told once."""
        names = ", ".join(self._rows.needed(row.features))
        told = f"{names} can't be looked up, since {error}; a request that brings them needs no look-up"
        return refusal_of([FieldError(self._entity, Reason.FEATURES_UNAVAILABLE, told)])

    def _key(self, row: Row) -> str:
        if row.entity is not None:
            return row.entity
        told = f"Field required; it is looked up where {self._entity} is given"
        raise refusal_of_features(Reason.MISSING_FIELD, dict.fromkeys(self._rows.needed(row.features), told))


def _failed(found: Found) -> LookupOutcome:
    if isinstance(found, RefusedCallError):
        return "refused"
    return "away" if isinstance(found, NoAnswerError) else "wrong"


def _parts(rows: Mapping[int, Row]) -> Iterator[Mapping[int, Row]]:
    """The rows in parts, each of which is one call."""
    each = iter(rows.items())
    while part := dict(islice(each, MAX_ENTITIES)):
        yield part
