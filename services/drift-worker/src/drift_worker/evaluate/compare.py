"""Two data sets compared offline, by the detection and the decision of the job."""

import errno
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import pandas as pd

from baseline.document import baseline_of
from bundle import Bundle
from contract.schema import Label, Schema
from dataset import read_dataset
from drift_worker.decide.decision import Policy
from drift_worker.detect.drift import Reference
from drift_worker.detect.evidently.report import About, DriftReport
from drift_worker.errors import DriftWorkerError
from drift_worker.estimates import QualityEstimate
from drift_worker.evaluate.in_sample.rows import in_sample, seen_rows, with_own_scores
from drift_worker.evaluate.judge import judge
from drift_worker.evaluate.scores import quality_of, scored, with_unscored
from drift_worker.findings import Finding, Verdict
from drift_worker.record.bundles import caveat_of, estimator_of, season_of
from drift_worker.record.files import new_file
from drift_worker.stretch import QualityFigure


class ComparisonError(DriftWorkerError):
    """What was asked to be compared cannot be."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two data sets: where it is, and as of which day, if that was said."""

    path: Path
    as_of: date | None = None

    @property
    def name(self) -> str:
        """The day, or the folder's or file's name: what the report's files are called by."""
        if self.as_of:
            return self.as_of.isoformat()
        path = self.path.resolve()
        return (path.name if path.is_dir() else path.stem) or "data"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came out of comparing two data sets."""

    name: str
    rows: int
    findings: Sequence[Finding]
    verdict: Verdict
    report: DriftReport
    ignored: Mapping[str, Sequence[str]]
    """The tables of either role that the schema does not name."""
    notes: Mapping[str, Sequence[str]]
    """What of either role was read in another way than it is written."""
    quality: Sequence[QualityFigure] = ()
    """How good the model is on both sides by their labels; empty without a model, or without labels."""
    caveats: Sequence[str] = ()
    """What has to be said beside these figures: of which side the model has seen rows."""
    estimate: QualityEstimate | None = None
    """How good it seems to be on the current data by its own scores; None without a model."""

    def save(self, folder: Path) -> tuple[Path, Path]:
        """Write drift_<reference>_vs_<current>.html and .json, both or none; raises ComparisonError."""
        html, json = (folder / f"drift_{self.name}.{kind}" for kind in ("html", "json"))
        _write({html: self.report.html(), json: self.report.json()}, folder)
        return html, json


def compare_data(
    reference: Side,
    current: Side,
    schema: Schema,
    policy: Policy,
    *,
    bundle: Bundle | None,
    progress: Callable[[str], None],
) -> Comparison:
    """Compare two data sets by the detection and the decision of the job.

    Nulls and unseen categories are data. The model's output is compared where a bundle is given, labels
    where both sides have them; then the model is measured by them too, which decides nothing. Raises
    DataError, BundleError and ComparisonError.
    """
    frames, ignored, notes = dict[str, pd.DataFrame](), {}, {}
    known = schema
    for role, side in (("reference", reference), ("current", current)):
        progress(f"reading {side.path}")
        data = read_dataset(side.path, known, nulls="allowed", label="optional")
        ignored[role], notes[role], frames[role] = data.ignored, data.notes, data.frame
        if role == "reference":
            known = _with_categories(schema, data.frame)
        if bundle is not None:
            progress(f"scoring {side.path}")
            frames[role] = scored(data, schema, bundle)
    progress("comparing")
    rows, caveats = len(frames["current"]), list[str | None]()
    if bundle is not None:
        frames["reference"], seen = with_own_scores(frames["reference"], bundle)
        caveats = [
            in_sample("reference", seen, len(frames["reference"])),
            in_sample("current", seen_rows(frames["current"], bundle), rows),
        ]
    compared = reference_of(frames["reference"], schema, bundle)
    judgement = judge(
        compared,
        frames["current"],
        policy.for_schema(schema),
        target_drift=target_drift(frames["reference"], frames["current"], schema.label),
    )
    report = judgement.report(_about(reference, current, frames, bundle))
    if report is None:
        raise ComparisonError("both data sets need at least one row")
    findings = (
        with_unscored(judgement.findings, frames, next(iter(bundle.schema.outputs)))
        if bundle
        else judgement.findings
    )
    return Comparison(
        f"{reference.name}_vs_{current.name}",
        rows,
        findings,
        judgement.verdict,
        report,
        ignored,
        notes,
        quality_of(frames["reference"], frames["current"], bundle, compared.estimator) if bundle else (),
        [each for each in caveats if each],
        judgement.estimate,
    )


def _with_categories(schema: Schema, frame: pd.DataFrame) -> Schema:
    """The schema with the categories of the reference, of which the current data may have other spellings."""
    features = [
        each.model_copy(update={"categories": frame[each.name].cat.categories.tolist()})
        if each.kind == "categorical"
        else each
        for each in schema.features
    ]
    return schema.model_copy(update={"features": features})


def target_drift(reference: pd.DataFrame, current: pd.DataFrame, label: Label | None) -> float | None:
    """How far the label moved; None where a side has no labels.

    For classes it is the share of rows that would have to change theirs, from 0 to 1: of two, the difference
    of the positive rates. For numbers it is the difference of the means, in standard deviations of the
    reference; None where these are 0.
    """
    if label is None or label.name not in reference or label.name not in current:
        return None
    before, now = (frame[label.name].dropna() for frame in (reference, current))
    if before.empty or now.empty:
        return None
    if pd.api.types.is_float_dtype(before.dtype) and pd.api.types.is_float_dtype(now.dtype):
        deviation = float(before.std(ddof=0))
        return abs(float(now.mean()) - float(before.mean())) / deviation if deviation else None
    shares = [labels.astype(object).value_counts(normalize=True) for labels in (before, now)]
    return float(shares[0].sub(shares[1], fill_value=0.0).abs().sum() / 2)


def reference_of(frame: pd.DataFrame, schema: Schema, bundle: Bundle | None = None) -> Reference:
    """What a bundle would keep of the reference; of no rows it would keep nothing.

    A bundle adds the model's output, whether it was trained on its reference, and the features' importance.
    """
    outputs = bundle.schema.outputs if bundle else {}
    try:
        baseline = None if frame.empty else baseline_of(frame, schema, outputs)
    except ValueError as error:
        raise ComparisonError(str(error)) from error
    importance, caveat = (bundle.metadata.importance, caveat_of(bundle)) if bundle else ({}, None)
    return Reference(
        frame,
        schema,
        baseline,
        outputs=outputs,
        importance=importance,
        caveat=caveat,
        season=season_of(frame, baseline, schema),
        estimator=estimator_of(bundle) if bundle else None,
    )


def _about(
    reference: Side, current: Side, frames: Mapping[str, pd.DataFrame], bundle: Bundle | None
) -> About:
    rows = {role: len(frame) for role, frame in frames.items()}
    return About(
        name=f"{reference.name} vs {current.name}",
        timestamp=_timestamp(current),
        metadata={"rows": str(rows["current"])},
        facts=(
            ("Reference", f"{reference.name}, {rows['reference']:,} rows"),
            ("Current", f"{current.name}, {rows['current']:,} rows"),
            *((("Model", bundle.name), ("Version", bundle.version)) if bundle else ()),
        ),
    )


def _timestamp(side: Side) -> datetime:
    return datetime.combine(side.as_of, time(), UTC) if side.as_of else datetime.now(UTC)


def _write(texts: dict[Path, str], folder: Path) -> None:
    """Write all of the files, or none where one of them can't be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as complete:
            for path, text in texts.items():
                if path.is_dir():
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
                complete.enter_context(new_file(path)).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ComparisonError(f"{folder}: the report cannot be written there: {error.strerror}") from error
