"""An ONNX file as it describes itself: its inputs, its answers, and what it calls the classes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import onnx
from google.protobuf.message import DecodeError
from onnx import NodeProto, TensorProto, numpy_helper
from onnx.external_data_helper import load_external_data_for_model

from training.errors import TrainingError

LABELS: Final = ("classlabels_strings", "classlabels_int64s", "classlabels_ints")
"""The attributes by which ONNX operators name the classes."""

REGRESSORS: Final = ("TreeEnsembleRegressor", "LinearRegressor", "SVMRegressor")
UNCHANGED: Final = ("Cast", "Identity", "Reshape", "Squeeze", "Flatten")
"""Operators behind which an answer is still the same."""

FLOATS: Final = (TensorProto.FLOAT, TensorProto.DOUBLE)

OTHER_FILES: Final = (
    (b"\x80", "a Python pickle, which Driftline never opens, since it can run code"),
    (b"PK\x03\x04", "a ZIP archive, as skops, PyTorch and Keras write"),
    (b"\x89HDF", "an HDF5 file, as Keras writes"),
    (b"{", "JSON, as XGBoost writes"),
    (b"tree\n", "a LightGBM model"),
)

CONVERT: Final = (
    "give a scikit-learn model with --sklearn FILE.skops, XGBoost's with --xgboost FILE.json, LightGBM's "
    "with --lightgbm FILE.txt, or export it to ONNX"
)

Labels = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the model: its element type by ONNX's number, and its columns (None if that varies)."""

    name: str
    is_text: bool
    columns: int | None


@dataclass(frozen=True, slots=True)
class Graph:
    """A model's content with everything in it, and what its graph says."""

    content: bytes
    inputs: tuple[Input, ...]
    answers: tuple[str, ...]
    """The output that holds the answers, or one output for each class."""
    labels: Labels | None
    """What the model calls its classes, in the order of its columns; None where it does not say."""
    is_regressor: bool
    """Whether the answer comes straight from a regressor."""
    columns: int | None
    """The columns of the answer; None where the graph does not say it."""


def read_graph(path: Path) -> Graph:
    """Read an ONNX file, and the data that it keeps in files beside it; raises TrainingError."""
    try:
        content = path.read_bytes()
        for magic, what in OTHER_FILES:
            if content.startswith(magic):
                raise TrainingError(f"{path}: is no ONNX file but {what}; {CONVERT}")
        return graph_of(content, path)
    except OSError as error:
        raise TrainingError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (DecodeError, onnx.checker.ValidationError) as error:
        raise TrainingError(
            f"{path}: is no ONNX file ({str(error).partition(chr(10))[0]}); {CONVERT}"
        ) from error


