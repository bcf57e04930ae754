"""The processes of a service's shadows."""

import os
from contextlib import suppress
from pathlib import Path

from tests.support.processes.predict import Running, all_samples_of
from tests.support.waiting import wait_for

LOADED = 120.0
"""Seconds for a model to be loaded on a busy machine."""


def shadow_processes(service: int) -> list[int]:
    """The processes that a service has started, by its own number."""
    found = [(each / "children").read_text() for each in Path(f"/proc/{service}/task").iterdir()]
    return [int(process) for process in " ".join(found).split()]


def awake(process: int) -> None:
    """Have a shadow's process run as any other does.

    Of itself it runs while nothing else wants the core. While tests take all cores that would be for ever.
    """
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            os.sched_setscheduler(int(thread.name), os.SCHED_OTHER, os.sched_param(0))
            with suppress(PermissionError):  # not for everybody
                os.setpriority(os.PRIO_PROCESS, int(thread.name), 0)


def wait_for_shadows(service: Running, *versions: str) -> None:
    """Wait until the shadows of these versions score rows, and have them run as any other process does."""

    def score() -> bool:
        running = {
            sample.labels["model_version"]
            for sample in all_samples_of(service.url)  # it has none of a shadow that isn't opened yet
            if sample.name == "predict_shadow_running" and sample.value == 1
        }
        return running >= set(versions)

    wait_for("the shadows to score", score, LOADED)
    for process in shadow_processes(service.process.pid):
        awake(process)
