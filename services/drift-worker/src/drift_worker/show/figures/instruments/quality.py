"""The model's quality by its labels."""

from typing import Final

from drift_worker.findings import Decision
from drift_worker.show.figures.instruments.instrument import Instrument
from drift_worker.show.figures.observations import of_every_version, tally
from drift_worker.show.figures.quality import (
    delays,
    evaluated_at,
    figure,
    label_levels,
    newest_quality,
    of_stretch,
    of_stretches,
    predictions,
    reference_levels,
    standing_actions,
)

_DECISIONS: Final[tuple[Decision, ...]] = ("NO_ACTION", "RETRAINING_TRIGGERED", "INSUFFICIENT_DATA")
"""What may be decided from labels."""

COUNTERS: Final[tuple[Instrument, ...]] = (
    (
        "quality.decisions",
        "{decision}",
        "Decisions taken from labels",
        tally("quality", "action", _DECISIONS),
    ),
    (
        "quality.incidents",
        "{incident}",
        "Incidents: actions from labels that no other action stands before",
        of_every_version(lambda version: version.tally.get("quality_incidents", 0)),
    ),
)

GAUGES: Final[tuple[Instrument, ...]] = (
    (
        "quality.figure",
        "",
        "A figure of the model's quality by its newest labels",
        figure(lambda each: each.value),
    ),
    (
        "quality.figure.low",
        "",
        "The lower end of its 95 % interval",
        figure(lambda each: each.low),
    ),
    (
        "quality.figure.high",
        "",
        "The upper end of its 95 % interval",
        figure(lambda each: each.high),
    ),
    (
        "quality.reference",
        "",
        "The same figure of the reference, out of fold",
        figure(lambda each: each.reference),
    ),
    (
        "quality.z",
        "{standard_error}",
        "By how many standard errors of their difference the figure is worse than the reference's",
        figure(lambda each: each.z),
    ),
    (
        "quality.estimate.error",
        "",
        "The estimate of the same rows without their labels, minus the figure",
        figure(lambda each: each.estimate_error),
    ),
    (
        "quality.coverage.ratio",
        "1",
        "Share of the predictions that have a label",
        of_stretch(lambda each: each.coverage),
    ),
    (
        "quality.predictions",
        "{prediction}",
        "Predictions of the stretch, with a label and without one",
        of_stretches(predictions),
    ),
    (
        "quality.delay",
        "s",
        "Time from a prediction to its label, of half of the labels and of 95 of 100",
        of_stretches(delays),
    ),
    (
        "quality.label.level",
        "",
        "The share of a class among the labels, or their mean where they are numbers",
        of_stretches(label_levels),
    ),
    (
        "quality.label.reference",
        "",
        "The same of the reference's labels",
        of_stretches(reference_levels),
    ),
    (
        "quality.target.drift",
        "",
        "How far the labels moved from those of the reference",
        of_stretch(lambda each: each.target_drift),
    ),
    (
        "quality.action",
        "",
        "1 from an action on until an evaluation of quality decides otherwise, else 0",
        standing_actions,
    ),
    (
        "quality.last.timestamp",
        "s",
        "When the model's quality was last evaluated",
        newest_quality(evaluated_at),
    ),
)
