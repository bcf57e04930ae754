"""The label ledger: the counts by which every received label is accounted for."""

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict
from redis import Redis

from contract.labels.keys import LabelKeys

_UNMATCHED: Final = "unmatched:"
_COUNTED: Final = ("waiting", "joined", "repeated", "superseded", "implied")


class LabelLedger(BaseModel):
    """Labels of one model by where they are; a label is in one state."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    received: int = 0
    waiting: int = 0
    joined: int = 0
    repeated: int = 0
    superseded: int = 0
    unmatched: dict[str, int] = {}
    """By reason."""

    implied: int = 0
    """Predictions that are negative since no label came within the horizon; nobody sent these labels."""

    received_at: int | None = None
    """When labels last came, in seconds since the epoch; None where none ever came."""

    @property
    def states(self) -> dict[str, int]:
        """How many labels are in each state; `implied` is none of a received label."""
        counts: dict[str, int] = self.model_dump(include={"received", *_COUNTED})
        return {**counts, "unmatched": sum(self.unmatched.values())}

    @property
    def differences(self) -> list[str]:
        """The equation if it does not hold, as text; none where the ledger is balanced."""
        if not self.imbalance:
            return []
        accounted = "joined + waiting + repeated + superseded + unmatched"
        return [f"labels received are {self.received}, but {accounted} are {self._accounted}"]

    @property
    def imbalance(self) -> int:
        """By how many labels the equation is off."""
        return abs(self.received - self._accounted)

    @property
    def _accounted(self) -> int:
        settled = self.joined + self.repeated + self.superseded + sum(self.unmatched.values())
        return self.waiting + settled


def label_ledger(redis: Redis, model: str) -> LabelLedger:
    """The label ledger of a model at one moment; raises redis.exceptions.RedisError."""
    keys = LabelKeys(model)
    with redis.pipeline(transaction=True) as transaction:
        transaction.hgetall(keys.ledger)
        transaction.xlen(keys.waiting)
        counts, waiting = transaction.execute()
    return ledger_from(counts, waiting)


def ledger_from(counts: Mapping[bytes, bytes], waiting: int) -> LabelLedger:
    """The ledger from its counts in Redis, and from how many labels wait."""
    fields = {name.decode(): int(count) for name, count in counts.items()}
    unmatched = {
        name.removeprefix(_UNMATCHED): count for name, count in fields.items() if name.startswith(_UNMATCHED)
    }
    others = {name: count for name, count in fields.items() if not name.startswith(_UNMATCHED)}
    return LabelLedger(waiting=waiting, unmatched=unmatched, **others)
