"""Windows whose files are saved, as their evaluations are committed."""

from datetime import UTC, datetime, timedelta

import pandas as pd

from contract.schema import Feature, Schema
from drift_worker.decide.decision import Policy
from drift_worker.detect.drift import Reference
from drift_worker.detect.evidently.report import About, DriftReport
from drift_worker.evaluate.judge import Judgement, judge
from drift_worker.record.evaluation import Evaluation
from tests.support.evaluations.comparison import ReportsFolder

SCHEMA = Schema(entity="id", features=[Feature(name="fee", kind="numerical")])
START = datetime(2024, 2, 1, tzinfo=UTC)


def window_id(number: int, model: str = "churn") -> str:
    """The id of a window; later windows' ids do not sort after earlier ones as text."""
    return f"{model}-3f2a9c1b7d20-{1763915092123 + number}-{12 - number}"


def judgement(number: int) -> Judgement:
    """A window's judgement."""
    frame = pd.DataFrame({"fee": range(300)})
    return judge(Reference(frame, SCHEMA, None, outputs={}), frame + number, Policy(200, 0.3))


def report(number: int) -> DriftReport | None:
    """A window's report."""
    about = About(f"window {number}", START + timedelta(minutes=number), {"window_id": window_id(number)})
    return judgement(number).report(about)


def saved(reports: ReportsFolder, number: int, model: str = "churn") -> Evaluation:
    """A window whose files are saved, as its evaluation is committed."""
    judged = judgement(number)
    files = reports.save(window_id(number, model), report(number), pd.DataFrame({"fee": [1.0, None]}))
    time = (START + timedelta(minutes=number)).isoformat()
    return Evaluation(
        window_id=window_id(number, model),
        number=abs(number),
        status="evaluated",
        model=model,
        model_version="3f2a9c1b7d20",
        first_id="1-0",
        last_id="2-0",
        first_time=time,
        last_time=time,
        rows=300,
        dead_lettered=0,
        duplicates=0,
        findings=judged.findings,
        reports=files,
        durations={},
        libraries={},
        evaluated_at=time,
        **judged.verdict.model_dump(),
    )
