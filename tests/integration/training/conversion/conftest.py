"""Tables that scikit-learn brings along, under names with blanks, parentheses and umlauts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn import datasets

Table = tuple[pd.DataFrame, Any]
"""Features, and what a model is to predict."""


def holes(features: pd.DataFrame) -> pd.DataFrame:
    """The features with one value in twenty missing."""
    missing = np.random.default_rng(7).random(features.shape) < 0.05
    return features.mask(missing)


@pytest.fixture(scope="session")
def cancer() -> Table:
    """569 rows, 30 features such as `mean radius`, two classes."""
    features, target = datasets.load_breast_cancer(return_X_y=True, as_frame=True)
    return features, target.to_numpy()


@pytest.fixture(scope="session")
def cancer_with_holes(cancer: Table) -> Table:
    """The same, with missing values."""
    return holes(cancer[0]), cancer[1]


@pytest.fixture(scope="session")
def iris() -> Table:
    """150 rows, four features such as `sepal length (cm)`, three classes that are text."""
    table = datasets.load_iris(as_frame=True)
    return table.data, np.array(table.target_names.tolist())[table.target]


@pytest.fixture(scope="session")
def wine() -> Table:
    """178 rows with missing values, 13 features, three classes that are numbers."""
    features, target = datasets.load_wine(return_X_y=True, as_frame=True)
    return holes(features), target.to_numpy()


@pytest.fixture(scope="session")
def diabetes() -> Table:
    """442 rows, ten features, one of which is `größe`, and a number to predict."""
    features, target = datasets.load_diabetes(return_X_y=True, as_frame=True)
    return features.rename(columns={"bmi": "größe", "s5": "s5/ß"}), target.to_numpy()


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Any], Path]:
    """Saves a fitted model as a skops file."""

    def save(model: Any) -> Path:
        path = tmp_path / "model.skops"
        skops.io.dump(model, path)
        return path

    return save
