"""What stands in Redis of a model's quality by its labels, and how its figures are read off."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from opentelemetry.metrics import Observation

from drift_worker.record.quality.evaluation import QualityEvaluation
from drift_worker.stretch import QualityFigure, Stretch

if TYPE_CHECKING:
    from drift_worker.show.figures.status import Status

MOST_CLASSES: Final = 20
"""Classes whose shares are published."""

STANDS: Final = "quality_stands"
"""The field of the tally that is 1 from an action on until an evaluation decides otherwise."""


def newest_quality(
    value: Callable[[QualityEvaluation], float | None],
) -> Callable[["Status"], Iterator[Observation]]:
    """Of each version's newest quality evaluation; a figure that it lacks is left out, never 0."""

    def observe(status: "Status") -> Iterator[Observation]:
        for version in status.versions:
            figure = value(version.quality) if version.quality else None
            if figure is not None:
                yield Observation(figure, version.partition.labels)

    return observe


def of_stretches(
    values: Callable[[Stretch], Iterator[tuple[dict[str, str], float | None]]],
) -> Callable[["Status"], Iterator[Observation]]:
    """Of each stretch of each version's newest quality evaluation; what it lacks is left out, never 0."""

    def observe(status: "Status") -> Iterator[Observation]:
        for version in status.versions:
            for stretch in version.quality.stretches if version.quality else []:
                for labels, figure in values(stretch):
                    if figure is not None:
                        stretched = {**version.partition.labels, "stretch": stretch.length}
                        yield Observation(figure, stretched | labels)

    return observe


def figure(
    value: Callable[[QualityFigure], float | None],
) -> Callable[["Status"], Iterator[Observation]]:
    """Of each figure of each stretch, by its metric."""
    return of_stretches(lambda stretch: (({"metric": each.metric}, value(each)) for each in stretch.figures))


def of_stretch(value: Callable[[Stretch], float | None]) -> Callable[["Status"], Iterator[Observation]]:
    """One figure of each stretch."""
    return of_stretches(lambda stretch: iter([({}, value(stretch))]))


def delays(stretch: Stretch) -> Iterator[tuple[dict[str, str], float | None]]:
    """Seconds within which half of the labels came, and 95 of 100."""
    yield {"percentile": "p50"}, stretch.delay_p50
    yield {"percentile": "p95"}, stretch.delay_p95


def predictions(stretch: Stretch) -> Iterator[tuple[dict[str, str], float | None]]:
    """Predictions with a label and without one."""
    yield {"state": "labelled"}, stretch.labels
    yield {"state": "unlabelled"}, stretch.rows - stretch.labels


def label_levels(stretch: Stretch) -> Iterator[tuple[dict[str, str], float | None]]:
    """What became true: the share of a class, or the labels' mean."""
    for each in stretch.label_shares[:MOST_CLASSES]:
        yield {"label": each.label}, each.value


def reference_levels(stretch: Stretch) -> Iterator[tuple[dict[str, str], float | None]]:
    """The same of the reference."""
    for each in stretch.label_shares[:MOST_CLASSES]:
        yield {"label": each.label}, each.reference


def standing_actions(status: "Status") -> Iterator[Observation]:
    """1 where the last decision that could be taken is an action, else 0; none of a version without one."""
    for version in status.versions:
        if version.quality is not None:
            yield Observation(version.tally.get(STANDS, 0), version.partition.labels)


def evaluated_at(evaluation: QualityEvaluation) -> float:
    """When it was evaluated, in seconds since the epoch."""
    return datetime.fromisoformat(evaluation.evaluated_at).timestamp()
