"""The command `predict`: serves until it is told to end."""

import ctypes
import logging
import os
import signal
import socket
import sys
from multiprocessing import parent_process
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from contract.errors import BadSettingError
from contract.redis.connection import refuse_unusable
from contract.redis.server import UnsupportedRedisError
from contract.settings import bound_socket
from predict.app import configured, create_app, open_access, sources_of
from predict.edge.limits import LimitedProtocol
from predict.errors import StartError
from predict.score.models.bundles import open_models
from predict.settings import Settings

START_TIMEOUT: Final = 60
"""Seconds that one of several workers has for its imports; a slower one is started again, for ever."""

DRAIN_TIMEOUT: Final = 5
"""Seconds that requests under way have when the service is told to end."""

PR_SET_PDEATHSIG: Final = 1
"""Of prctl(2): the signal that a process gets when its parent is gone."""

_logger = logging.getLogger(__name__)


def main() -> None:
    """Serve; a setting, bundle, Redis or port that can't be used ends it with one message and exit code 2."""
    try:
        settings, otel = configured()
        refuse_unusable(settings.redis_url)
        with bound_socket(settings.predict_host, settings.predict_port, "PREDICT") as listener:
            if settings.predict_workers == 1:
                _serve(create_app(settings, otel), settings, listener)
            else:
                _serve_by_workers(settings, listener)
    except (BadSettingError, StartError, UnsupportedRedisError) as error:
        print(f"predict: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _serve(app: Any, settings: Settings, listener: socket.socket) -> None:
    _say_where(listener)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises it again once it has drained
    uvicorn.Server(_config(app, settings)).run(sockets=[listener])


def _serve_by_workers(settings: Settings, listener: socket.socket) -> None:
    """Each worker builds its own application from the environment; what would fail there fails here first."""
    open_models(sources_of(settings))
    open_access(settings)
    _say_where(listener)
    config = _config(
        "predict.__main__:create_worker_app",
        settings,
        factory=True,
        workers=settings.predict_workers,
        timeout_worker_healthcheck=START_TIMEOUT,
    )
    Multiprocess(config, sockets=[listener]).run()


def create_worker_app() -> ASGIApp:
    """The application of one of several workers, which ends when the process that started it is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    parent = parent_process()
    if parent is not None and parent.pid != os.getppid():
        raise StartError("the process that started this worker is gone")
    return create_app()


def _config(app: Any, settings: Settings, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=LimitedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # where who the client is matters, the application reads them
        timeout_keep_alive=settings.keep_alive,
        timeout_graceful_shutdown=DRAIN_TIMEOUT,
        **more,
    )


def _say_where(listener: socket.socket) -> None:
    host, port, *_ = listener.getsockname()
    _logger.info("serving on http://%s:%d", f"[{host}]" if ":" in host else host, port)


if __name__ == "__main__":
    main()
