"""The ledger: the counts by which every accepted record is accounted for."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict


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
    pending: int = 0
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
                ended + self.pending,
                "closed + foreign",
                "evaluated + dead-lettered + duplicate + expired + failed + pending",
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


def ledger_from(counts: Mapping[bytes, bytes], open_rows: int, pending_rows: int) -> Ledger:
    """The ledger from its counts in Redis, and from the rows of the open window and of the pending ones."""
    fields = {name.decode(): int(count) for name, count in counts.items()}
    return Ledger(open=open_rows, pending=pending_rows, **fields)
