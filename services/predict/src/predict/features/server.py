"""The feature server: one call to it, with one more try, and no call while it does not answer."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from predict.features.circuit import Circuit
from predict.features.connection import HttpAnswer
from predict.features.connections import MAX_CONNECTIONS, Connections
from predict.features.errors import BadAnswerError, FeatureServerError, NoAnswerError, RefusedCallError

PROBE_INTERVAL: Final = 1.0
"""Seconds between two tries whether a server that did not answer does again; no request waits for them."""

_OF_A_PROXY: Final = frozenset(
    {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)
"""Statuses that say that nobody has answered."""

_logger = logging.getLogger(__name__)


class FeatureServer:
    """Answers look-ups, for all models of the service.

    After three calls in a row without an answer nobody waits any more: each look-up is refused at once, and
    once a second a call that no request waits for tries whether there are answers again.
    """

    def __init__(self, url: str, timeout: float) -> None:
        """`url` is where the server is, as FEATURES_URL says it; a call may take `timeout` seconds in all."""
        self._connections = Connections(url)
        self.name = self._connections.name
        self.timeout = timeout
        self._circuit = Circuit()
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)  # the time of a call begins when it has one
        self._good: bytes | None = None
        self._why = ""
        self._probe: asyncio.Task[None] | None = None

    @property
    def problem(self) -> str | None:
        """Why nothing is looked up now; None where look-ups are tried."""
        return self._why if self._circuit.is_open else None

    async def ask(self, question: bytes, timed: Callable[[float], None]) -> bytes:
        """Give the answer to a question, both JSON; raises FeatureServerError, at once while none comes.

        `timed` is told how many seconds a call took, answered or not.
        """
        if self._circuit.is_open:
            raise NoAnswerError(self._why)
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            answer = await self._ask(question)
        except NoAnswerError as error:
            self._note_failure(str(error), question)
            raise
        except FeatureServerError:
            self._circuit.answered()
            raise
        finally:
            timed(loop.time() - began)
        self._circuit.answered()
        self._good = question
        return answer

    async def close(self) -> None:
        """End the connections, and the tries."""
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.gather(self._probe, return_exceptions=True)
        self._connections.close()

    def _note_failure(self, why: str, question: bytes) -> None:
        self._why = why
        if self._circuit.failed() and (self._probe is None or self._probe.done()):
            self._probe = asyncio.create_task(self._try_until_answered(self._good or question))

    async def _try_until_answered(self, question: bytes) -> None:
        """Ask again and again; the question is one that was answered before, if any was."""
        _logger.warning("%s; only requests that bring all features are answered", self._why)
        while self._circuit.is_open:
            await asyncio.sleep(PROBE_INTERVAL)
            try:
                await self._ask(question)
            except NoAnswerError as error:
                self._why = str(error)
                continue
            except FeatureServerError as error:
                _logger.warning("%s", error)  # it is there; those who ask are told what is wrong
            except Exception:
                _logger.exception("an unexpected error while the feature server is tried")
                continue
            self._circuit.answered()
        _logger.info("%s answers again", self.name)

    async def _ask(self, question: bytes) -> bytes:
        try:
            async with self._slots, asyncio.timeout(self.timeout):
                answer = await self._send_twice(question)
        except TimeoutError:
            raise NoAnswerError(f"{self.name} did not answer within {self.timeout:g} s") from None
        self._check_status(answer.status)
        return answer.body

    async def _send_twice(self, question: bytes) -> HttpAnswer:
        """A server that was restarted, or has just refused a call, may close a connection that was kept."""
        with suppress(NoAnswerError):
            return await self._connections.ask(question)
        return await self._connections.ask(question, anew=True)

    def _check_status(self, status: int) -> None:
        """Raise FeatureServerError unless the answer is one."""
        if status in _OF_A_PROXY:
            raise NoAnswerError(f"{self.name} answered {status}")
        if status == HTTPStatus.NOT_FOUND:
            raise BadAnswerError(
                f"{self.name} answered 404: it has no such feature service, or is no feature server"
            )
        if status != HTTPStatus.OK:
            error = RefusedCallError if status >= HTTPStatus.BAD_REQUEST else BadAnswerError
            raise error(f"{self.name} answered {status}")
