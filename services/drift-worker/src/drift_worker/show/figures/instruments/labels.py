"""Labels, and where they are."""

from typing import Final

from drift_worker.show.figures.instruments.instrument import Instrument
from drift_worker.show.figures.labels import labels_by_reason, per_model

GAUGES: Final[tuple[Instrument, ...]] = (
    (
        "label.ledger.labels",
        "{label}",
        "The label ledger: labels by the state they are accounted for in",
        per_model(lambda labels: labels.ledger.states, "state"),
    ),
    (
        "label.ledger.imbalance.labels",
        "{label}",
        "Labels that the label ledger's sums differ by; 0 is balanced",
        per_model(lambda labels: {"": labels.ledger.imbalance}),
    ),
    (
        "label.unmatched.labels",
        "{label}",
        "Labels that belong to no logged prediction, by reason",
        per_model(labels_by_reason, "reason"),
    ),
    (
        "label.waiting.age",
        "s",
        "How long the oldest label that waits for its prediction has waited",
        per_model(lambda labels: {"": labels.oldest_waiting_seconds}),
    ),
    (
        "label.last.timestamp",
        "s",
        "When labels last came",
        per_model(lambda labels: {"": labels.ledger.received_at}),
    ),
)
