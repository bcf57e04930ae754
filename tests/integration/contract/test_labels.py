"""Labels on their way through Redis."""

import pytest
from redis import Redis

from contract.labels.accept import accept_labels
from contract.labels.label import Label, Value
from contract.labels.settle import waiting_labels


@pytest.mark.parametrize("value", [True, False, 1, 0, 2.5, 1e22, "yes", 'Zoë "東"\n'])
def test_a_label_waits_as_it_was_sent(redis: Redis, value: Value) -> None:
    """Of whatever kind its value is, and whatever the entity is called."""
    labels = [Label(value, 1_780_000_000_000, entity=name) for name in ("customer-1", 'Zoë "東"\\\n')]
    assert accept_labels(redis, "churn", labels) == "accepted"
    found = [each.label for part in waiting_labels(redis, "churn", 10) for each in part]
    assert found == labels
    assert [type(each.value) for each in found] == [type(value)] * 2
