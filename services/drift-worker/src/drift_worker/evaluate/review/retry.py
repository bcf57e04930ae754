"""Evaluating a window that failed, from the entries that were saved of it."""

from opentelemetry.trace import NoOpTracer

from drift_worker.errors import NotFailedError, UnknownWindowError, UnreadableFileError
from drift_worker.evaluate.judge import RowsEvaluator
from drift_worker.evaluate.stages import StageClock
from drift_worker.record.evaluation import Evaluation
from drift_worker.window.read import read_entries


def retry_window(evaluator: RowsEvaluator, window_id: str) -> Evaluation:
    """Evaluate a failed window again, and put the result in the failed one's place.

    Raises BadWindowIdError, UnknownWindowError, NotFailedError, UnknownBundleError, UnreadableFileError, and
    what the evaluation itself raises.
    """
    stores = evaluator.stores
    found = stores.evaluations.get(window_id)
    if found is None:
        raise UnknownWindowError(f"window {window_id} has no evaluation; see `drift-worker evaluations`")
    if found.status != "failed":
        raise NotFailedError(f"window {window_id} is {found.status}; only a failed one is tried again")
    window, saved = stores.files.entries(window_id)
    if window.id != window_id:
        raise UnreadableFileError(f"the entries saved for {window_id} are those of {window.id}")
    clock = StageClock(NoOpTracer())
    with clock.stage("read"):
        rows = read_entries([saved], window, stores.bundles.schema(window.partition))
    evaluation = evaluator.evaluate(window, rows, clock)
    missing = window.rows - rows.seen
    counts = rows.ledger_counts(window) | ({"foreign": 0, "failed": missing} if missing > 0 else {})
    committed = stores.evaluations.commit(evaluation, counts, rows.dead_letters, instead_of_failed=True)
    if not committed and not stores.evaluations.stands(evaluation):
        raise NotFailedError(f"window {window_id} was tried again by someone else meanwhile")
    stores.publisher.publish(evaluation)
    return evaluation
