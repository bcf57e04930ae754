"""The signature of an imported model: its graph matched with the schema's features and classes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bundle import Signature
from contract.schema import Schema
from contract.task import ClassValue, class_text
from dataset import Target
from training.errors import TrainingError
from training.model.existing.graph import Graph, Input, Labels

TWO: Final = 2

InputMap = Mapping[str, Sequence[str]]
"""The features of each input, as the user gives them."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature, and what was assumed for it, as sentences."""

    signature: Signature
    assumed: list[str] = field(default_factory=list)


def sign(
    graph: Graph,
    schema: Schema,
    target: Target,
    listed: Sequence[ClassValue] | None = None,
    given: InputMap | None = None,
) -> Signed:
    """Match a model's inputs with the features, and its classes with the label's.

    `listed` are the classes as the user lists them, in the order of the numbers by which the model names
    them; `given` says which features go into which input. Raises TrainingError where the graph and the schema
    can't be matched.
    """
    assumed: list[str] = []
    inputs = _given(graph, schema, given) if given is not None else _inputs(graph, schema, assumed)
    classes, labels = target.classes or (), _labels(graph, target, assumed)
    signature = Signature(
        inputs={name: tuple(features) for name, features in inputs.items()},
        outputs=graph.answers,
        labels=labels,
        order=_order(labels, classes, listed) if classes else (),
    )
    return Signed(signature, assumed)


def graph_target(graph: Graph, target: Target) -> Target:
    """Return the target that the graph itself sets, where the schema leaves the task open.

    A model of more than two classes is multiclass, and a regressor is a regression, unless the schema has two
    classes for it.
    """
    if target.task is not None:
        return target
    classes = len(graph.labels) if graph.labels is not None else graph.columns or 0
    if classes > TWO:
        return Target("multiclass", target.classes)
    says_two = target.positive is not None or len(target.classes or ()) == TWO
    if graph.is_regressor and not says_two:
        return Target("regression")
    named = graph.labels or (0,)
    if target == Target() and all(isinstance(each, str) for each in named):
        return Target(classes=named)
    return target


def _given(graph: Graph, schema: Schema, given: InputMap) -> InputMap:
    names = [each.name for each in graph.inputs]
    if sorted(given) != sorted(names):
        raise TrainingError(
            f"--inputs names the inputs {', '.join(given)}; expected those of the model: {', '.join(names)}"
        )
    features = [feature for each in given.values() for feature in each]
    if sorted(features) != sorted(schema.feature_names):
        wrong = sorted({*features} ^ {*schema.feature_names}) or [
            name for name in features if features.count(name) > 1
        ]
        raise TrainingError(
            f"--inputs has to name each feature of the schema once; look at {', '.join(wrong)}"
        )
    return given


def _inputs(graph: Graph, schema: Schema, assumed: list[str]) -> InputMap:
    """Match inputs by name, then by the exporters' renaming, then the rest by kind in the schema's order."""
    names, free = {each.name: each for each in graph.inputs}, list(schema.feature_names)
    found: dict[str, list[str]] = {}
    for name in [name for name in names if name in free]:
        found[name] = [name]
        free.remove(name)
    for name in [name for name in names if name not in found and names[name].columns in (1, None)]:
        alike = [feature for feature in free if renamed(feature) == renamed(name)]
        if len(alike) == 1 and sum(renamed(other) == renamed(name) for other in names) == 1:
            found[name] = alike
            free.remove(alike[0])
            assumed.append(f"the model's input {name} is taken as the feature {alike[0]}")
    rest = [each for each in graph.inputs if each.name not in found]
    if found and any(each.columns == 1 for each in rest):
        raise _mismatch(rest, free)
    found |= _by_kind(rest, free, schema, assumed)
    return {each.name: found[each.name] for each in graph.inputs}


