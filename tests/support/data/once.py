"""What a run of tests builds once, in whichever of its processes needs it first."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bundle import Bundle, open_bundle
from dataset import read_schema_yaml
from tests.support.data.exported import NUMBERS, shop
from training.build import Request, build_bundle


def built_once(temporary: pytest.TempPathFactory, name: str, build: Callable[[Path], None]) -> Path:
    """The folder of that name, which `build` has filled; it is for all processes, so nobody writes to it."""
    base = temporary.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, whole = run / f"once-{name}", run / f"once-{name}.whole"
    with (run / f"once-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            folder.mkdir(exist_ok=True)
            build(folder)
            whole.touch()
    return folder


def shop_bundle(temporary: pytest.TempPathFactory, label: str, name: str = "shop") -> Bundle:
    """The bundle of that name that predicts a label of the shop's table, which is `rows.csv` beside it."""

    def build(folder: Path) -> None:
        data = shop(folder)
        schema = read_schema_yaml(data.schema([*NUMBERS, "colour", "member"], f"label: {{name: {label}}}"))
        build_bundle(Request(data.data, schema, folder / name, name), lambda _: None)

    return open_bundle(built_once(temporary, f"{name}-{label}", build) / name)
