"""A label as it is written to Redis: what became true of a prediction, or of an entity."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from contract.task import ClassValue

Value: TypeAlias = ClassValue | float
"""A class of the model, or a number of a regression, which is always a float."""

LARGEST_NUMBER: Final = 3.4028234663852886e38
"""The largest magnitude of a label that is a number: no float of 32 bits, as most models give, is larger."""

PREDICTION_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""A prediction's id: a UUID of version 7, in lower case."""

FIELDS: Final = ("prediction_id", "entity", "label", "time", "unsampled")
"""The names of a stream entry's fields, in the order in which they are written."""


@dataclass(frozen=True, slots=True)
class Label:
    """What became true, and when; either of one prediction, or of an entity's last one before that time."""

    value: Value
    time_ms: int
    """In milliseconds since the epoch."""

    prediction_id: str | None = None
    entity: str | None = None
    unsampled: bool = False
    """Whether the service that took the label leaves predictions of that id out of the log."""

    def values(self) -> tuple[str, ...]:
        """The values of the stream entry's fields, in the order of FIELDS."""
        return (
            self.prediction_id or "",
            self.entity or "",
            _json_of(self.value),
            str(self.time_ms),
            "1" if self.unsampled else "0",
        )

    @classmethod
    def parse(cls, fields: Mapping[bytes, bytes]) -> "Label":
        """Read the fields of a stream entry, in the order of FIELDS."""
        prediction_id, entity, value, time_ms, unsampled = fields.values()
        return cls(
            json.loads(value),
            int(time_ms),
            prediction_id.decode() or None,
            entity.decode() or None,
            unsampled == b"1",
        )


def _json_of(value: Value) -> str:
    """The value as JSON; flags, which most labels are, need no encoder."""
    return str(value).lower() if isinstance(value, bool) else json.dumps(value)


class WaitingLabel(NamedTuple):
    """A label that waits for its prediction, and the stream id by which it came."""

    id: str
    label: Label


def prediction_ms(prediction_id: str) -> int:
    """When a prediction was made, in milliseconds since the epoch: a UUID of version 7 begins with it."""
    return int(prediction_id[:8] + prediction_id[9:13], 16)
