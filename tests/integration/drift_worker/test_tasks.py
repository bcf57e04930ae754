"""Windows of several classes and of values are evaluated, recomputed and accepted as binary ones are."""

from pathlib import Path

import pandas as pd
import pytest
from redis import Redis

from bundle import Bundle, open_bundle
from contract.keys import Partition
from drift_worker.decide.decision import Policy
from drift_worker.evaluate.evaluator import WindowEvaluator
from drift_worker.evaluate.judge import judge
from drift_worker.evaluate.review.accept import accept_windows
from drift_worker.evaluate.review.recompute import recompute_window
from drift_worker.record.evaluation import Evaluation
from tests.support.data.month_records import month_records
from tests.support.data.once import shop_bundle
from tests.support.evaluations.windows import close_window

LABELS = {"multiclass": "grade", "regression": "amount"}
OUTPUTS = {"multiclass": ["prediction", "probability"], "regression": ["prediction"]}
ESTIMATED = {"multiclass": ["accuracy", "macro_f1"], "regression": []}


@pytest.fixture(scope="module", params=list(LABELS))
def bundle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle of either task."""
    return shop_bundle(tmp_path_factory, LABELS[request.param])


def evaluated(
    redis: Redis, evaluator: WindowEvaluator, bundle: Bundle, folder: Path, frame: pd.DataFrame
) -> Evaluation:
    """The evaluation of a window of these rows."""
    frame.to_csv(folder / "month.csv", index=False)
    records = month_records(folder / "month.csv", bundle)
    window = close_window(redis, Partition(bundle.name, bundle.version), records)
    evaluator.evaluate_window(window.id)
    evaluation = evaluator.stores.evaluations.get(window.id)
    assert evaluation is not None
    return evaluation


def rows_of(bundle: Bundle, seed: int) -> pd.DataFrame:
    """Rows of the population that the bundle was made of."""
    frame = pd.read_csv(bundle.path.parent / "rows.csv").sample(200, random_state=seed)
    return frame.assign(id=[f"w{number}" for number in range(len(frame))])


def test_a_window_is_judged_with_the_output_of_the_task(
    redis: Redis, evaluator: WindowEvaluator, bundle: Bundle, tmp_path: Path
) -> None:
    """Without drift there is no action, and a recomputation from the saved rows is equal."""
    evaluation = evaluated(redis, evaluator, bundle, tmp_path, rows_of(bundle, 1))

    outputs = [each.column for each in evaluation.findings if each.kind == "prediction_drift"]
    assert outputs == OUTPUTS[bundle.metadata.task]
    assert (evaluation.decision, evaluation.rows) == ("NO_ACTION", 200)
    assert evaluation.estimate is not None
    assert [each.metric for each in evaluation.estimate.figures] == ESTIMATED[bundle.metadata.task]
    assert (evaluation.estimate.missing is None) is (bundle.metadata.task == "multiclass")
    assert recompute_window(evaluator.rows, evaluation.window_id).differences == []


def test_a_broken_feature_moves_the_output_too(
    redis: Redis, evaluator: WindowEvaluator, bundle: Bundle, tmp_path: Path
) -> None:
    """Thirty times as large, it decides INVESTIGATE, and the output has drifted."""
    frame = rows_of(bundle, 2)
    evaluation = evaluated(redis, evaluator, bundle, tmp_path, frame.assign(x=frame["x"] * 30))

    assert evaluation.decision == "INVESTIGATE"
    assert evaluation.causes == ["x: out of range"]
    assert evaluation.prediction_drifted


def test_an_accepted_change_is_normal_from_then_on(
    redis: Redis, evaluator: WindowEvaluator, bundle: Bundle, tmp_path: Path
) -> None:
    """The new reference has the accepted output as well; an old window is worth a look."""
    before = evaluated(redis, evaluator, bundle, tmp_path, rows_of(bundle, 3))
    changed, later = (
        evaluated(redis, evaluator, bundle, tmp_path, frame.assign(x=frame["x"] * 3))
        for frame in (rows_of(bundle, 4), rows_of(bundle, 5))
    )

    accepted = accept_windows(evaluator.stores, [changed.window_id])

    reference = evaluator.stores.bundles.reference(Partition(accepted.name, accepted.version))
    decided = [
        judge(reference, evaluator.stores.files.rows(each.window_id), Policy(50, 0.3)).verdict.decision
        for each in (later, before)
    ]
    assert decided == ["NO_ACTION", "INVESTIGATE"]
    assert open_bundle(accepted.path).metadata.task == bundle.metadata.task
