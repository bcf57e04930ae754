"""The windows before one, as pools need them: whoever evaluated them, and in whatever order."""

import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Final

from redis import Redis
from redis.exceptions import RedisError

from contract.partition import pending_windows
from contract.windows import Window
from drift_worker.detect.drift import Reference, count_cells
from drift_worker.detect.pools.cells import WindowCells
from drift_worker.detect.pools.lasting import SPANS, Earlier
from drift_worker.errors import UnknownWindowError, UnreadableFileError
from drift_worker.evaluate.attempts import Attempts
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.files import WindowFiles
from drift_worker.record.store import EvaluationStore
from drift_worker.window.read import read_window

MOST_CACHED: Final = 128
"""Windows whose cells a worker keeps in memory: those of the longest pool, of two model versions."""

log = logging.getLogger(__name__)


class EarlierWindows:
    """Counts each window once: its cells are kept beside its rows, and made again if they are lost."""

    def __init__(self, redis: Redis, evaluations: EvaluationStore, files: WindowFiles) -> None:
        self._redis = redis
        self._evaluations = evaluations
        self._files = files
        self._cached: OrderedDict[str, WindowCells] = OrderedDict()

    def before(self, window: Window, reference: Reference) -> Earlier:
        """Find the windows that are pooled with one; those whose rows can't be had are left out.

        The rows of a window that is still pending are read from the stream, so that the order in which
        windows are evaluated changes nothing. A window that failed or expired is left out until it was
        retried and evaluated, and so is a pending one whose evaluation has failed. Raises
        redis.exceptions.RedisError.
        """
        if reference.baseline is None:
            return Earlier(window.number)
        found = {
            number: (window_id, cells)
            for number, window_id, pending in self._ids(window)
            if (cells := self._cells(window_id, reference, pending)) is not None
        }
        return Earlier(
            window.number,
            {number: cells for number, (_, cells) in found.items()},
            {number: window_id for number, (window_id, _) in found.items()},
        )

    def recorded(self, evaluation: Evaluation, reference: Reference) -> Earlier:
        """The windows that were pooled for an evaluation.

        Raises UnknownWindowError where neither the cells nor the rows of one are there any more.
        """
        windows = {}
        for number, window_id in evaluation.pooled_windows.items():
            cells = self._cells(window_id, reference)
            if cells is None:
                raise UnknownWindowError(
                    f"the rows of window {window_id} are missing; {evaluation.window_id} was pooled with them"
                )
            windows[number] = cells
        return Earlier(evaluation.number, windows, evaluation.pooled_windows)

    def _ids(self, window: Window) -> Iterator[tuple[int, str, Window | None]]:
        """Number, id and, where it is pending, the window itself, of what a pool can reach, oldest first."""
        first = window.number - max(SPANS) + 1
        # Pending ones come first: a window that is evaluated meanwhile is found twice, not never.
        pending: Mapping[int, Window] = {
            each.number: each for each in pending_windows(self._redis, window.partition)
        }
        reached = {number: each for number, each in pending.items() if first <= number < window.number}
        done = self._evaluations.numbered(window.partition, first, window.number - 1)
        for number in sorted(reached.keys() | done.keys()):
            window_id = done.get(number) or reached[number].id
            if number in done and not self._was_evaluated(window_id):
                continue
            yield number, window_id, None if number in done else reached[number]

    def _was_evaluated(self, window_id: str) -> bool:
        """Whether the window was compared; what did not fail and expire once never will."""
        if window_id in self._cached:
            return True
        evaluation = self._evaluations.get(window_id)
        return evaluation is not None and evaluation.status == "evaluated"

    def _cells(
        self, window_id: str, reference: Reference, pending: Window | None = None
    ) -> WindowCells | None:
        if window_id in self._cached:
            self._cached.move_to_end(window_id)
            return self._cached[window_id]
        if pending is not None:
            return self._saved(window_id) or self._from_stream(pending, reference)
        cells = self._saved(window_id) or self._counted(window_id, reference)
        if cells is None:
            return None
        self._cached[window_id] = cells
        if len(self._cached) > MOST_CACHED:
            self._cached.popitem(last=False)
        return cells

    def _saved(self, window_id: str) -> WindowCells | None:
        text = self._files.cells(window_id)
        try:
            return None if text is None else WindowCells.from_json(text)
        except ValueError:  # damaged, or of another version: they are counted again
            return None

    def _counted(self, window_id: str, reference: Reference) -> WindowCells | None:
        try:
            rows = self._files.rows(window_id)
        except (UnknownWindowError, UnreadableFileError):
            return None
        cells = count_cells(reference, rows)
        if cells is not None:
            self._files.save_cells(window_id, cells.to_json())
        return cells

    def _from_stream(self, window: Window, reference: Reference) -> WindowCells | None:
        """Count a window that is not evaluated yet, and keep its cells, which an evaluation is made with.

        Whatever is wrong with it is its own evaluation's to tell: here it is only left out.
        """
        if Attempts(self._redis, window).troubled():
            return None
        try:
            cells = count_cells(reference, read_window(self._redis, window, reference.schema).frame)
        except RedisError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            log.warning("window %s is not pooled: %s", window.id, type(error).__name__)
            return self._saved(window.id)  # it may have been evaluated and trimmed meanwhile
        if cells is not None:
            self._files.save_cells(window.id, cells.to_json())
        return cells