def graph_of(content: bytes, path: Path) -> Graph:
    """Read the bytes of an ONNX model, which stands or would stand at that path."""
    model = onnx.load_model_from_string(content)
    if any(tensor.data_location == TensorProto.EXTERNAL for tensor in model.graph.initializer):
        _load_beside(model, path)
        content = bytes(model.SerializeToString(deterministic=True))
    graph = model.graph
    inner = {tensor.name for tensor in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    labels = _labels(graph, makers)
    answers = _answers(path, graph)
    if len(answers) > 1 and (labels is None or len(labels) != len(answers)):
        raise _unclear(path, graph)
    first = next(output for output in graph.output if output.name == answers[0])
    return Graph(
        content=content,
        inputs=tuple(_input(each) for each in graph.input if each.name not in inner),
        answers=answers,
        labels=labels,
        is_regressor=labels is None and len(answers) == 1 and _from_regressor(answers[0], makers),
        columns=_columns(first) if len(answers) == 1 else len(answers),
    )


def _load_beside(model: Any, path: Path) -> None:
    try:
        load_external_data_for_model(model, str(path.parent))
    except (OSError, ValueError, onnx.checker.ValidationError) as error:
        entries = [each for tensor in model.graph.initializer for each in tensor.external_data]
        files = ", ".join(sorted({each.value for each in entries if each.key == "location"}))
        raise TrainingError(
            f"{path}: the model keeps data in {files}, which is missing, too short or out of reach; "
            f"expected it in {path.parent}"
        ) from error


def _input(value: Any) -> Input:
    tensor = value.type.tensor_type
    shape = tensor.shape.dim
    width = shape[1].dim_value if len(shape) > 1 else 0
    return Input(value.name, tensor.elem_type == TensorProto.STRING, width or None)


def _answers(path: Path, graph: Any) -> tuple[str, ...]:
    """Return the outputs that hold the answers; raises TrainingError where it is not clear which."""
    maps = [each.name for each in graph.output if each.type.HasField("sequence_type")]
    tensors = [each for each in graph.output if each.type.tensor_type.elem_type in FLOATS]
    if len(maps) == 1:
        return (maps[0],)
    if len(tensors) > 1:
        named = [each for each in tensors if "prob" in each.name.lower()]
        if len(named) == 1:
            tensors = named
        elif any((_columns(each) or 1) > 1 for each in tensors):
            tensors = []
    if tensors and not maps:
        return tuple(each.name for each in tensors)
    raise _unclear(path, graph)


def _unclear(path: Path, graph: Any) -> TrainingError:
    listed = ", ".join(each.name for each in graph.output) or "no output at all"
    return TrainingError(
        f"{path}: it is not clear which output holds the answers; expected one float output, a ZipMap, or "
        f"one float output for each class that the graph names; the model has {listed}"
    )


def _columns(value: Any) -> int | None:
    shape = value.type.tensor_type.shape.dim
    if len(shape) == 1:
        return 1
    return (shape[1].dim_value or None) if len(shape) > 1 else None


def _labels(graph: Any, makers: dict[str, NodeProto]) -> Labels | None:
    """Return the class labels that are nearest to the outputs, against the direction of the edges."""
    tensors = {each.name: each for each in graph.initializer}
    for node in _upstream([each.name for each in graph.output], makers):
        for attribute in node.attribute:
            if attribute.name in LABELS and (attribute.strings or attribute.ints):
                return tuple(each.decode() for each in attribute.strings) or tuple(attribute.ints)
        takes = node.op_type == "ArrayFeatureExtractor" and node.input[0] in tensors
        if takes and _maker(node.input[1], makers) == "ArgMax":
            return _listed(numpy_helper.to_array(tensors[node.input[0]]).ravel().tolist())
    return None


def _listed(values: list[Any]) -> Labels | None:
    texts = [each.decode() if isinstance(each, bytes) else each for each in values]
    return tuple(texts) if all(isinstance(each, str | int) for each in texts) else None


def _upstream(names: list[str], makers: dict[str, NodeProto]) -> Iterator[NodeProto]:
    """Yield the nodes that the values come from, the nearest first, each once."""
    waiting, seen = list(names), set(names)
    while waiting:
        node = makers.get(waiting.pop(0))
        if node is not None:
            yield node
            waiting += [name for name in node.input if name not in seen]
            seen.update(node.input)


def _maker(name: str, makers: dict[str, NodeProto]) -> str | None:
    """Return the operator that makes a value, behind those that leave it as it is."""
    node = _made_by(name, makers)
    return None if node is None else node.op_type


def _made_by(name: str, makers: dict[str, NodeProto]) -> NodeProto | None:
    node = makers.get(name)
    while node is not None and node.op_type in UNCHANGED:
        node = makers.get(node.input[0])
    return node


def _from_regressor(name: str, makers: dict[str, NodeProto]) -> bool:
    node = _made_by(name, makers)
    if node is None or node.op_type not in REGRESSORS:
        return False
    changed = [each.s for each in node.attribute if each.name == "post_transform"]
    return all(each in (b"", b"NONE") for each in changed)
