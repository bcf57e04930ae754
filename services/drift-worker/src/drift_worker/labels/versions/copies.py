"""Labels that another version's window has: a window that is evaluated after they came gets copies."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from redis import Redis

from contract.labels.keys import LabelKeys
from drift_worker.errors import UnreadableFileError
from drift_worker.labels.file import LabelFile, LabelRow
from drift_worker.labels.predictions import read_predictions
from drift_worker.labels.windows import WindowSpan
from drift_worker.record.files import WindowFiles

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Copies:
    """Looks at each window once: labels that come later are joined with all versions at once."""

    redis: Redis
    files: WindowFiles

    def rows(self, model: str, windows: Sequence[WindowSpan]) -> Iterator[tuple[str, list[LabelRow]]]:
        """The copies that each new window lacks; to be called after the labels that wait were joined.

        Where a model has one version, there are none, and nothing is read. A window that a damaged file
        concerns is passed over, and looked at again. Raises RedisError and OSError.
        """
        if len({window.partition for window in windows}) < 2:  # noqa: PLR2004 - versions
            return
        keys = LabelKeys(model)
        looked_at = {each.decode() for each in cast("set[bytes]", self.redis.smembers(keys.copied))}
        labelled = {each.decode() for each in cast("list[bytes]", self.redis.hkeys(keys.windows))}
        sources = [window for window in windows if window.id in labelled]
        for window in windows:
            if window.status != "evaluated" or window.id in looked_at:
                continue
            try:
                found = self._of_window(window, [each for each in sources if _meet(window, each)])
            except UnreadableFileError as error:
                log.error("%s", error)  # noqa: TRY400 - the message says all that is known
                continue
            yield window.id, found

    def looked_at(self, model: str, window_id: str) -> None:
        """Note that a window has what the others had before it; raises RedisError."""
        self.redis.sadd(LabelKeys(model).copied, window_id)

    def _of_window(self, window: WindowSpan, sources: Sequence[WindowSpan]) -> list[LabelRow]:
        if not sources or (predictions := read_predictions(self.files.folder(window.id))) is None:
            return []
        wanted = set(predictions.ids.to_pylist())
        known = {(row.prediction_id, row.label_id) for row in self._labels(window)}
        found = dict[tuple[str, str], LabelRow]()
        for row in (row for source in sources for row in self._labels(source)):
            key = (row.prediction_id, row.label_id)
            if row.label_id and row.prediction_id in wanted and key not in known:
                found[key] = row._replace(copy=True)
        return [*found.values()]

    def _labels(self, window: WindowSpan) -> list[LabelRow]:
        return LabelFile(self.files.folder(window.id)).rows()


def _meet(window: WindowSpan, other: WindowSpan) -> bool:
    """Whether two versions may have made the same predictions in these windows."""
    return (
        other.partition != window.partition
        and other.first_ms <= window.last_ms
        and window.first_ms <= other.last_ms
    )
