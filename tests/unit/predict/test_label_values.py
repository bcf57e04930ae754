"""The label of a regression is a number that a model could predict."""

from pathlib import Path

import pytest

from bundle import open_bundle
from predict.errors import Reason
from predict.request.labels.fields import FieldProblemError, value_check


def test_numbers_that_a_float_of_32_bits_holds_are_labels(bundle_path: Path) -> None:
    """Larger ones are refused, as infinite ones are: their squares would be infinite."""
    metadata = open_bundle(bundle_path).metadata.model_copy(update={"task": "regression", "classes": ()})
    check = value_check(metadata)
    assert [check(number) for number in (7, -1.5, 3.4e38)] == [7.0, -1.5, 3.4e38]
    for number in (1e39, -1e160, 10**400, float("inf"), float("nan")):
        with pytest.raises(FieldProblemError) as refused:
            check(number)
        assert refused.value.reason == Reason.NOT_FINITE
        assert refused.value.detail == "expected a number within ±3.4e+38"
