"""How the service ends: it is not ready for DRAIN_DELAY, and answers all the same; then it takes no more."""

import asyncio
import logging
import signal
from types import FrameType

from predict.request.service import Service

_logger = logging.getLogger(__name__)


def drain_before_the_end(service: Service, delay: float) -> None:
    """Put `delay` seconds before what SIGTERM leads to; a second one leads to it at once.

    To be called in the event loop, once the server has set its own handler: whoever sends requests here
    sees that the service isn't ready, and goes elsewhere, before the port is closed.
    """
    loop, end = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)
    if not callable(end):
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        if service.ending.is_set():
            end(number, frame)
            return
        service.ending.set()
        _logger.info("told to end: not ready from now on, and serving for %g s more", delay)
        loop.call_soon_threadsafe(loop.call_later, delay, end, number, None)

    signal.signal(signal.SIGTERM, on_signal)
