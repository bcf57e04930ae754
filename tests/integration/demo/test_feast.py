"""`FEAST=1 make up`: a Feast server beside the demo's other processes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pandas as pd

from tests.support.paths import ROOT
from tests.support.processes import program
from tests.support.waiting import wait_for

ROWS = 300
"""Rows of each month; a window needs 50."""


def months_of(folder: Path) -> Path:
    """The first rows of the example's months, as tables of their own."""
    for month in ("month_000", "month_001", "month_002"):
        own = folder / "months" / month
        own.mkdir(parents=True)
        for table in (ROOT / "data" / "streamflow" / month).glob("*.parquet"):
            if table.stem != "labels":
                pd.read_parquet(table).head(ROWS).to_csv(own / f"{table.stem}.csv", index=False)
    return folder / "months"


def test_months_are_replayed_by_their_entities_alone(tmp_path: Path) -> None:
    """Each month's values come into the store before its entities are sent; in the end all processes end."""
    months = months_of(tmp_path)
    for name in ("bundles", "features"):
        (tmp_path / name).symlink_to(ROOT / name)
    variables = {"FEAST": "1", "BUNDLE": "bundles/churn", "DEMO_TEST": str(tmp_path)}
    with (tmp_path / "said").open("w") as said:
        demo = program.start(
            [Path(sys.executable).parent / "demo", "up", "--data", months],
            cwd=tmp_path,
            env={**os.environ, **variables},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    wait_for("the address of Feast", lambda: "feast: " in output(demo, tmp_path / "said"), timeout=280)
    text = output(demo, tmp_path / "said")
    assert re.findall(rf"^(month_00.): {ROWS} predictions", text, re.M) == ["month_001", "month_002"]
    predict = re.search(r"^predict: +(http://[0-9.:]+)/", text, re.M)
    assert predict is not None
    last = pd.read_csv(months / "month_002" / "subscriptions.csv").iloc[-1]
    assert httpx.post(f"{predict[1]}/predict", json={"user_id": last["user_id"]}).status_code == 200
    assert httpx.post(f"{predict[1]}/predict", json={"user_id": "nobody"}).status_code == 404

    demo.kill()
    demo.wait(10)
    wait_for("every process to end", lambda: program.named(tmp_path) == [])


def output(demo: "subprocess.Popen[bytes]", said: Path) -> str:
    """What the demo has said; it still runs."""
    assert demo.poll() is None, said.read_text()
    return said.read_text()
