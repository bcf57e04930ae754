"""The bundle: the folder that is the model. Reads, verifies, scores and writes it."""

from bundle.content import content_hash
from bundle.errors import BundleError, ScoringError
from bundle.folder import write_folder
from bundle.metadata import MODEL_NAME, ClassValue, Metadata
from bundle.reader import Bundle, open_bundle
from bundle.scorer import Scorer
from bundle.writer import Parts, check_target, write_bundle

__all__ = [
    "MODEL_NAME",
    "Bundle",
    "BundleError",
    "ClassValue",
    "Metadata",
    "Parts",
    "Scorer",
    "ScoringError",
    "check_target",
    "content_hash",
    "open_bundle",
    "write_bundle",
    "write_folder",
]
