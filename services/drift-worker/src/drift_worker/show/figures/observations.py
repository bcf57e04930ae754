"""How a figure is read off the status: an observation for each model version that has it."""

from collections.abc import Callable, Iterable, Iterator

from opentelemetry.metrics import Observation

from drift_worker.estimates import EstimatedFigure
from drift_worker.findings import BREAKS, Finding, FindingKind, broken
from drift_worker.record.evaluation import Evaluation
from drift_worker.show.figures.status import Status, VersionStatus

Observe = Callable[[Status], Iterable[Observation]]


def per_version(value: Callable[[VersionStatus], float | None]) -> Observe:
    """A figure of each model version in use; where one lacks it, it is left out, never 0."""
    return lambda status: _of(status.versions, value)


def of_every_version(value: Callable[[VersionStatus], float | None]) -> Observe:
    """The same of every model version, retired ones too."""
    return lambda status: _of(status.every, value)


def _of(
    versions: Iterable[VersionStatus], value: Callable[[VersionStatus], float | None]
) -> Iterator[Observation]:
    for version in versions:
        figure = value(version)
        if figure is not None:
            yield Observation(figure, version.partition.labels)


def latest(value: Callable[[Evaluation], float | None]) -> Observe:
    """Of each version's newest evaluation; a figure that it lacks is left out, never 0."""

    def observe(status: Status) -> Iterator[Observation]:
        for version in status.versions:
            figure = value(version.latest) if version.latest else None
            if figure is not None:
                yield Observation(figure, version.partition.labels)

    return observe


def findings(
    kind: FindingKind,
    value: Callable[[Finding], float | None],
    *,
    labels: Callable[[Finding], dict[str, str]],
) -> Observe:
    """Of each finding of that kind in each version's newest evaluation; what it lacks is left out."""

    def observe(status: Status) -> Iterator[Observation]:
        for version in status.versions:
            for finding in version.latest.findings if version.latest else []:
                figure = value(finding) if finding.kind == kind else None
                if figure is not None:
                    yield Observation(figure, {**version.partition.labels, **labels(finding)})

    return observe


def estimated(value: Callable[[EstimatedFigure], float | None]) -> Observe:
    """Of each figure that each version's newest evaluation estimates; what it lacks is left out."""

    def observe(status: Status) -> Iterator[Observation]:
        for version in status.versions:
            estimate = version.latest.estimate if version.latest else None
            for each in estimate.figures if estimate else []:
                figure = value(each)
                if figure is not None:
                    yield Observation(figure, {**version.partition.labels, "metric": each.metric})

    return observe


def tally(prefix: str, label: str, values: Iterable[str]) -> Observe:
    """How often each value came up, 0 for one that never did; of retired versions too."""
    return lambda status: [
        Observation(version.tally.get(f"{prefix}:{value}", 0), {**version.partition.labels, label: value})
        for version in status.every
        for value in values
    ]


def decided_at(decisions: Iterable[str]) -> Observe:
    """When each decision was last taken, in seconds since the epoch.

    Left out are decisions that never were, and those of retired versions, whose alerts have to end.
    """

    def observe(status: Status) -> Iterator[Observation]:
        for version in status.versions:
            for decision in decisions:
                moment = version.tally.get(f"decided_at:{decision}") if version.latest else None
                if moment is not None:
                    yield Observation(moment, {**version.partition.labels, "action": decision})

    return observe


def breaks(status: Status) -> Iterator[Observation]:
    """1 for what is broken in each version's newest window, 0 for what may be and is not.

    Both columns of a relation are told. A series that ended instead of going to 0 would be shown for minutes.
    """
    for version in status.versions:
        measured = version.latest.findings if version.latest else []
        now = {(name, each.method) for each in broken(measured) for name in (each.column, each.other) if name}
        for finding in measured:
            if finding.kind in ("feature_drift", "prediction_drift") and finding.beyond_chance is not None:
                for what in BREAKS:
                    labels = {**version.partition.labels, **feature(finding), "finding": what}
                    yield Observation(int((finding.column, what) in now), labels)


def lasting(kind: FindingKind, labels: Callable[[Finding], dict[str, str]]) -> Observe:
    """1 for each column of that kind that moved a little over several windows, 0 for the others."""

    def observe(status: Status) -> Iterator[Observation]:
        for version in status.versions:
            measured = version.latest.findings if version.latest else []
            moved = {each.column for each in measured if each.kind == "lasting"}
            for finding in measured:
                if finding.kind == kind and finding.beyond_chance is not None:
                    labelled = {**version.partition.labels, **labels(finding)}
                    yield Observation(int(finding.column in moved), labelled)

    return observe


def records_by_state(status: Status) -> Iterator[Observation]:
    """Every count of the ledger of each version in use."""
    for version in status.versions:
        for state, records in version.ledger.model_dump().items():
            yield Observation(records, {**version.partition.labels, "state": state})


def jobs_by_state(status: Status) -> list[Observation]:
    """The jobs of all models, by where they are."""
    return [
        Observation(status.queued, {"state": "queued"}),
        Observation(status.started, {"state": "started"}),
    ]


def memory_limit(status: Status) -> list[Observation]:
    """What Redis may hold, where that is limited."""
    limit = status.memory.limit
    return [] if limit is None else [Observation(limit)]


def feature(finding: Finding) -> dict[str, str]:
    """The label of a feature."""
    return {"feature": finding.column}


def feature_and_method(finding: Finding) -> dict[str, str]:
    """The labels of a feature's score."""
    return {**feature(finding), "drift_method": finding.method}


def output(finding: Finding) -> dict[str, str]:
    """The label of a column of the model's output."""
    return {"output": finding.column}


def output_and_method(finding: Finding) -> dict[str, str]:
    """The labels of the score of a column of the model's output."""
    return {**output(finding), "drift_method": finding.method}