def _by_kind(rest: list[Input], free: list[str], schema: Schema, assumed: list[str]) -> dict[str, list[str]]:
    """Give the features that are left to the tensors that are left, in the schema's order."""
    kinds = {feature.name: feature.kind for feature in schema.features}
    found: dict[str, list[str]] = {}
    for is_text in (True, False):
        features = [name for name in free if (kinds[name] == "categorical") == is_text]
        tensors = [each for each in rest if each.is_text == is_text]
        known = sum(each.columns or 0 for each in tensors)
        open_ones = sum(each.columns is None for each in tensors)
        if known != len(features) if not open_ones else (open_ones > 1 or known >= len(features)):
            raise _mismatch(rest, free)
        if len(tensors) > 1 and any((each.columns or 0) == 1 for each in tensors):
            raise _mismatch(rest, free)
        for each in tensors:
            width = each.columns or len(features) - known
            found[each.name], features = features[:width], features[width:]
            assumed.append(
                f"the model's input {each.name} takes, in this order: {', '.join(found[each.name])}"
            )
    return found


def _mismatch(inputs: list[Input], features: list[str]) -> TrainingError:
    shapes = ", ".join(
        f"{each.name} ({'text' if each.is_text else 'numbers'}, {each.columns or 'any'} columns)"
        for each in inputs
    )
    return TrainingError(
        "the model's inputs don't fit the schema: expected one input per feature, named as the feature, or "
        f"tensors for all of them; inputs without a feature: {shapes or 'none'}; features without an input: "
        f"{', '.join(features) or 'none'}; say with --inputs FILE which features go where: "
        "a line `input: [feature, feature]` for each input"
    )


def renamed(name: str) -> str:
    """Return a name as exporters write it in a graph: what is no letter, digit or _ becomes _."""
    return re.sub(r"\W", "_", name, flags=re.ASCII).lower()


def _labels(graph: Graph, target: Target, assumed: list[str]) -> Labels:
    """Return what the model calls its classes; a model that does not say it numbers them."""
    classes = target.classes or ()
    if target.task == "regression":
        if len(graph.answers) > 1:
            raise TrainingError(
                f"the model has several answers ({', '.join(graph.answers)}); "
                "expected one output for a number"
            )
        return ()
    if graph.labels is not None:
        return graph.labels
    if graph.columns == 1 and len(classes) > TWO:
        raise TrainingError(
            f"the model answers with one number per row, but the label has {len(classes)} classes; "
            "where it predicts a number, say --task regression"
        )
    if graph.columns == 1 and target.positive is not None:
        assumed.append(f"the model's one answer is taken as the probability of {class_text(target.positive)}")
        return tuple(class_text(value) for value in classes)
    return tuple(range(graph.columns or len(classes)))


def _order(
    labels: Labels, classes: Sequence[ClassValue], listed: Sequence[ClassValue] | None
) -> tuple[int, ...]:
    """Return each class's place among the model's labels; raises TrainingError where they can't be matched.

    Texts and numbers match what is written alike, False and True are 0 and 1. Codes 0, 1, 2 … are the places
    in the schema's own classes, `listed`.
    """
    if len(labels) != len(classes):
        raise TrainingError(
            f"the model has {len(labels)} classes ({', '.join(map(str, labels))}), but the label has "
            f"{len(classes)} ({', '.join(map(class_text, classes))}); say `task: multiclass` in the schema, "
            "and all of them as `classes`, or export a model of these classes"
        )
    texts = [str(label).lower() if str(label) in ("True", "False") else str(label) for label in labels]
    names = {text: place for place, text in enumerate(texts)}
    names |= {str(label): place for place, label in enumerate(labels)}
    for named in (
        class_text,
        lambda value: str(int(value)) if isinstance(value, bool) else class_text(value),
    ):
        if all(named(value) in names for value in classes):
            return tuple(names[named(value)] for value in classes)
    if listed is not None and sorted(map(str, labels)) == sorted(map(str, range(len(classes)))):
        return tuple(names[str(listed.index(value))] for value in classes)
    shown, known = ", ".join(map(str, labels)), ", ".join(map(class_text, classes))
    raise TrainingError(
        f"the model calls its classes {shown}, but the label has {known}; where the model numbers them, add "
        f"`classes: {[*classes]!r}` to the schema, in the order of its numbers from 0"
    )
