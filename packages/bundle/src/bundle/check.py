"""The check of a bundle: rows with the model's own answers, so that who loads it can see the same answers."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from bundle.errors import BUILD_ANEW, BundleError, ScoringError
from bundle.metadata import STRICT
from bundle.scoring.scorer import Scorer
from contract.schema import Features, read_document
from contract.task import Score

TOLERANCE: Final = 1e-5
"""How far an answer may lie from the kept one, relative to numbers above 1: another processor adds
single-precision floats otherwise."""

_NO_ANSWER: Final = (ScoringError, LookupError, TypeError, ValueError)
"""Beside the scorer's own error those of values that are not of the schema's kinds, and of answers of a form
that no row of the scorer's own trial showed."""


class CheckRow(BaseModel):
    """One row of features, and the model's score of it."""

    model_config = STRICT

    features: Features
    score: Score


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
    """Raise BundleError at the first row that the model scores otherwise than check.json says, or not."""
    for number, (row, answer) in enumerate(zip(check.rows, _answers(check.rows, scorer), strict=True), 1):
        if not _same(row.score, answer):
            raise BundleError(
                f"the model answers row {number} of check.json with {_shown(answer)}; "
                f"expected {_shown(row.score)}; this machine or its ONNX Runtime computes otherwise than "
                "the one that built the bundle"
            )


def _answers(rows: Sequence[CheckRow], scorer: Scorer) -> Sequence[Score]:
    for number, row in enumerate(rows, 1):
        if lacking := [name for name in scorer.feature_names if name not in row.features]:
            raise BundleError(f"row {number} of check.json lacks {', '.join(lacking)}{BUILD_ANEW}")
    if not rows:
        return ()
    try:
        return scorer.score_rows([row.features for row in rows])
    except _NO_ANSWER as error:
        for number, row in enumerate(rows, 1):
            _verify_answered(number, row, scorer)
        raise BundleError(
            f"the model has no answer to the rows of check.json: {error}{BUILD_ANEW}"
        ) from error


def _verify_answered(number: int, row: CheckRow, scorer: Scorer) -> None:
    try:
        scorer.score_row(row.features)
    except _NO_ANSWER as error:
        raise BundleError(
            f"the model has no answer to row {number} of check.json: {error}{BUILD_ANEW}"
        ) from error


def _same(kept: Score, answer: Score) -> bool:
    pairs = zip(_numbers(kept), _numbers(answer), strict=False)
    return len(_numbers(kept)) == len(_numbers(answer)) and all(
        abs(before - now) <= TOLERANCE * max(1.0, abs(before)) for before, now in pairs
    )


def _numbers(score: Score) -> tuple[float, ...]:
    return score if isinstance(score, tuple) else (score,)


def _shown(score: Score) -> str:
    return ", ".join(f"{number:.6f}" for number in _numbers(score))
