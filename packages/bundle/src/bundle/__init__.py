"""The bundle: the folder that is the model. Reads, verifies, scores and writes it."""

from bundle.check import Check, CheckRow, check_bytes, read_check, verify_answers
from bundle.content import content_hash
from bundle.errors import BUILD_ANEW, BundleError, ScoringError
from bundle.folder import write_folder
from bundle.metadata import (
    METRICS,
    MODEL_NAME,
    Acceptance,
    Calibration,
    ClassCalibration,
    Data,
    Figure,
    Identity,
    Metadata,
    Metric,
    Output,
    Recipe,
    ReferenceOrigin,
    Scores,
    Validation,
    first_rows,
)
from bundle.reader import Bundle, open_bundle, told_name
from bundle.scoring.scorer import Scorer
from bundle.signature import Signature
from bundle.writer import Parts, check_target, parts_of, write_bundle

__all__ = [
    "BUILD_ANEW",
    "METRICS",
    "MODEL_NAME",
    "Acceptance",
    "Bundle",
    "BundleError",
    "Calibration",
    "Check",
    "CheckRow",
    "ClassCalibration",
    "Data",
    "Figure",
    "Identity",
    "Metadata",
    "Metric",
    "Output",
    "Parts",
    "Recipe",
    "ReferenceOrigin",
    "Scorer",
    "Scores",
    "ScoringError",
    "Signature",
    "Validation",
    "check_bytes",
    "check_target",
    "content_hash",
    "first_rows",
    "open_bundle",
    "parts_of",
    "read_check",
    "told_name",
    "verify_answers",
    "write_bundle",
    "write_folder",
]
