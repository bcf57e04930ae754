"""The middle of the sentence, said once: detect → decide; and what an evaluation makes of it."""

from dataclasses import dataclass, replace
from typing import Self

import pandas as pd

from contract.windows import Window
from drift_worker.decide.decision import Policy, decide
from drift_worker.detect.drift import Detection, Reference, detect
from drift_worker.detect.evidently.report import About, DriftReport
from drift_worker.detect.pools.lasting import Earlier
from drift_worker.estimates import QualityEstimate
from drift_worker.evaluate.stages import StageClock
from drift_worker.evaluate.stores import Stores
from drift_worker.findings import Finding, Verdict
from drift_worker.record.evaluation import Evaluation, evaluation_of
from drift_worker.settings import Settings
from drift_worker.show.report.about import about_window
from drift_worker.show.report.page import drift_report
from drift_worker.window.read import WindowRows


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found in the current data, and what was decided from it."""

    detection: Detection
    verdict: Verdict
    estimate: QualityEstimate | None = None
    """How good the model seems to be by its own scores; None where there is no model."""

    @property
    def findings(self) -> list[Finding]:
        """Everything that was found."""
        return self.detection.findings

    def report(self, about: About) -> DriftReport | None:
        """The report that shows the findings; None where one of the sides has no row."""
        return drift_report(about, self.verdict, self.detection, self.estimate)


def judge(
    reference: Reference,
    current: pd.DataFrame,
    policy: Policy,
    *,
    earlier: Earlier | None = None,
    target_drift: float | None = None,
    worse_by_labels: bool = False,
) -> Judgement:
    """Compare the current rows with the reference and decide; the same rows always give the same judgement.

    `earlier` are the windows before, which show small changes that last; they and `target_drift` are told in
    the verdict, and the estimate of the model's quality beside it; they decide nothing. `worse_by_labels`
    makes an action severe. Raises FrameError and EvidentlyResultError.
    """
    if earlier is not None:
        earlier = replace(earlier, min_rows=policy.min_rows)
    detection = detect(reference, current, policy.alert_budget, earlier)
    verdict = decide(
        detection.findings,
        rows=len(detection.now),
        policy=policy,
        importance=reference.importance,
        target_drift=target_drift,
        notes=detection.notes,
        worse_by_labels=worse_by_labels,
    )
    estimate = reference.estimator.estimate(current) if reference.estimator else None
    return Judgement(detection, verdict, estimate)


@dataclass(frozen=True, slots=True)
class RowsEvaluator:
    """Judges the rows of windows by a policy, and saves their files."""

    stores: Stores
    policy: Policy

    @classmethod
    def of(cls, stores: Stores, settings: Settings) -> Self:
        """An evaluator by the policy of the settings."""
        return cls(stores, settings.policy)

    def evaluate(self, window: Window, rows: WindowRows, clock: StageClock) -> Evaluation:
        """The evaluation of a window, its files saved and nothing committed.

        Raises UnknownBundleError, FrameError, EvidentlyResultError, redis.exceptions.RedisError.
        """
        reference = self.stores.bundles.reference(window.partition)
        policy = self.policy.for_schema(reference.schema)
        with clock.stage("detect"):
            earlier = self.stores.earlier.before(window, reference)
            quality = self.stores.quality.newest_decided(window.partition)
            worse = quality is not None and quality.finding
            judgement = judge(reference, rows.frame, policy, earlier=earlier, worse_by_labels=worse)
        with clock.stage("report"):
            report = judgement.report(about_window(window, rows))
            reports = self.stores.files.save(window.id, report, rows.frame)
            if judgement.detection.cells is not None:
                self.stores.files.save_cells(window.id, judgement.detection.cells.to_json())
        return evaluation_of(
            window,
            rows,
            findings=judgement.findings,
            verdict=judgement.verdict,
            estimate=judgement.estimate,
            policy=policy,
            pooled=earlier.ids,
            reports=reports,
            durations=clock.seconds,
        )
