"""When labels come, the estimate that was made without them is shown beside what they say."""

import pytest

from drift_worker.evaluate.review.recompute import Recomputation
from drift_worker.quality.recompute import recompute_quality
from drift_worker.record.quality.evaluation import QualityEvaluation
from drift_worker.record.quality.files import QualityFiles
from drift_worker.record.quality.store import QualityStore
from drift_worker.stretch import QualityFigure
from tests.support.quality import Judge, labels_of, reference_draw, scored_records, shuffled

ESTIMATED = ["auc", "accuracy", "f1"]


def figures(evaluation: QualityEvaluation) -> dict[str, QualityFigure]:
    """The figures of the short stretch by their metric."""
    return {each.metric: each for each in evaluation.stretches[0].figures}


def judged(judge: Judge, share: float, keep: float = 1.0) -> QualityEvaluation:
    """The evaluation of 2,000 rows of the reference, of which a share has labels at random.

    Of scores below 0.3 only the share `keep` has a label at all.
    """
    scores, truth = reference_draw(judge.bundle, 2_000)
    records = scored_records(judge.bundle, scores)
    judge.window(records)
    labels = labels_of(records, shuffled(truth, share))
    judge.label(
        [
            label
            for place, (label, score) in enumerate(zip(labels, scores, strict=True))
            if score >= 0.3 or place % 100 < 100 * keep
        ]
    )
    (found,) = judge.found()
    return found


@pytest.mark.parametrize("keep", [1.0, 0.3])
def test_without_a_change_the_estimate_is_right(judge: Judge, keep: float) -> None:
    """It counts the rows as the labels' figures do, however few of a decile have a label."""
    found = figures(judged(judge, 0.0, keep))
    for metric in ESTIMATED:
        each = found[metric]
        assert each.value is not None
        assert each.estimate is not None
        assert each.low is not None
        assert each.high is not None
        assert each.low <= each.estimate <= each.high, metric
        assert each.estimate_error == each.estimate - each.value
    assert found["auc"].estimate_error == pytest.approx(0.0, abs=0.02)
    assert found["log_loss"].estimate is None
    assert found["log_loss"].estimate_error is None


def test_a_changed_relation_makes_its_error(judge: Judge) -> None:
    """The same scores, and labels at random: the estimate stays where it was."""
    evaluation = judged(judge, 1.0)
    auc = figures(evaluation)["auc"]
    assert auc.estimate == pytest.approx(0.83, abs=0.01)
    assert auc.estimate_error == pytest.approx(0.33, abs=0.05)
    assert evaluation.decision == "RETRAINING_TRIGGERED"


def test_it_is_recomputed_to_the_last_bit(judge: Judge) -> None:
    """From the rows that were saved."""
    evaluation = judged(judge, 0.0)
    evaluator = judge.evaluator()
    store, files = QualityStore(judge.redis), QualityFiles(judge.root)
    again: Recomputation = recompute_quality(store, files, evaluator.bundles, evaluation.quality_id)
    assert again.differences == []


def test_the_report_shows_it_beside_the_figure(judge: Judge) -> None:
    """With what an estimate can't see."""
    evaluation = judged(judge, 0.0)
    auc = figures(evaluation)["auc"]
    report = (judge.root / evaluation.quality_id / "report.html").read_text()
    assert "<th>estimate<th>its error</tr>" in report
    assert f"<td>{auc.estimate:.4f}<td>{auc.estimate_error:.4f}</tr>" in report
    assert "cannot see a changed relation between features and label (concept drift)" in report
