"""The check of a bundle: rows with the model's own answers, so that who loads it can see the same answers."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from contract.schema import Features, read_document
from pydantic import BaseModel

from bundle.errors import BundleError
from bundle.metadata import STRICT, Probability
from bundle.scoring.scorer import Scorer

TOLERANCE: Final = 1e-4
"""How far an answer may lie from the kept one: another processor adds single-precision floats otherwise."""


class CheckRow(BaseModel):
    """One row of features, and the model's score of it."""

    model_config = STRICT

    features: Features
    score: Probability


class Check(BaseModel):
    """The content of check.json."""

    model_config = STRICT

    rows: tuple[CheckRow, ...]


def check_bytes(rows: Iterable[CheckRow]) -> bytes:
    """Return the rows as check.json, each on a line of its own."""
    lines = ",\n".join(json.dumps(row.model_dump(), ensure_ascii=False) for row in rows)
    return f'{{"rows": [\n{lines}\n]}}\n'.encode()


def read_check(path: Path) -> Check:
    """Read a check.json; raises BundleError naming the file and the field."""
    return read_document(path, Check, BundleError)


def verify_answers(check: Check, scorer: Scorer) -> None:
    """Raise BundleError at the first row that the model scores otherwise than check.json says."""
    answers = scorer.score_rows([row.features for row in check.rows]) if check.rows else []
    for number, (row, answer) in enumerate(zip(check.rows, answers, strict=True), 1):
        if abs(row.score - answer) > TOLERANCE:
            raise BundleError(
                f"the model answers row {number} of check.json with {answer:.6f}; expected {row.score:.6f}; "
                "this machine or its ONNX Runtime computes otherwise than the one that built the bundle"
            )
