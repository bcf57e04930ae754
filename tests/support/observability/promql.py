"""What a PromQL expression names: metrics, labels, and values of labels."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import promql_parser
from promql_parser import AggregateExpr, BinaryExpr, Call, Expr, MatchOp, MatrixSelector, VectorSelector

from tests.support.observability.metric_table import declared_series, label_values


@dataclass(frozen=True, slots=True)
class Selector:
    """The series that a selector may mean, and the labels and values that it matches."""

    names: tuple[str, ...]
    matchers: tuple[tuple[str, tuple[str, ...]], ...]
    """Each label with the values that it is compared with; a regular expression's alternatives are values."""


def problems(query: str) -> list[str]:
    """What the query names that docs/telemetry.md does not declare."""
    nodes = _nodes(promql_parser.parse(query))
    return [problem for node in nodes for problem in _problems_of(node)]


def selectors(expr: Expr) -> list[Selector]:
    """Every selector inside an expression."""
    return [_selector(node) for node in _nodes(expr) if isinstance(node, VectorSelector)]


def grouped_by(expr: Expr) -> list[tuple[set[str], list[Selector]]]:
    """The labels that each aggregation inside an expression keeps, and the series that it is over."""
    return [
        (set(node.modifier.labels) if node.modifier else set(), selectors(node.expr))
        for node in _nodes(expr)
        if isinstance(node, AggregateExpr)
    ]


def asked_as_they_are(expr: Expr) -> set[str]:
    """The names of the series inside an expression that no range is asked of, as a rate or an increase is."""
    nodes = iter(_nodes(expr))
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, MatrixSelector):
            next(nodes)  # the selector that the range is of
        elif isinstance(node, VectorSelector):
            names.update(_selector(node).names)
    return names


def _vectors(expr: Expr) -> Iterator[Selector]:
    """Every selector inside an expression whose labels matter: what is inside `scalar` has lost its own."""
    nodes = iter(_nodes(expr))
    for node in nodes:
        if isinstance(node, Call) and node.func.name == "scalar":
            consume = len(_nodes(node)) - 1
            next(islice(nodes, consume, consume), None)
        elif isinstance(node, VectorSelector):
            yield _selector(node)


def _nodes(expr: Expr) -> list[Expr]:
    found: list[Expr] = []

    def visit(node: Expr) -> bool:
        found.append(node)
        return True

    promql_parser.walk(expr, visit)
    return found


def _selector(node: VectorSelector) -> Selector:
    names = [node.name] if node.name else []
    matchers = []
    for matcher in node.matchers.matchers:
        regex = matcher.op in (MatchOp.Re, MatchOp.NotRe)
        values = tuple(matcher.value.split("|")) if regex else (matcher.value,)
        if matcher.name == "__name__":
            names.extend(values)
        else:
            matchers.append((matcher.name, values))
    return Selector(tuple(names), tuple(matchers))


def _problems_of(node: Expr) -> Iterator[str]:
    if isinstance(node, VectorSelector):
        yield from _undeclared(_selector(node))
    elif isinstance(node, AggregateExpr) and node.modifier:
        yield from _without_labels(node.modifier.labels, node.expr)
    elif isinstance(node, BinaryExpr) and node.modifier and node.modifier.matching:
        yield from _without_labels(node.modifier.matching.labels, node.lhs)
        yield from _without_labels(node.modifier.matching.labels, node.rhs)


def _undeclared(selector: Selector) -> Iterator[str]:
    if not selector.names:
        yield "a selector without a metric's name"
    for name in selector.names:
        labels = declared_series().get(name)
        if labels is None:
            yield f"{name} is not declared"
            continue
        for label, values in selector.matchers:
            if label not in labels:
                yield f"{name} has no label {label}"
            known = label_values().get((name, label), frozenset(values))
            for value in set(values) - known - {".*"}:
                yield f"{name} never has {label}={value!r}"


def _without_labels(labels: list[str], inside: Expr) -> Iterator[str]:
    """Labels to group or join by that a series inside lacks."""
    for selector in _vectors(inside):
        for name in selector.names:
            for label in set(labels) - declared_series().get(name, frozenset(labels)):
                yield f"{name} has no {label} to group or join by"
