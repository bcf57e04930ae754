"""Three models of three tasks, and rows of each with the model's own answers."""

from collections.abc import Mapping
from typing import Any

import pytest

from bundle import Bundle, CheckRow, open_bundle, read_check
from contract.keys import Partition
from contract.task import Score
from tests.support.data.once import shop_bundle
from tests.support.paths import ROOT

LABELS: Mapping[str, str] = {"grades": "grade", "amounts": "amount"}
"""The label of each model that is built: one of several classes, and a number."""


def three_bundles(temporary: pytest.TempPathFactory) -> dict[str, Bundle]:
    """The example's binary model, one of several classes and a regression, by their names."""
    made = {name: shop_bundle(temporary, label, name) for name, label in LABELS.items()}
    return {"churn": open_bundle(ROOT / "bundles" / "churn"), **made}


def joined(*bundles: Bundle) -> str:
    """The value of BUNDLE that names these."""
    return ",".join(str(bundle.path) for bundle in bundles)


def partition_of(bundle: Bundle) -> Partition:
    """What the model's records are written to."""
    return Partition(bundle.name, bundle.version)


def known_rows(bundle: Bundle) -> list[CheckRow]:
    """The rows of the bundle whose answers it keeps."""
    assert bundle.check_path is not None
    return list(read_check(bundle.check_path).rows)


def asked(bundle: Bundle, row: CheckRow, number: int = 0) -> dict[str, Any]:
    """The request for one of those rows."""
    return {bundle.schema.entity: f"key-{number}", "features": row.features}


def score_of(answer: Mapping[str, Any]) -> Score:
    """The score that an answer tells, of whichever task."""
    if "probabilities" in answer:
        return tuple(answer["probabilities"].values())
    found: float = answer.get("probability", answer["prediction"])
    return found
