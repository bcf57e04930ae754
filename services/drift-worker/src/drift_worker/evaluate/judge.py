"""The sentence's middle, said once: detect → decide."""

from dataclasses import dataclass

import pandas as pd
from contract.schema import Schema

from drift_worker.decide.decision import Policy, decide
from drift_worker.detect.drift import Detection, detect
from drift_worker.detect.evidently.report import About, DriftReport
from drift_worker.findings import Finding, Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found in the current data, and what was decided from it."""

    detection: Detection
    verdict: Verdict

    @property
    def findings(self) -> list[Finding]:
        """Everything that was found."""
        return self.detection.findings

    def report(self, about: About) -> DriftReport | None:
        """The report that shows the findings; None where one of the sides has no row."""
        return self.detection.report(about, self.verdict.drift_share_threshold)


def judge(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    schema: Schema,
    policy: Policy,
    *,
    score_column: str | None = "score",
    target_drift: float | None = None,
) -> Judgement:
    """Compare the current rows with the reference and decide; the same rows always give the same judgement.

    `score_column` names the model's output, and is None where there is none. `target_drift` is told in the
    verdict and decides nothing. Raises FrameError and EvidentlyResultError.
    """
    detection = detect(reference, current, schema, score_column=score_column)
    verdict = decide(detection.findings, rows=len(current), policy=policy, target_drift=target_drift)
    return Judgement(detection, verdict)
