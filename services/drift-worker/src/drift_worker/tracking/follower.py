"""Logs to MLflow in a thread of its own, so that no window, label or evaluation waits for it."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from redis.exceptions import RedisError

from contract.errors import BadSettingError
from drift_worker.tracking.runs import RunLog
from registry import RegistryError

END: Final = 5.0
"""Seconds that a request to MLflow may still take when the sweep ends; then it is left."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class RunFollower:
    """Looks every so many seconds for evaluations that aren't logged."""

    runs: RunLog
    interval: float
    pause: float
    """Seconds until MLflow is tried again after it was away."""

    _said: str | None = None
    """What was said of MLflow last; None while it answers."""

    @contextmanager
    def following(self) -> Iterator[None]:
        """Log as long as the context lasts."""
        ending = threading.Event()
        thread = threading.Thread(target=self._follow, args=(ending,), name="runs", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join(END)
            self.runs.close()

    def _follow(self, ending: threading.Event) -> None:
        while not ending.wait(self.interval if self._said is None else self.pause):
            self.log_once()

    def log_once(self) -> None:
        """Log what isn't logged yet; what can't be is said once, and tried again."""
        try:
            self.runs.log_all()
        except RedisError as error:  # the sweep says it
            log.debug("no evaluations to log: %s", error)
        except (RegistryError, BadSettingError) as error:
            self._failed(f"evaluations wait to be logged to MLflow, which is tried again: {error}")
        except Exception as error:  # noqa: BLE001 - a defect, whichever it is: the sweep's own work goes on
            self._failed(f"evaluations can't be logged to MLflow by an unexpected {type(error).__name__}")
        else:
            if self._said is not None:
                log.info("evaluations are logged to MLflow again")
            self._said = None

    def _failed(self, what: str) -> None:
        self.runs.counts.failed()
        if self._said is None:
            log.warning(what)
        self._said = what
