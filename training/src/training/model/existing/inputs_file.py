"""The file of --inputs: which features go into each input of an existing model."""

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from dataset import read_yaml
from training.errors import TrainingError
from training.model.existing.signature import InputMap

_ADAPTER: TypeAdapter[dict[str, list[str]]] = TypeAdapter(dict[str, list[str]])


def read_inputs(path: Path) -> InputMap:
    """Read a YAML or JSON file with a list of features for each input; raises DataError, TrainingError."""
    try:
        return _ADAPTER.validate_python(read_yaml(path), strict=True)
    except ValidationError:
        raise TrainingError(
            f"{path}: expected a line `input: [feature, feature]` for each input of the model"
        ) from None
