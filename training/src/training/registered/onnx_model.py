"""A bundle as an ONNX model of MLflow's: the folder of its version."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import yaml

from bundle import Bundle
from registry.client import BUNDLE
from training.registered.signature import signature_of

MLMODEL: Final = "MLmodel"
MODEL: Final = "model.onnx"
REQUIREMENTS: Final = ("onnx", "onnxruntime")


def write_onnx_model(bundle: Bundle, run_id: str, folder: Path) -> None:
    """Write the bundle's model into a folder as one of MLflow's, with the bundle's own files beside it.

    The form is that of `mlflow.onnx.save_model`, without the flavour python_function: MLflow feeds that one
    from columns of one dimension, and the inputs of a bundle's model have two.
    """
    (folder / BUNDLE).mkdir(parents=True)
    for name in bundle.files:
        shutil.copyfile(bundle.path / name, folder / BUNDLE / name)
    shutil.copyfile(bundle.model_path, folder / MODEL)
    needed = "".join(f"{name}=={version(name)}\n" for name in REQUIREMENTS)
    (folder / "requirements.txt").write_text(needed)
    (folder / MLMODEL).write_text(yaml.safe_dump(_mlmodel(bundle, run_id), sort_keys=False))


def _mlmodel(bundle: Bundle, run_id: str) -> Mapping[str, Any]:
    flavor = {
        "onnx_version": version("onnx"),
        "data": MODEL,
        "providers": ["CPUExecutionProvider"],
        "onnx_session_options": None,
        "code": None,
    }
    return {
        "artifact_path": "model",
        "flavors": {"onnx": flavor},
        "metadata": {"driftline": {"model": bundle.name, "version": bundle.version, "bundle": BUNDLE}},
        "run_id": run_id,
        "signature": signature_of(bundle.schema),
        "utc_time_created": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
    }
