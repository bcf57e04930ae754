"""In a shadow's process: from rows that were answered to records of its own, and how the scores differ."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter, thread_time
from typing import Final

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from bundle import Bundle, Scorer, ScoringError
from contract.keys import Partition
from contract.schema import Features
from contract.stream.looked_up import read_looked_up
from contract.stream.record import Record
from contract.task import Score
from predict.shadow.wire import Report, Row, decided_by

MAX_ROWS: Final = 32
"""Rows of one run at most."""

SHORT: Final = 0.05
"""Seconds of a core that a run should take at most: a slow model gets fewer rows, and tells of each run."""

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Scored:
    """What became of a few rows."""

    records: list[Record] = field(default_factory=list)
    report: Report = field(default_factory=Report)


class ShadowScoring:
    """Scores rows with the shadow's model."""

    def __init__(self, bundle: Bundle, scorer: Scorer) -> None:
        self.partition: Final = Partition(bundle.name, bundle.version)
        self._names = bundle.schema.feature_names
        self._adapter = bundle.schema.features_adapter
        self._scorer = scorer
        self._decided = decided_by(bundle.metadata)
        self._said = set[str]()
        self.at_once = 1
        """Rows of the next run: as many as are scored in a short time."""

    def score(self, rows: Sequence[Row]) -> Scored:
        """Score rows; one that doesn't fit, or has no score, is counted and is no other one's error."""
        fitting = [(row, features) for row in rows if (features := self._features(row)) is not None]
        scored = Scored()
        scored.report.refused = len(rows) - len(fitting)
        if not fitting:
            return scored
        began, on_core = perf_counter(), thread_time()
        scores = self._scores([features for _, features in fitting])
        scored.report.seconds = perf_counter() - began
        self._choose_rows(thread_time() - on_core)
        for (row, features), score in zip(fitting, scores, strict=True):
            if score is None:
                scored.report.failed += 1
                continue
            scored.report.scored += 1
            scored.report.disagreements += self._decided(score) != row.decided
            scored.report.difference += difference(row.score, score)
            scored.records.append(self._record(row, features, score))
        return scored

    def _features(self, row: Row) -> Features | None:
        """What the shadow's schema has of a row; None where the row doesn't fit it."""
        given = from_json(row.features_json)
        own = {name: given[name] for name in self._names if name in given}
        try:
            return self._adapter.validate_python(own)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            self._say(f"some rows don't fit the shadow's schema: {where}: {first['msg']}")
            return None

    def _scores(self, rows: Sequence[Features]) -> list[Score | None]:
        try:
            return list(self._scorer.score_rows(rows))
        except Exception:  # noqa: BLE001 - whichever it is, it comes again for the row that it is about
            return [self._score(features) for features in rows]

    def _score(self, features: Features) -> Score | None:
        try:
            return self._scorer.score_row(features)
        except ScoringError as error:
            self._say(f"the shadow has no answer to some rows: {error}")
        except Exception as error:  # noqa: BLE001 - it costs the shadow this row
            self._say(f"the shadow has no answer to some rows: an unexpected {type(error).__name__}")
        return None

    def _record(self, row: Row, features: Features, score: Score) -> Record:
        """The shadow's record; it has the id and the time of the answer, so that a label reaches both."""
        return Record(
            prediction_id=row.prediction_id,
            timestamp_ms=row.timestamp_ms,
            model=self.partition.model,
            version=self.partition.version,
            entity=row.entity,
            features_json=to_json(features),
            score=score,
            traceparent=row.traceparent,
            looked_up=read_looked_up(row.looked_up_json),
        )

    def _choose_rows(self, seconds: float) -> None:
        more = 2 * self.at_once if seconds < SHORT / 2 else self.at_once
        fewer = self.at_once // 2 if seconds > SHORT else more
        self.at_once = min(max(fewer, 1), MAX_ROWS)

    def _say(self, what: str) -> None:
        """Log once that something is wrong with rows; the figures say how many."""
        if what not in self._said and len(self._said) < MAX_ROWS:
            self._said.add(what)
            _logger.warning("%s %s: %s", self.partition.model, self.partition.version, what)


def difference(answered: Score, shadow: Score) -> float:
    """By how much two scores differ: of probabilities, the share of rows that would change their class if
    classes were drawn by them; of values, their distance.
    """
    if isinstance(answered, tuple) and isinstance(shadow, tuple):
        return sum(abs(one - other) for one, other in zip(answered, shadow, strict=True)) / 2
    return abs(float(answered) - float(shadow))  # type: ignore[arg-type]
