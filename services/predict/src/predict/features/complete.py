"""A row made whole: what the request brings, what was looked up, and why it may not do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import to_json

from contract.schema import Features, Schema
from contract.stream.looked_up import Ages, LookedUp
from predict.errors import FieldError, Reason, RefusedError, refusal_of
from predict.features.answer import Value, Values

_NOT_A_NUMBER: Final = "NaN"
"""How the server writes a number that is none, since JSON has no word for it."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """From when on a value is stale, and whether it is used then."""

    max_age: float | None = None
    """In seconds; None where no value is ever stale."""

    refuses_stale: bool = False


@dataclass(frozen=True, slots=True)
class Completed:
    """A row with all features, in the schema's order."""

    features: Features
    looked_up: LookedUp
    given_json: bytes
    """What the request brought of them."""


class RowCompleter:
    """Completes the rows of one model; pure."""

    def __init__(self, schema: Schema, service: str, freshness: Freshness) -> None:
        self._schema = schema
        self._service = service
        self._freshness = freshness
        self._nullable = {each.name for each in schema.features if each.nullable}
        self._numbers = {each.name for each in schema.features if each.kind == "numerical"}

    def needed(self, given: Features) -> list[str]:
        """The features that a request does not bring."""
        return [name for name in self._schema.feature_names if name not in given]

    def complete(self, given: Features, found: Values, now: float) -> Completed:
        """Put together what was given and what was found, at a time in seconds since the epoch.

        Raises RefusedError, which names each feature that is wrong.
        """
        if found and not any(value.is_found for value in found.values()):
            raise self._unknown()
        needed = self.needed(given)
        self._refuse_missing(needed, found)
        ages = {name: _age(found.get(name), now) for name in needed}
        stale = self._stale(ages)
        if stale and self._freshness.refuses_stale:
            raise refusal_of_features(
                Reason.STALE_VALUE, {name: self._told_stale(ages[name]) for name in stale}
            )
        features = self._checked({**{name: self._value(name, found) for name in needed}, **given})
        return Completed(features, LookedUp(ages, tuple(stale)), to_json(given))

    def _value(self, name: str, found: Values) -> Any:
        value = found[name].value
        return None if value == _NOT_A_NUMBER and name in self._numbers else value

    def _refuse_missing(self, needed: Sequence[str], found: Values) -> None:
        absent = [name for name in needed if name not in found]
        if absent:
            told = f"the feature service {self._service} has no such feature; send it with the request"
            raise refusal_of_features(Reason.MISSING_FIELD, dict.fromkeys(absent, told))
        null = [name for name in needed if name not in self._nullable and self._value(name, found) is None]
        if null:
            raise refusal_of_features(
                Reason.MISSING_VALUE, {name: self._told_missing(found[name]) for name in null}
            )

    def _stale(self, ages: Ages) -> list[str]:
        limit = self._freshness.max_age
        return [name for name, age in ages.items() if limit is not None and age is not None and age > limit]

    def _checked(self, row: Features) -> Features:
        """The row in the schema's order; raises RefusedError where a value is not what the model takes."""
        try:
            return self._schema.features_adapter.validator.validate_python(row)  # type: ignore[no-any-return]
        except ValidationError as error:
            problems = error.errors(include_url=False, include_input=False, include_context=False)
            told = {
                str(each["loc"][0]): f"the feature server has another type: {each['msg']}"
                for each in problems
            }
            raise refusal_of_features(Reason.FEATURES_UNAVAILABLE, told) from None

    def _unknown(self) -> RefusedError:
        entity = self._schema.entity
        detail = (
            f"the feature service {self._service} knows nothing of it; send all features with the request"
        )
        refused = [FieldError(entity, Reason.UNKNOWN_ENTITY, detail)]
        return RefusedError(Reason.UNKNOWN_ENTITY, f"{entity}: {detail}", refused)

    def _told_missing(self, value: Value) -> str:
        what = "null" if value.time is not None else "no value"
        return (
            f"the feature service {self._service} has {what} for this {self._schema.entity}, "
            "and the model takes none; send it with the request"
        )

    def _told_stale(self, age: int | None) -> str:
        limit = self._freshness.max_age or 0.0
        return (
            f"what was looked up is {age:,} s old, where FEATURES_MAX_AGE is {limit:,.0f}; "
            "send it with the request"
        )


def refusal_of_features(reason: Reason, told: Mapping[str, str]) -> RefusedError:
    """The refusal that names these features, each with what is wrong with it."""
    return refusal_of([FieldError(f"features.{name}", reason, detail) for name, detail in told.items()])


def _age(value: Value | None, now: float) -> int | None:
    """Whole seconds, as a record has them; an event that is yet to come has just been."""
    if value is None or value.time is None:
        return None
    return max(int(now - value.time), 0)
