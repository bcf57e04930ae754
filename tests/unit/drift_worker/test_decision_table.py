"""The rows of the table of decisions, how much an action matters, and what it is about."""

import pytest

from drift_worker.decide.decision import Policy, decide
from drift_worker.findings import Finding, Verdict

POLICY = Policy(50, 0.30)
IMPORTANCE = {"fee": 0.06, "age": 0.03, "plan": -0.01}


def moved(column: str, size: float, *, output: bool = False, certain: bool = True) -> Finding:
    """A column that drifted by so many standard deviations."""
    return Finding(
        kind="prediction_drift" if output else "feature_drift",
        column=column,
        method="Wasserstein distance (normed)",
        score=size,
        threshold=0.1,
        size=size,
        p_value=1e-9 if certain else 1e-4,
        drifted=size >= 0.1,
        beyond_chance=certain and size >= 0.1,
        strong=certain and size >= 0.3 and not output,
        detail=f"{column}: moved by {size:.2f} SD",
    )


def broken(column: str, other: str | None = None) -> Finding:
    """A column that is broken, or a relation that changed."""
    return Finding(
        kind="relation" if other else "data_quality",
        column=column,
        other=other,
        method="relation changed" if other else "missing",
        score=0.3,
        threshold=None,
        drifted=True,
        beyond_chance=True,
        detail=f"{column}: 30 % of the values are missing",
    )


def decided(*findings: Finding) -> Verdict:
    """The verdict on a window of 1,000 rows."""
    return decide(findings, rows=1_000, policy=POLICY, importance=IMPORTANCE)


CALM = (moved("fee", 0.01), moved("age", 0.02), moved("plan", 0.0), moved("size", 0.0))


def test_an_action_is_severe_where_labels_say_that_the_model_is_worse() -> None:
    """However little it relies on what changed; without an action there is no severity."""
    drifted, calm = [*CALM, broken("fee")], CALM
    for findings, severity in ((drifted, "high"), (calm, None)):
        verdict = decide(findings, rows=1_000, policy=POLICY, worse_by_labels=True)
        assert (verdict.severity, verdict.worse_by_labels) == (severity, True)


def test_no_action_has_neither_severity_nor_cause() -> None:
    """There is nothing to weigh."""
    verdict = decided(*CALM, moved("score", 0.5, output=True))
    assert (verdict.decision, verdict.severity, verdict.causes) == ("NO_ACTION", None, [])


@pytest.mark.parametrize(
    ("findings", "severity"),
    [
        ((moved("fee", 0.5), *CALM[1:]), "high"),
        ((CALM[0], moved("age", 0.5), *CALM[2:]), "high"),
        ((*CALM[:2], moved("plan", 0.5), CALM[3]), "low"),
        ((*CALM[:2], moved("plan", 0.5), CALM[3], moved("score", 0.4, output=True)), "high"),
        ((*CALM, broken("fee")), "high"),
        ((*CALM, broken("plan", "size")), "low"),
    ],
)
def test_an_action_is_severe_by_what_the_model_relies_on(
    findings: tuple[Finding, ...], severity: str
) -> None:
    """Features of 30 % of the importance, or an output that moved by 0.3 SD; importance below 0 is none."""
    verdict = decided(*findings)
    assert (verdict.decision, verdict.severity) == ("INVESTIGATE", severity)


def test_what_is_broken_is_the_cause_before_what_moved() -> None:
    """Never retrain on broken data, however much drifted."""
    verdict = decided(moved("fee", 0.9), moved("age", 0.8), *CALM[2:], broken("plan"), broken("fee", "age"))
    assert verdict.decision == "INVESTIGATE"
    assert verdict.causes == ["fee and age: relation changed", "plan: missing"]
    assert verdict.reasons[0] == "plan: 30 % of the values are missing"
    assert verdict.reasons[-1] == "drifted features: fee, age"


def test_a_feature_that_moved_far_alone_is_the_cause() -> None:
    """It is named in the first reason."""
    verdict = decided(moved("fee", 0.5), *CALM[1:])
    assert (verdict.causes, verdict.reasons[0]) == (["fee: moved"], "fee: moved by 0.50 SD")


def test_retraining_is_about_drift() -> None:
    """Whichever features drifted: the incident is the same while they change."""
    verdict = decided(moved("fee", 0.2), moved("age", 0.25), *CALM[2:])
    assert (verdict.decision, verdict.causes) == ("RETRAINING_TRIGGERED", ["drift"])
    assert verdict.reasons == ["drift_share=0.50 >= 0.30", "drifted features: age, fee"]


def test_a_share_that_chance_explains_is_no_action() -> None:
    """At least one feature has to be beyond chance."""
    verdict = decided(moved("fee", 0.2, certain=False), moved("age", 0.2, certain=False), *CALM[2:])
    assert (verdict.decision, verdict.reasons[0]) == ("NO_ACTION", "drift_share=0.50 >= 0.30, within chance")


def test_few_rows_decide_nothing_about_broken_data() -> None:
    """Whatever was found, too little was looked at; what is broken beyond chance is told all the same."""
    verdict = decide([*CALM, broken("fee")], rows=49, policy=POLICY)
    assert (verdict.decision, verdict.causes) == ("INSUFFICIENT_DATA", [])
    assert verdict.reasons == ["rows=49 < 50", "fee: 30 % of the values are missing"]


def test_a_share_of_nothing_that_was_compared_is_no_zero() -> None:
    """Where no feature has values on both sides there is no share; what is broken is told all the same."""
    empty = moved("fee", 0.0).model_copy(update={"score": None, "size": None, "p_value": None})
    verdict = decided(empty)
    assert (verdict.decision, verdict.drift_share) == ("INSUFFICIENT_DATA", None)
    assert verdict.reasons == ["no feature was evaluated"]
    lost = decided(empty, broken("fee"))
    assert (lost.decision, lost.drift_share) == ("INVESTIGATE", None)
    assert lost.reasons == ["fee: 30 % of the values are missing"]
    assert decided(empty, moved("age", 0.0)).drift_share == 0.0


def test_data_that_are_broken_without_chance_being_judged_decide_nothing() -> None:
    """As findings by Evidently's thresholds alone have it."""
    unjudged = broken("fee").model_copy(update={"beyond_chance": None})
    assert decided(*CALM, unjudged).decision == "NO_ACTION"
