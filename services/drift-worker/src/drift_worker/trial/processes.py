"""Pieces of work that processes take side by side."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def run_pieces(
    run: Callable[[Piece], Result], work: Sequence[Piece], processes: int
) -> Iterator[tuple[Piece, Result]]:
    """Run the pieces in processes of their own, or here if it is one; results come as they are ready.

    Raises BrokenProcessPool where a process was killed, and what `run` raises.
    """
    if processes == 1:
        for piece in work:
            yield piece, run(piece)
        return
    # Each process computes on one core: the threads of the linear algebra would only wait for each other.
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=_leave_interrupts)
    try:
        pieces = {pool.submit(run, piece): piece for piece in work}
        for future in as_completed(pieces):
            yield pieces[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """Leave Ctrl-C to the process that waits for the pieces, so that it is said once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
