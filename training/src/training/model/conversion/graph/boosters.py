"""The estimators of XGBoost and LightGBM, as steps that skl2onnx can convert."""

from typing import Any

from skl2onnx import update_registered_converter
from skl2onnx.common.shape_calculator import (
    calculate_linear_classifier_output_shapes,
    calculate_linear_regressor_output_shapes,
)

from training.model.conversion.graph.precision import Converter, in_double_precision, in_single_precision


def register_xgboost() -> None:
    """Make skl2onnx convert XGBoost's estimators; raises ModuleNotFoundError without the extra."""
    import xgboost  # noqa: PLC0415 - of the extra
    from onnxmltools.convert.xgboost.operator_converters import XGBoost  # noqa: PLC0415 - of the extra

    converter = in_single_precision(_without_names(XGBoost.convert_xgboost))
    for classifier in (xgboost.XGBClassifier, xgboost.XGBRFClassifier):
        register(classifier, converter, classifies=True)
    for regressor in (xgboost.XGBRegressor, xgboost.XGBRFRegressor):
        register(regressor, converter, classifies=False)


def register_lightgbm() -> Converter:
    """Make skl2onnx convert LightGBM's estimators, and return their converter.

    Raises ModuleNotFoundError without the extra.
    """
    import lightgbm  # noqa: PLC0415 - of the extra
    from onnxmltools.convert.lightgbm.operator_converters import LightGbm  # noqa: PLC0415 - of the extra

    converter = in_double_precision(LightGbm.convert_lightgbm)
    register(lightgbm.LGBMClassifier, converter, classifies=True)
    register(lightgbm.LGBMRegressor, converter, classifies=False)
    return converter


def register(kind: type, converter: Converter, *, classifies: bool) -> None:
    """Make skl2onnx convert a class by this converter."""
    shapes = (
        calculate_linear_classifier_output_shapes if classifies else calculate_linear_regressor_output_shapes
    )
    options = {"nocl": [True, False], "zipmap": [True, False, "columns"]} if classifies else None
    update_registered_converter(kind, f"Booster{kind.__name__}", shapes, converter, options=options)


def _without_names(converter: Converter) -> Converter:
    """Return a converter that hides a Booster's feature names, since it knows f0, f1 and so on alone."""

    def convert(scope: Any, operator: Any, container: Any) -> None:
        booster = operator.raw_operator.get_booster()
        names, types = booster.feature_names, booster.feature_types
        booster.feature_names = None
        try:
            converter(scope, operator, container)
        finally:
            booster.feature_names, booster.feature_types = names, types

    return convert
