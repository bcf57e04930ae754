"""Accepting an intended change: its windows become part of the reference, in a new version of the bundle."""

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import pandas as pd

from baseline.document import baseline_of
from bundle import Acceptance, Bundle, BundleError, Parts, first_rows, open_bundle, parts_of, write_bundle
from contract.keys import Partition
from contract.schema import Schema
from contract.windows import partition_of
from dataset import read_reference, reference_rows
from drift_worker.decide.severity import concerned
from drift_worker.errors import DriftWorkerError, NotEvaluatedError, UnknownWindowError
from drift_worker.evaluate.stores import Stores
from drift_worker.findings import ACTIONS
from drift_worker.record.evaluation import Evaluation

FOLDER: Final = "accepted"
"""The folder in REPORTS_DIR that holds the new bundles, each under its model's name."""


class AcceptanceError(DriftWorkerError):
    """What was asked to be accepted can't be."""


def accept_windows(
    stores: Stores, window_ids: Sequence[str], out: Path | None = None, only: Sequence[str] = ()
) -> Bundle:
    """Write a bundle whose reference has the windows' rows too; the model and its answers stay the same.

    A column that had changed is from then on compared with the accepted rows alone, any other with these
    and the old ones. `only` names the columns whose change is intended, if not all are. Raises
    BadWindowIdError, UnknownWindowError, NotEvaluatedError, UnknownBundleError, AcceptanceError, BundleError,
    DataError.
    """
    evaluations = [_evaluation(stores, window_id) for window_id in dict.fromkeys(window_ids)]
    bundle = stores.bundles.bundle(_partition(evaluations))
    if bundle.outdated:
        raise AcceptanceError(bundle.outdated)
    old = read_reference(bundle.reference_path, bundle.schema, bundle.partial_columns)
    acceptance = Acceptance(
        windows=tuple(each.window_id for each in evaluations),
        columns=_intended(_columns(evaluations, bundle), only),
        first_row=len(old),
    )
    rows = [reference_rows(stores.files.rows(each), bundle.schema) for each in acceptance.windows]
    reference = _joined(old, rows, acceptance.columns)
    parts = _parts(bundle, reference, acceptance)
    target = out or stores.files.root / FOLDER / bundle.name
    _refuse_to_forget(target, parts.accepted)
    made = write_bundle(target, parts)
    stores.bundles.add(made)
    return made


def _evaluation(stores: Stores, window_id: str) -> Evaluation:
    found = stores.evaluations.get(window_id)
    if found is None:
        raise UnknownWindowError(f"window {window_id} has no evaluation; see `drift-worker evaluations`")
    if found.decision is None:
        raise NotEvaluatedError(f"window {window_id} is {found.status}: there is no change to accept")
    if found.decision not in ACTIONS:
        raise AcceptanceError(
            f"window {window_id} was decided {found.decision}: expected a window that calls for an action, "
            "since there is no change to accept in others"
        )
    return found


def _partition(evaluations: Sequence[Evaluation]) -> Partition:
    partitions = {partition_of(each.window_id) for each in evaluations}
    if not partitions:
        raise AcceptanceError("expected at least one window; see `drift-worker evaluations`")
    if len(partitions) != 1:
        listed = ", ".join(sorted(map(str, partitions)))
        raise AcceptanceError(f"expected windows of one model version; these are of {listed}")
    return partitions.pop()


def _columns(evaluations: Sequence[Evaluation], bundle: Bundle) -> tuple[str, ...]:
    """The columns that changed in any of the windows, in the order of the reference."""
    changed = {name for each in evaluations for name in concerned(each.findings)}
    findings = [finding for each in evaluations for finding in each.findings]
    changed |= {each.column for each in findings if each.kind == "prediction_drift" and each.drifted}
    return tuple(name for name in (*bundle.schema.feature_names, *bundle.schema.outputs) if name in changed)


def _intended(changed: tuple[str, ...], only: Sequence[str]) -> tuple[str, ...]:
    others = [name for name in only if name not in changed]
    if others:
        raise AcceptanceError(
            f"{', '.join(others)} did not change in these windows; expected some of {', '.join(changed)}"
        )
    return tuple(name for name in changed if name in only) if only else changed


def _refuse_to_forget(target: Path, accepted: Sequence[Acceptance]) -> None:
    """Raise AcceptanceError where the bundle in the folder has accepted windows that the new one has not."""
    try:
        there = open_bundle(target).metadata.accepted
    except BundleError:
        return
    kept = {window for each in accepted for window in each.windows}
    lost = [window for each in there for window in each.windows if window not in kept]
    if lost:
        raise AcceptanceError(
            f"{target}: the bundle there has accepted {', '.join(lost)}, which would be forgotten; "
            "accept these windows together, or windows of that bundle's version, or choose another --out"
        )


def _joined(old: pd.DataFrame, rows: Sequence[pd.DataFrame], changed: Sequence[str]) -> pd.DataFrame:
    """The old reference and the accepted rows below it; what changed holds no value in the old rows."""
    before = old.assign(**{name: pd.Series(pd.NA, old.index, dtype="object") for name in changed})
    joined = pd.concat([each.astype("object") for each in (before, *rows)], ignore_index=True)
    kept = {name: old[name].dtype for name in old.columns if _is_number(old[name]) or _are_times(old[name])}
    return joined.astype(kept)


def _is_number(column: "pd.Series[float]") -> bool:
    return pd.api.types.is_float_dtype(column.dtype)


def _are_times(column: "pd.Series[pd.Timestamp]") -> bool:
    return isinstance(column.dtype, pd.DatetimeTZDtype)


def _parts(bundle: Bundle, reference: pd.DataFrame, acceptance: Acceptance) -> Parts:
    accepted = (*bundle.metadata.accepted, acceptance)
    baseline = baseline_of(reference, bundle.schema, bundle.schema.outputs, first_rows(accepted))
    return replace(
        parts_of(bundle),
        reference=_parquet(reference, bundle.schema),
        baseline=(baseline.model_dump_json() + "\n").encode(),
        origin=bundle.metadata.reference.model_copy(update={"rows": len(reference)}),
        accepted=accepted,
    )


def _parquet(frame: pd.DataFrame, schema: Schema) -> bytes:
    if schema.time is not None:
        frame = frame.rename(columns={schema.timestamp: schema.time.column})
    buffer = io.BytesIO()
    frame.to_parquet(buffer, compression="zstd", index=False)
    return buffer.getvalue()
