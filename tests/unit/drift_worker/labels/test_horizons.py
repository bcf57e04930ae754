"""What a model version's schema says of labels."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from bundle import Bundle, open_bundle
from contract.keys import Partition
from contract.schema import Label, Schema
from drift_worker.errors import UnknownBundleError
from drift_worker.labels.horizon import Horizon, Horizons
from drift_worker.record.bundles import BundleCache

PARTITION = Partition("churn", "0123456789ab")
DAY_MS = 24 * 3600 * 1000


class Bundles(BundleCache):
    """Has one bundle, or none."""

    def __init__(self, bundle: Bundle | None) -> None:
        self._one = bundle

    def bundle(self, partition: Partition) -> Bundle:
        """The bundle, whatever is asked for."""
        if self._one is None:
            raise UnknownBundleError(str(partition))
        return self._one


def horizon(bundle_path: Path, label: Label | None) -> Horizon:
    """The horizon of the example's model with another label in its schema."""
    bundle = open_bundle(bundle_path)
    schema = bundle.schema.model_copy(update={"label": label})
    return Horizons(Bundles(replace(bundle, schema=schema))).of(PARTITION)


def test_a_schema_may_have_no_horizon(bundle_path: Path) -> None:
    """Then a label may come however late, and nothing follows from its absence."""
    assert horizon(bundle_path, Label(name="left")) == Horizon(None, None)
    assert horizon(bundle_path, None) == Horizon(None, None)
    assert Horizons(Bundles(None)).of(PARTITION) == Horizon(None, None)


@pytest.mark.parametrize(("text", "days"), [("45d", 45), ("2w", 14), ("48h", 2), ("1440m", 1)])
def test_a_horizon_has_a_unit(bundle_path: Path, text: str, days: int) -> None:
    """Minutes, hours, days or weeks."""
    assert horizon(bundle_path, Label(name="left", horizon=text)) == Horizon(days * DAY_MS, None)


def test_a_horizon_may_be_none(bundle_path: Path) -> None:
    """As if it were left out: a label may come however late."""
    assert horizon(bundle_path, Label(name="left", horizon="none")) == Horizon(None, None)


def test_an_absent_label_may_be_negative(bundle_path: Path) -> None:
    """It is the model's negative class, as text."""
    label = Label(name="left", horizon="45d", negative_at_horizon=True)
    assert horizon(bundle_path, label) == Horizon(45 * DAY_MS, "false")


@pytest.mark.parametrize(
    "label",
    [
        {"name": "left", "horizon": "45"},
        {"name": "left", "horizon": "0d"},
        {"name": "left", "horizon": "45 days"},
        {"name": "left", "negative_at_horizon": True},
        {"name": "left", "horizon": "none", "negative_at_horizon": True},
    ],
)
def test_a_horizon_that_is_none_is_refused(label: dict[str, object]) -> None:
    """With the field's name."""
    with pytest.raises(ValidationError, match="horizon"):
        Label.model_validate(label)


def test_only_two_classes_have_a_negative_one() -> None:
    """Several classes have none, and neither have numbers."""
    content = {
        "entity": "user_id",
        "label": {"name": "left", "horizon": "45d", "negative_at_horizon": True},
        "features": [{"name": "fee", "kind": "numerical"}],
    }
    Schema.model_validate(content)
    with pytest.raises(ValidationError, match="negative_at_horizon is for two classes"):
        Schema.model_validate({**content, "task": "regression"})
