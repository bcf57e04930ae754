"""Challengers of the example's model, and rows that were answered."""

from collections.abc import Mapping, Sequence

import pytest

from bundle import Bundle
from tests.support.data.challengers import (
    FOR_EVER,
    ODD,
    SLOW_ROUNDS,
    Change,
    challenger,
    failing,
    looping,
    unchanged,
)
from tests.support.data.three import asked, known_rows

CHANGES: Mapping[str, Change] = {
    "good": unchanged,
    "hanging": looping(FOR_EVER, only_odd=True),
    "slow": looping(SLOW_ROUNDS, only_odd=False),
    "failing": failing,
}


@pytest.fixture(scope="session")
def challengers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bundle]:
    """Versions of the example's model, each with a threshold of its own, by what is special of them."""
    folder = tmp_path_factory.mktemp("challengers")
    return {
        name: challenger(folder / name, change, threshold=0.2 + place / 100)
        for place, (name, change) in enumerate(CHANGES.items())
    }


@pytest.fixture(scope="session")
def requests(bundle: Bundle) -> list[dict[str, object]]:
    """A hundred different rows as requests; none is odd."""
    return [asked(bundle, row, number) for number, row in enumerate(known_rows(bundle))]


@pytest.fixture(scope="session")
def odd(requests: Sequence[dict[str, object]]) -> dict[str, object]:
    """A row that is answered, and that a model may fail at."""
    features = dict(requests[0]["features"])  # type: ignore[call-overload]
    return {**requests[0], "features": {**features, "monthly_fee": 10 * ODD}}
