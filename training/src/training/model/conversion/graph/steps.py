"""The steps of scikit-learn that are converted in another way than skl2onnx does by itself."""

from functools import partial
from typing import Final

from skl2onnx.operator_converters.random_forest import (
    convert_sklearn_random_forest_classifier,
    convert_sklearn_random_forest_regressor_converter,
)
from sklearn import ensemble, tree
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures

from training.model.conversion.graph.missing import convert_imputer, convert_one_hot, convert_trees
from training.model.conversion.graph.precision import (
    TREES_OF_DOUBLES,
    Converter,
    in_double_precision,
    in_single_precision,
)

IN_SINGLE_PRECISION: Final = (
    ensemble.GradientBoostingClassifier,
    ensemble.GradientBoostingRegressor,
    PolynomialFeatures,
)
"""What compares float32 itself, or what skl2onnx converts in float32 alone."""

WITH_MISSING_VALUES: Final = (
    ensemble.ExtraTreesClassifier,
    ensemble.ExtraTreesRegressor,
    ensemble.RandomForestClassifier,
    ensemble.RandomForestRegressor,
    tree.DecisionTreeClassifier,
    tree.DecisionTreeRegressor,
    tree.ExtraTreeClassifier,
    tree.ExtraTreeRegressor,
)
"""Trees that compare float32, and know on which side of each threshold a missing value belongs."""


def sklearn_converters() -> dict[type, Converter]:
    """Return the converter of each class of scikit-learn that has one here."""
    return {
        **dict.fromkeys(IN_SINGLE_PRECISION, in_single_precision()),
        **dict.fromkeys(WITH_MISSING_VALUES, in_single_precision(convert_trees)),
        ensemble.HistGradientBoostingClassifier: in_double_precision(
            partial(convert_sklearn_random_forest_classifier, op_version=TREES_OF_DOUBLES)
        ),
        ensemble.HistGradientBoostingRegressor: in_double_precision(
            partial(convert_sklearn_random_forest_regressor_converter, op_version=TREES_OF_DOUBLES)
        ),
        SimpleImputer: convert_imputer,
        OneHotEncoder: convert_one_hot,
    }
