"""Why a label found no prediction; until that is certain, it waits."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, cast

from redis import Redis

from contract.labels.label import WaitingLabel
from contract.labels.settle import Reason
from contract.windows import milliseconds
from drift_worker.labels.unevaluated import Unevaluated
from drift_worker.labels.windows import versions

SPOOL_PATIENCE: Final = 3_600.0
"""Seconds that a label waits for a spool to be drained at most: one may be lost with its disk."""

LETTERS: Final = 100
"""Dead letters of one read; one may have 100,000 characters."""

_SUBJECT: Final = re.compile(r'"(prediction_id|entity)": "([^"]+)"')


@dataclass(frozen=True)
class Reasons:
    """Judges labels that were found in no evaluated window."""

    redis: Redis
    model: str
    unevaluated: Unevaluated
    gone: Collection[str]
    """The ids of predictions that may have been in a window whose rows are gone."""

    patience: float
    now_ms: int

    def reason(self, waiting: WaitingLabel) -> Reason | None:
        """Why there is no prediction; None where there may be one yet."""
        label, age = waiting.label, (self.now_ms - milliseconds(waiting.id)) / 1000
        patience = max(self.patience, SPOOL_PATIENCE) if self.unevaluated.spooled else self.patience
        if self.unevaluated.may_hold(label) or age < patience:
            return None
        if self.unevaluated.is_too_late(label):
            return "too_late"
        if (label.prediction_id or label.entity) in self._dead_lettered:
            return "dead_lettered"
        if label.prediction_id in self.gone:
            return "expired"
        if label.unsampled:
            return "unsampled"
        return "not_logged" if self.unevaluated.not_logged(label) else "never_predicted"

    @cached_property
    def _dead_lettered(self) -> Collection[str]:
        """The ids and entities that dead letters are about."""
        texts = (
            text
            for partition in versions(self.redis, self.model)
            for text in self._letters(partition.dead_letters)
        )
        return {subject for text in texts for _, subject in _SUBJECT.findall(text)}

    def _letters(self, stream: str) -> Iterator[str]:
        after = "-"
        while batch := self.redis.xrange(stream, min=after, count=LETTERS):
            letters = cast("list[tuple[bytes, dict[bytes, bytes]]]", batch)
            yield from (fields.get(b"fields", b"").decode(errors="replace") for _, fields in letters)
            after = f"({letters[-1][0].decode()}"
