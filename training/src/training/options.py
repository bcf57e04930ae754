"""The options of `training build` that need a look: which model, and which threshold."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast, get_args

from training.errors import TrainingError
from training.model.existing.inputs_file import read_inputs
from training.model.existing.model_file import Existing, Library
from training.model.threshold import Rule


def existing_of(files: Mapping[str, Path | None], inputs: Path | None, *, held_out: bool) -> Existing | None:
    """Return the existing model that the options name; raises TrainingError if they contradict each other."""
    given = [(library, path) for library, path in files.items() if path is not None]
    if len(given) > 1:
        raise TrainingError(f"expected one model, but got {' and '.join(f'--{name}' for name, _ in given)}")
    if not given:
        if held_out or inputs is not None:
            option = "--held-out" if held_out else "--inputs"
            raise TrainingError(
                f"{option} says something of an existing model: expected --onnx FILE beside it; "
                "a new model is trained on these rows, and measured out of fold"
            )
        return None
    ((library, path),) = given
    return Existing(path, cast("Library", library), read_inputs(inputs) if inputs else None, held_out)


def read_threshold(text: str) -> float | Rule:
    """Read --threshold; raises TrainingError."""
    if text in get_args(Rule):
        return cast("Rule", text)
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise TrainingError(f"--threshold: expected a number from 0 to 1, f1 or youden, but got {text!r}")
    return number
