"""A tenth of the trial: no drift is called drift, and what is broken is seen."""

import os
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.processes import program


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_a_tenth_of_the_trial_keeps_every_promise() -> None:
    """`make trial` is all of it; the real months are in it where STREAMFLOW_DATA names them."""
    data = os.environ.get("STREAMFLOW_DATA")
    ended = program.run(
        [sys.executable, "-m", "bench.trial", "--share", "0.1"],
        cwd=ROOT,
        env={**os.environ, **({"STREAMFLOW_DATA": str(Path(data).resolve())} if data else {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
