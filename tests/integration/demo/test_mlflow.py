"""`MLFLOW=1 make up`: an MLflow server beside the demo's other processes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx

from tests.support.paths import ROOT
from tests.support.processes import program
from tests.support.waiting import wait_for


def test_mlflow_runs_beside_the_others_and_ends_with_them(tmp_path: Path) -> None:
    """Even where the demo is killed; its address is said, and what it holds stays."""
    for name in ("bundles", "data", "mlflow"):
        (tmp_path / name).symlink_to(ROOT / name)
    variables = {"MLFLOW": "1", "BUNDLE": "bundles/churn", "DEMO_TEST": str(tmp_path)}
    with (tmp_path / "said").open("w") as said:
        demo = program.start(
            [Path(sys.executable).parent / "demo", "up"],
            cwd=tmp_path,
            env={**os.environ, **variables},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    url = wait_for("the address of MLflow", lambda: address(demo, tmp_path / "said"), timeout=200)
    assert httpx.get(f"{url}/version").text == "3.17.2"
    demo.kill()
    demo.wait(10)
    wait_for("every process to end", lambda: program.named(tmp_path) == [])
    assert (tmp_path / ".driftline" / "mlflow" / "mlflow.db").stat().st_size > 0


def address(demo: "subprocess.Popen[bytes]", said: Path) -> str:
    """Where the demo says MLflow is; nothing before it does."""
    assert demo.poll() is None, said.read_text()
    found = re.search(r"^mlflow: +(http://127\.0\.0\.1:\d+)/ ", said.read_text(), re.M)
    return found[1] if found else ""
