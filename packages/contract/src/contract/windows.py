"""A window: a contiguous range of a stream, (start, end], closed once."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from contract.errors import BadWindowIdError
from contract.keys import MODEL_PATTERN, VERSION_PATTERN, Partition
from contract.ledger import COUNT_LIMIT

CloseReason = Literal["full", "age", "demand"]

_STREAM_ID = r"^[0-9]{1,20}-[0-9]{1,20}$"
_WINDOW_ID = re.compile(
    f"(?P<model>{MODEL_PATTERN})-(?P<version>{VERSION_PATTERN})-[0-9]{{1,20}}-[0-9]{{1,20}}"
)


class Window(BaseModel):
    """A closed window; its id ends with the stream id of its last record, so no two are ever alike."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    number: Annotated[int, Field(ge=1, lt=COUNT_LIMIT)]
    start: Annotated[str, Field(pattern=_STREAM_ID)]
    first: Annotated[str, Field(pattern=_STREAM_ID)]
    last: Annotated[str, Field(pattern=_STREAM_ID)]
    rows: Annotated[int, Field(ge=1, lt=COUNT_LIMIT)]
    reason: CloseReason

    @field_validator("id")
    @classmethod
    def _id_names_a_partition(cls, window_id: str) -> str:
        if _WINDOW_ID.fullmatch(window_id) is None:
            raise ValueError("expected MODEL-VERSION-TIME-SEQUENCE")
        return window_id

    @model_validator(mode="after")
    def _range_is_one(self) -> Self:
        if not self.id.endswith(f"-{self.last}"):
            raise ValueError("expected an id that ends with the last record's")
        if stream_order(self.first) > stream_order(self.last):
            raise ValueError("expected a first record that is not after the last")
        return self

    @property
    def partition(self) -> Partition:
        """The model version whose stream the window is a range of."""
        return partition_of(self.id)


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """The window that is being filled; without rows it has no first record."""

    number: int
    start: str
    first: str | None
    last: str
    rows: int


def partition_of(window_id: str) -> Partition:
    """The partition that a window id names; raises BadWindowIdError."""
    match = _WINDOW_ID.fullmatch(window_id)
    if match is None:
        raise BadWindowIdError(
            f"{window_id[:80]!r} is no window id; expected MODEL-VERSION-TIME-SEQUENCE, "
            "as `drift-worker evaluations` lists them"
        )
    return Partition(match["model"], match["version"])


def stream_id(text: str) -> str:
    """The text, which is a stream id; raises ValueError where it is none."""
    if re.fullmatch(_STREAM_ID, text) is None:
        raise ValueError("expected a stream id")
    return text


def milliseconds(stream_id: str) -> int:
    """The time of a stream id, in milliseconds since the epoch by the clock of Redis."""
    return int(stream_id.partition("-")[0])


def stream_order(stream_id: str) -> tuple[int, int]:
    """A stream id as a key to sort by."""
    time, _, sequence = stream_id.partition("-")
    return int(time), int(sequence)


def successor(stream_id: str) -> str:
    """The smallest stream id after this one."""
    time, sequence = stream_order(stream_id)
    return f"{time}-{sequence + 1}"
