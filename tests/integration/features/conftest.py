"""What tests of look-ups share: the example's features as they are in the month, and the stream."""

from typing import Any, Final

import pandas as pd
import pytest
from redis import Redis

from bundle import open_bundle
from contract.keys import Partition
from dataset import read_dataset
from tests.support.feast import month
from tests.support.http.load import Logged

WHOLE: Final = 100
"""Users of the month whose features are compared."""


@pytest.fixture(scope="session")
def users() -> dict[str, dict[str, Any]]:
    """The features of some users of the month, as a request has them."""
    schema = open_bundle(month.BUNDLE).schema
    frame = read_dataset(month.MONTH, schema, label="ignored", nulls="allowed").frame.head(WHOLE)
    rows = frame[schema.feature_names].astype(object).to_dict("records")
    told = [{str(name): None if pd.isna(value) else value for name, value in row.items()} for row in rows]
    return dict(zip(frame[schema.entity], told, strict=True))


@pytest.fixture
def logged(redis: Redis) -> Logged:
    """The stream of an empty database."""
    bundle = open_bundle(month.BUNDLE)
    return Logged(redis, Partition(bundle.name, bundle.version))
