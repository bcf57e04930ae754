"""What BUNDLE names for the demo."""

from pathlib import Path

import pytest

from contract.settings import MlflowSettings
from demo.machine.ports import HOST, free_port
from demo.served import ServedBundles
from registry import RegistryAwayError


def test_folders_need_no_registry(tmp_path: Path) -> None:
    """The months are replayed against the first."""
    served = ServedBundles.of("bundles/churn , models:/mine@champion")
    assert served.first_folder(MlflowSettings(), tmp_path) == Path("bundles/churn")
    assert served.needs_registry
    assert not ServedBundles.of("bundles/churn").needs_registry
    assert ServedBundles.of(None).first_folder(MlflowSettings(), tmp_path) is None


def test_where_mlflow_is_away_the_message_says_how_to_run_it(tmp_path: Path) -> None:
    """It ended with the `make up` that had started it, and its models are still there."""
    settings = MlflowSettings(mlflow_tracking_uri=f"http://{HOST}:{free_port()}")
    with pytest.raises(RegistryAwayError, match=r"can't be reached: .*; MLFLOW=1 runs an MLflow server here"):
        ServedBundles.of("models:/mine@champion").first_folder(settings, tmp_path)
