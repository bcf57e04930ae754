"""The decision: a pure function of findings, rows and thresholds."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift_worker.decide.decision import Policy, decide, decision_line, drift_share
from drift_worker.findings import Finding, Verdict
from tests.support.evaluations.findings import features, finding


def verdict(findings: list[Finding], rows: int = 1000, threshold: float = 0.30) -> Verdict:
    """A decision with the defaults of the settings."""
    return decide(findings, rows=rows, policy=Policy(200, threshold))


def test_one_of_fourteen_is_no_action_and_gives_the_known_line() -> None:
    """The line that users know, to the letter."""
    line = decision_line(verdict(features(1, of=14)), "r/report.html", "r/report.json")
    assert line == (
        "[Evidently] report_html=r/report.html report_json=r/report.json "
        "drift_share=0.07 -> NO_ACTION drift_share=0.07 < 0.30 (target_drift=n/a)"
    )


def test_retraining_says_which_features_drifted() -> None:
    """At the threshold and beyond, the line turns its sign and the reasons name the features."""
    decided = verdict(features(5, of=14))
    assert decided.decision == "RETRAINING_TRIGGERED"
    assert decided.reasons == ["drift_share=0.36 >= 0.30", "drifted features: f0, f1, f2, f3, f4"]


def test_a_share_just_at_the_threshold_triggers() -> None:
    """The threshold itself is drift."""
    assert verdict(features(3, of=10)).decision == "RETRAINING_TRIGGERED"


def test_few_rows_decide_nothing_however_much_drifted() -> None:
    """INSUFFICIENT_DATA names the rows and the minimum, and keeps the share as information."""
    decided = verdict(features(14, of=14), rows=50)
    assert decided.decision == "INSUFFICIENT_DATA"
    assert decision_line(decided, None, None) == (
        "[Evidently] report_html=n/a report_json=n/a "
        "drift_share=1.00 -> INSUFFICIENT_DATA rows=50 < 200 (target_drift=n/a)"
    )


def test_no_findings_are_no_data() -> None:
    """Where nothing was evaluated there is no share, rather than a share of 0."""
    decided = verdict([], rows=1000)
    assert (decided.decision, decided.drift_share) == ("INSUFFICIENT_DATA", None)
    assert "drift_share=n/a -> INSUFFICIENT_DATA no feature was evaluated" in decision_line(decided, "h", "j")


def test_target_drift_is_said_and_decides_nothing() -> None:
    """A label's drift has two digits in the line, and no say in the decision."""
    decided = decide(features(0, of=14), rows=1000, policy=Policy(200, 0.3), target_drift=0.99)
    assert decided.decision == "NO_ACTION"
    assert decision_line(decided, "h", "j").endswith("drift_share=0.00 < 0.30 (target_drift=0.99)")


def test_the_models_output_and_data_quality_do_not_count() -> None:
    """Only features are in the drift share; the model's output is a reason to read."""
    others = [
        finding("prediction_drift", column="score", drifted=True),
        finding("data_quality", drifted=True),
    ]
    decided = verdict([*features(1, of=14), *others])
    assert decided.drift_share == 1 / 14
    assert decided.reasons[1:] == ["drifted features: f0", "the model's own output drifted"]


@pytest.mark.parametrize(
    ("drifted", "of", "threshold", "reason"),
    [
        (8, 27, 0.30, "drift_share=0.296 < 0.300"),
        (1, 3, 0.3334, "drift_share=0.3333 < 0.3334"),
        (3, 10, 0.30, "drift_share=0.30 >= 0.30"),
    ],
)
def test_a_reason_has_the_digits_it_needs(drifted: int, of: int, threshold: float, reason: str) -> None:
    """A reason never says that a figure is less than itself."""
    assert verdict(features(drifted, of), threshold=threshold).reasons[0] == reason


@given(
    of=st.integers(1, 200),
    share=st.floats(0, 1),
    threshold=st.floats(0.01, 1),
    rows=st.integers(0, 10_000),
    noise=st.integers(0, 5),
)
def test_a_decision_follows_from_counts_alone(
    of: int, share: float, threshold: float, rows: int, noise: int
) -> None:
    """Whatever the counts, the decision is their exact comparison, in any order of the findings."""
    drifted = round(of * share)
    findings = [*features(drifted, of), *[finding("data_quality", drifted=True)] * noise]
    decided = verdict(findings, rows=rows, threshold=threshold)
    backwards = verdict(findings[::-1], rows=rows, threshold=threshold)
    assert (decided.decision, decided.drift_share) == (backwards.decision, backwards.drift_share)
    assert drift_share(findings) == float(Fraction(drifted, of))
    expected = "RETRAINING_TRIGGERED" if drifted / of >= threshold else "NO_ACTION"
    assert decided.decision == ("INSUFFICIENT_DATA" if rows < 200 else expected)
