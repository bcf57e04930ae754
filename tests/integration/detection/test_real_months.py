"""The figures known of the real StreamFlow months, where they are at hand."""

import os
from pathlib import Path

import pytest

from tests.support.evaluations.compare import DAYS, Command

STREAMFLOW_DATA = os.environ.get("STREAMFLOW_DATA", "")

if not STREAMFLOW_DATA:
    pytest.skip(
        "the real months are not part of the project; set STREAMFLOW_DATA to their folder",
        allow_module_level=True,
    )

SCORES = {
    "rebuffer_events_7d": 0.2049909613,
    "watch_hours_30d": 0.0887435201,
    "support_tickets_90d": 0.0318975865,
    "failed_payments_90d": 0.0281781568,
}
"""Measured by Evidently 0.7.23 with its defaults; every other feature is unchanged."""


def test_the_real_months_give_the_known_figures(command: Command, tmp_path: Path) -> None:
    """Fourteen features, one drifted, and the labels' own change."""
    months = Path(STREAMFLOW_DATA)
    document = command.document(months / "month_000", months / "month_001", tmp_path, *DAYS)
    scores = {finding["column"]: finding["score"] for finding in document["findings"]}
    assert len(scores) == len(document["findings"]) == 14
    assert scores == pytest.approx(dict.fromkeys(scores, 0.0) | SCORES, abs=1e-9)
    drifted = [finding["column"] for finding in document["findings"] if finding["drifted"]]
    assert drifted == ["rebuffer_events_7d"]
    assert (document["decision"], document["drift_share"]) == ("NO_ACTION", 1 / 14)
    assert document["target_drift"] == pytest.approx(0.0238534715, abs=1e-9)


def test_the_real_months_give_the_known_line(command: Command, tmp_path: Path) -> None:
    """The line that users compare with their own."""
    months = Path(STREAMFLOW_DATA)
    _, out, _ = command.run(months / "month_000", months / "month_001", tmp_path, *DAYS)
    line = "drift_share=0.07 -> NO_ACTION drift_share=0.07 < 0.30 (target_drift=0.02)"
    assert out.splitlines()[-1].endswith(line)
