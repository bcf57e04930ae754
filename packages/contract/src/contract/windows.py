"""A window: a contiguous range of a stream, (start, end], closed once."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from contract.errors import BadWindowIdError
from contract.keys import MODEL_PATTERN, VERSION_PATTERN, Partition

CloseReason = Literal["full", "age", "demand", "period"]
"""Why a window was closed; `period`: the hour, day or week that its first record came in was over."""

Period = Literal["1h", "1d", "1w"]
"""An hour, a day, or a week from Monday on, by UTC."""

_HOUR: Final = 3_600_000
_PERIODS: Final[dict[Period, tuple[int, int]]] = {
    "1h": (_HOUR, 0),
    "1d": (24 * _HOUR, 0),
    "1w": (7 * 24 * _HOUR, 4 * 24 * _HOUR),
}
"""How long each is, and when one of them began, in milliseconds; the same as in window.lua."""

_WINDOW_ID = re.compile(
    f"(?P<model>{MODEL_PATTERN})-(?P<version>{VERSION_PATTERN})-[0-9]{{1,20}}-[0-9]{{1,20}}"
)


class Window(BaseModel):
    """A closed window; its id ends with the stream id of its last record, so no two windows share one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    number: int
    start: str
    first: str
    last: str
    rows: int
    reason: CloseReason
    period: Period | None = None
    """By which it was to be closed at the latest; None where it was to be closed by its age."""

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
    period: Period | None


def check_period(text: str | None) -> Period | None:
    """The period of that text; None for none. Raises ValueError for any other text."""
    if text and text not in _PERIODS:
        raise ValueError(f"window_period: expected 1h, 1d or 1w, not {text!r}")
    return text or None


def period_of(stream_id: str, period: Period) -> tuple[int, int]:
    """When the period that a stream id lies in begins and ends, in milliseconds since the epoch."""
    length, began = _PERIODS[period]
    begin = milliseconds(stream_id) - (milliseconds(stream_id) - began) % length
    return begin, begin + length


def partition_of(window_id: str) -> Partition:
    """The partition that a window id names; raises BadWindowIdError."""
    match = _WINDOW_ID.fullmatch(window_id)
    if match is None:
        raise BadWindowIdError(
            f"{window_id[:80]!r} is no window id; expected MODEL-VERSION-TIME-SEQUENCE, "
            "as `drift-worker evaluations` lists them"
        )
    return Partition(match["model"], match["version"])


def is_window_id(name: str) -> bool:
    """Whether a name is that of a window."""
    return _WINDOW_ID.fullmatch(name) is not None


def last_record(window_id: str) -> tuple[int, int]:
    """The stream id of a window's last record, which its id ends with, as a key to sort by."""
    time, sequence = window_id.rsplit("-", 2)[1:]
    return stream_order(f"{time}-{sequence}")


def milliseconds(stream_id: str) -> int:
    """The time of a stream id, in milliseconds since the epoch by the clock of Redis."""
    return int(stream_id.partition("-")[0])


def stream_time(stream_id: str) -> datetime:
    """The time of a stream id, by the clock of Redis."""
    return datetime.fromtimestamp(milliseconds(stream_id) / 1000, UTC)


def stream_order(stream_id: str) -> tuple[int, int]:
    """A stream id as a key to sort by."""
    time, _, sequence = stream_id.partition("-")
    return int(time), int(sequence)


def successor(stream_id: str) -> str:
    """The smallest stream id after this one."""
    time, sequence = stream_order(stream_id)
    return f"{time}-{sequence + 1}"
