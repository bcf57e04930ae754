"""What stands in Redis of each model's labels, and how its figures are read off."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast, get_args

from opentelemetry.metrics import Observation
from redis import Redis

from contract.labels.keys import LabelKeys
from contract.labels.ledger import LabelLedger, label_ledger
from contract.labels.settle import Reason
from contract.windows import milliseconds

if TYPE_CHECKING:
    from drift_worker.show.figures.status import Status

REASONS: Final = get_args(Reason)


@dataclass(frozen=True, slots=True)
class LabelStatus:
    """The labels of one model."""

    ledger: LabelLedger
    oldest_waiting_seconds: float = 0.0
    """How long the oldest label that waits has waited; 0 where none does."""


def read_label_status(redis: Redis, model: str, now: float) -> LabelStatus:
    """The status at the time `now` of Redis, in seconds; raises redis.exceptions.RedisError."""
    found = cast("list[tuple[bytes, object]]", redis.xrange(LabelKeys(model).waiting, count=1))
    came = milliseconds(found[0][0].decode()) / 1e3 if found else now
    return LabelStatus(label_ledger(redis, model), max(0.0, now - came))


def per_model(
    values: Callable[[LabelStatus], Mapping[str, float | None]], label: str = ""
) -> Callable[["Status"], Iterator[Observation]]:
    """Figures of every model, by the values of a label; what a model lacks is left out, never 0."""

    def observe(status: "Status") -> Iterator[Observation]:
        for model, labels in status.labels.items():
            for value, figure in values(labels).items():
                if figure is not None:
                    yield Observation(figure, {"model": model, **({label: value} if label else {})})

    return observe


def labels_by_reason(labels: LabelStatus) -> Mapping[str, float]:
    """The unmatched labels by reason, 0 for one that none has."""
    return {reason: labels.ledger.unmatched.get(reason, 0) for reason in REASONS}
