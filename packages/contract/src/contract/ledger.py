"""The ledger: the counts by which every accepted record is accounted for."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

COUNT_LIMIT: Final = 10**15
"""No count of records is as large: of what is, no metric could be sent."""

Count = Annotated[int, Field(ge=0, lt=COUNT_LIMIT)]


class Ledger(BaseModel):
    """Records of one partition by where they are; what leaves one count enters another."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accepted: int = 0
    spooled: int = 0
    dropped: int = 0
    unsampled: int = 0
    repeated: int = 0
    lost: int = 0
    appended: int = 0
    open: int = 0
    closed: int = 0
    foreign: int = 0
    waiting: int = 0
    evaluated: int = 0
    dead_lettered: int = 0
    duplicate: int = 0
    expired: int = 0
    failed: int = 0

    @property
    def equations(self) -> list[tuple[int, int, str, str]]:
        """Each two sides that must be equal, and what they are called."""
        kept_out = self.spooled + self.dropped + self.unsampled + self.repeated + self.lost
        ended = self.evaluated + self.dead_lettered + self.duplicate + self.expired + self.failed
        return [
            (
                self.accepted,
                self.appended + kept_out,
                "accepted",
                "appended + spooled + dropped + unsampled + repeated + lost",
            ),
            (self.appended, self.closed + self.open, "appended", "in closed windows + in the open one"),
            (
                self.closed + self.foreign,
                ended + self.waiting,
                "closed + foreign",
                "evaluated + dead-lettered + duplicate + expired + failed + waiting",
            ),
        ]

    @property
    def differences(self) -> list[str]:
        """Each equation that does not hold, as text; none where the ledger is balanced."""
        return [
            f"{left_name} is {left}, but {right_name} is {right}"
            for left, right, left_name, right_name in self.equations
            if left != right
        ]

    @property
    def imbalance(self) -> int:
        """By how many records the equations are off in all."""
        return sum(abs(left - right) for left, right, _, _ in self.equations)


def count_from(text: bytes) -> int:
    """A count as Redis holds it; raises ValueError where it is none."""
    count = int(text)
    if abs(count) >= COUNT_LIMIT:
        raise ValueError("expected a count of records")
    return count


def ledger_from(counts: Mapping[bytes, bytes], open_rows: int, waiting_rows: int) -> Ledger:
    """The ledger as Redis holds it: its counts, and the rows of the open and of the pending windows.

    Raises ValueError where something else stands among the counts.
    """
    fields = {name.decode(): count_from(count) for name, count in counts.items()}
    if fields.keys() & {"open", "waiting"}:
        raise ValueError("open and waiting are no counts of their own")
    return Ledger(open=open_rows, waiting=waiting_rows, **fields)
