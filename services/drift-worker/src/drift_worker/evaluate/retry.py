"""Evaluating a window that failed, from the entries that were saved of it."""

from contract.windows import partition_of
from opentelemetry.trace import NoOpTracer

from drift_worker.errors import NotFailedError, UnknownWindowError, UnreadableFileError
from drift_worker.evaluate.judge import RowsEvaluator
from drift_worker.evaluate.stages import StageClock
from drift_worker.record.assembly import ledger_counts
from drift_worker.record.bundles import BundleShelf
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.reports import ReportStore
from drift_worker.record.store import EvaluationStore
from drift_worker.settings import Settings
from drift_worker.window.read import read_entries


def retry_window(
    store: EvaluationStore, reports: ReportStore, shelf: BundleShelf, settings: Settings, window_id: str
) -> Evaluation:
    """Evaluate a failed window again, and put the result in the failed one's place.

    Raises BadWindowIdError, UnknownWindowError, NotFailedError, UnknownBundleError, UnreadableFileError, and
    what the evaluation itself raises.
    """
    found = store.get(window_id)
    if found is None:
        raise UnknownWindowError(f"window {window_id} has no evaluation; see `drift-worker evaluations`")
    if found.status != "failed":
        raise NotFailedError(f"window {window_id} is {found.status}; only a failed one is tried again")
    window, saved = reports.entries(window_id)
    if window.id != window_id:
        raise UnreadableFileError(f"the entries saved for {window_id} are those of {window.id}")
    bundle, reference = shelf.reference(partition_of(window_id))
    clock = StageClock(NoOpTracer())
    with clock.stage("read"):
        rows = read_entries([saved], window, bundle.schema)
    evaluation = RowsEvaluator(settings, reports).evaluate(window, rows, bundle, reference, clock)
    gone = window.rows - rows.seen
    counts = ledger_counts(window, rows) | ({"foreign": 0, "failed": gone} if gone > 0 else {})
    committed = store.commit(evaluation, counts, rows.dead_letters, instead_of_failed=True)
    if not committed and not store.stands(evaluation):
        raise NotFailedError(f"window {window_id} was tried again by someone else meanwhile")
    reports.publish(evaluation)
    return evaluation
