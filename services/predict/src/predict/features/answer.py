"""What the feature server says, read: a value and its time for each entity and feature."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from pydantic import AwareDatetime, TypeAdapter, ValidationError
from pydantic_core import to_json
from typing_extensions import TypedDict

from contract.schema import first_problem
from predict.features.errors import BadAnswerError

T = TypeVar("T")

SEPARATOR: Final = "__"
"""What stands between the name of a view and that of its feature."""

MAX_ORDERS: Final = 16
"""Orders of the names that are remembered, with what is where in each."""

NOT_FOUND: Final = "NOT_FOUND"
"""The status of a value that the store does not have; with Redis it says PRESENT of these, too."""


class Value(NamedTuple):
    """A value as the store has it, and when it became true, in seconds since the epoch.

    Without a value a time says that the store has a null; with neither, the store has nothing.
    """

    value: Any
    time: float | None

    @property
    def is_found(self) -> bool:
        """Whether the store has anything, if only a null."""
        return self.value is not None or self.time is not None


Values = Mapping[str, Value]
"""The values of one entity by the names of the model's features."""

NOTHING: Final = Value(None, None)


class _Column(TypedDict):
    values: list[Any]
    statuses: list[str]
    event_timestamps: list[str]


class _Names(TypedDict):
    feature_names: list[str]


class _Answer(TypedDict):
    metadata: _Names
    results: list[_Column]


_ANSWER: Final = TypeAdapter(_Answer)
_TIME: Final = TypeAdapter(AwareDatetime)


def question(service: str, entity: str, entities: Sequence[str]) -> bytes:
    """The JSON by which all features of a service are asked for; `entity` is the column of the keys."""
    return to_json({"feature_service": service, "entities": {entity: entities}, "full_feature_names": True})


class AnswerReader:
    """Reads answers about one model's features."""

    def __init__(self, entity: str, features: Sequence[str]) -> None:
        """`entity` is the column of the keys; `features` are the names in the model's schema."""
        self._entity = entity
        self._features = frozenset(features)
        self._places: dict[tuple[str, ...], dict[str, int]] = {}

    def read(self, answer: bytes, entities: int) -> list[Values]:
        """The values of each entity that was asked about, in their order; raises BadAnswerError.

        A feature that the service does not have is not among them.
        """
        found = _valid(_ANSWER.validate_json, answer)
        names, columns = tuple(found["metadata"]["feature_names"]), found["results"]
        if len(columns) != len(names):
            raise BadAnswerError(
                f"the feature server answered with {len(columns)} results for {len(names)} names"
            )
        places, times = self._found_at(names), _Times()
        read = [_values(columns[place], entities, times) for place in places.values()]
        rows = zip(*read, strict=True) if read else [()] * entities
        return [dict(zip(places, row, strict=True)) for row in rows]

    def _found_at(self, names: tuple[str, ...]) -> Mapping[str, int]:
        """The place of each feature; each worker of the server has the names in an order of its own."""
        if (known := self._places.get(names)) is None:
            if len(self._places) >= MAX_ORDERS:
                self._places.clear()
            known = self._places[names] = places_of(names, self._entity, self._features)
        return known


def places_of(names: Sequence[str], entity: str, features: frozenset[str]) -> dict[str, int]:
    """The place of each feature among names such as VIEW__FEATURE; others are passed over.

    Raises BadAnswerError where it is not clear which of them is which.
    """
    found = dict[str, int]()
    for place, name in enumerate(names):
        if name == entity:
            continue
        meant = [feature for feature in _after_views(name) if feature in features]
        if len(meant) > 1:
            raise BadAnswerError(
                f"the feature server has {name}, which may be {' or '.join(meant)}; rename a feature"
            )
        for feature in meant:
            if feature in found:
                raise BadAnswerError(
                    f"the feature server has {feature} twice, as {names[found[feature]]} and {name}; "
                    "leave one of them out of the feature service"
                )
            found[feature] = place
    return found


def _after_views(name: str) -> list[str]:
    """What the name of a feature may be, whatever part of it is the view's; the longest first."""
    parts = name.split(SEPARATOR)
    return [SEPARATOR.join(parts[at:]) for at in range(len(parts))]


class _Times(dict[str, float | None]):
    """Times in seconds since the epoch, by how they are written; of many values it is the same one."""

    def __missing__(self, text: str) -> float | None:
        """Read one; with Redis the epoch stands for none. Raises BadAnswerError."""
        time = self[text] = _valid(_TIME.validate_python, text).timestamp() or None
        return time


def _valid(validate: Callable[[Any], T], found: Any) -> T:
    try:
        return validate(found)
    except ValidationError as error:
        raise BadAnswerError(
            f"the feature server answered with something else: {first_problem(error)}"
        ) from None


def _values(column: _Column, entities: int, known: _Times) -> list[Value]:
    values, statuses, times = column["values"], column["statuses"], column["event_timestamps"]
    if not len(values) == len(statuses) == len(times) == entities:
        raise BadAnswerError(f"the feature server answered with {len(values)} values for {entities} entities")
    return [
        NOTHING if status == NOT_FOUND else Value(value, known[time])
        for value, status, time in zip(values, statuses, times, strict=True)
    ]
