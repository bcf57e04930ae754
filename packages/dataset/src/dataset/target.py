"""What a model is to predict: how the label's column is read, and the task that its values set."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import pandas as pd
import pyarrow.compute as pc
from pydantic import ValidationError

from contract.labels.label import LARGEST_NUMBER
from contract.schema import Label, Schema, first_problem
from contract.task import ClassValue, Task, class_text
from dataset.errors import DataError
from dataset.proposal.kinds import label_kind
from dataset.table.column import Column
from dataset.table.words import NO_CLASSES, TRUE

POSITIVE_WORDS: Final = (*TRUE, "positive")

BOOLEANS: Final = ("false", "no", "0", "true", "yes", "1")
"""The words by which a label is a boolean, where nothing else says what it is."""

MOST_CODES: Final = 20
"""A label of more different whole numbers than this is a number to predict, not a code of a class."""

MOST_CLASSES: Final = 100
"""More different texts than this are no classes."""

SMALLEST_CLASS: Final = 8
"""Rows of a class below which out-of-fold scores say nothing."""

Counted = tuple[ClassValue, int]
"""A class, and how many rows it has."""

TWO: Final = 2
SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Target:
    """The task, the classes and the positive class, each None where it is not known yet."""

    task: Task | None = None
    classes: tuple[ClassValue, ...] | None = None
    positive: ClassValue | None = None

    @classmethod
    def of(cls, schema: Schema) -> Self:
        """What a schema says of it."""
        classes = None if schema.classes is None else tuple(schema.classes)
        return cls(schema.task, classes, schema.label.positive if schema.label else None)

    def read(self, column: Column) -> "pd.Series[Any]":
        """Read a label as numbers for a regression, else as a category of bool, int or str.

        Where nothing says which, the values do: yes and no, or 1 and 0, are booleans. Raises DataError at the
        first value that doesn't fit.
        """
        if self.task == "regression":
            return _numbers(column)
        known = self.positive if self.positive is not None else (self.classes or (None,))[0]
        if known is None:
            may_be_two = self.task in (None, "binary")
            return column.booleans() if may_be_two and _are_booleans(column) else self.read_by_values(column)
        if isinstance(known, bool):
            return column.booleans()
        return column.integers() if isinstance(known, int) else column.categories()

    def settled(self, values: "pd.Series[Any]", where: str) -> "Target":
        """Return the target that a label's values set, as `read` gives them; what is known already stays.

        `where` names the label in errors. Raises DataError where the values contradict what is known, or
        where nothing can be learned from them.
        """
        if self.task == "regression" or pd.api.types.is_float_dtype(values.dtype):
            return self._regression(values, where)
        found: list[ClassValue] = values.dropna().astype(object).value_counts().index.tolist()
        classes = self.classes or tuple(sorted(found))
        if unknown := [value for value in found if value not in classes]:
            raise DataError(f"{where} has {listed(unknown)}, but the classes are {listed(classes)}")
        if len(classes) < TWO:
            raise DataError(f"{where} has 1 value ({listed(classes)}); expected at least two, or numbers")
        if self.task == "multiclass" or (len(classes) > TWO and self.task is None and self.positive is None):
            return self._multiclass(classes, where)
        if len(classes) != TWO:
            raise DataError(
                f"{where} has {len(classes)} values ({listed(classes)}); a binary label has two; "
                "for several classes say `task: multiclass`, and leave out label.positive"
            )
        return self._binary(found if len(found) == TWO else list(classes), classes, where)

    def put_into(self, schema: Schema) -> Schema:
        """Return the schema with the target in it; of a binary one its classes stay as they are.

        Raises DataError where a column has a name that the task keeps for its output.
        """
        content = {name: getattr(schema, name) for name in schema.model_fields_set}
        positive = self.positive if self.task in (None, "binary") else None
        content["label"] = schema.label and schema.label.model_copy(update={"positive": positive})
        if self.task not in (None, "binary"):
            content["classes"] = self.classes and [*self.classes]
        try:
            return Schema.model_validate({**content, "task": self.task})
        except ValidationError as error:
            raise DataError(f"task {self.task or 'binary'}: {first_problem(error)}") from error

    def kept_in(self, schema: Schema) -> Schema:
        """Return the schema as a bundle keeps it: the same, where no task means binary."""
        schema = self.put_into(schema)
        return schema.model_copy(update={"task": None}) if self.task == "binary" else schema

    def read_by_values(self, column: Column) -> "pd.Series[Any]":
        """Read a label as what its values are; up to 20 different whole numbers are codes of classes.

        Raises DataError where most values are numbers and some are none, and where they are too many texts.
        """
        kind = label_kind(column)
        if kind != "numerical":
            values = column.read(kind)
            if kind == "categorical" and self.task is None:
                _refuse_strange_texts(column, values)
            return values
        numbers = _numbers(column)
        found = numbers.dropna().unique()
        codes = len(found) <= MOST_CODES and all(value % 1 == 0 for value in found)
        return column.integers() if codes or self.task is not None else numbers

    def _regression(self, values: "pd.Series[Any]", where: str) -> "Target":
        if self.task in ("binary", "multiclass"):
            raise DataError(f"{where} has numbers that are no codes of classes, but the task is {self.task}")
        if values.dropna().nunique() < TWO:
            raise DataError(f"{where} has 1 value; there is nothing to predict")
        return Target("regression")

    def _multiclass(self, classes: tuple[ClassValue, ...], where: str) -> "Target":
        if len({*map(class_text, classes)}) < len(classes):
            raise DataError(
                f"{where} has values of the same text ({listed(classes)}); expected distinct ones"
            )
        return Target("multiclass", classes)

    def _binary(
        self, by_frequency: list[ClassValue], classes: tuple[ClassValue, ...], where: str
    ) -> "Target":
        positive = positive_of(by_frequency) if self.positive is None else self.positive
        if positive not in classes:
            raise DataError(
                f"{where} has the values {listed(classes)}, but the schema's positive value is {positive!r}"
            )
        negative = next(value for value in classes if value != positive)
        return replace(self, task="binary", classes=(negative, positive), positive=positive)


def _numbers(column: Column) -> "pd.Series[Any]":
    numbers = column.numbers()
    column.refuse((numbers.abs() > LARGEST_NUMBER).to_numpy(), f"is beyond ±{LARGEST_NUMBER:.2g}")
    return numbers


def rare_classes(values: "pd.Series[Any]") -> list[Counted]:
    """Return the classes that have fewer rows than a model needs, the rarest last."""
    counts = values.dropna().astype(object).value_counts()
    classes: list[ClassValue] = counts.index.tolist()
    counted = zip(classes, counts.tolist(), strict=True)
    return [(value, rows) for value, rows in counted if rows < SMALLEST_CLASS]


def may_be_left_out(values: "pd.Series[Any]", rare: Sequence[Counted]) -> bool:
    """Whether two classes and most rows remain without the rare ones, and none is spelled as one of these."""
    texts = {class_text(value).lower() for value, _ in rare}
    kept = values[~values.isin([value for value, _ in rare])].dropna().astype(object)
    spelled = {class_text(value).lower() for value in kept.unique()}
    return len(spelled) >= TWO and 2 * len(kept) > len(values) and not texts & spelled


def no_classes_of(label: Label, classes: Sequence[ClassValue]) -> list[str] | None:
    """Return the texts of a label that are no class: none, unless the schema says that rows may lack it."""
    if not label.nullable:
        return None
    known = {class_text(value).lower() for value in (*classes, *([label.positive] if label.positive else []))}
    return [*(label.missing or ()), *(mark for mark in NO_CLASSES if mark not in known)]


def _are_booleans(column: Column) -> bool:
    """Whether all values are true and false, yes and no, or 1 and 0; other words are classes of their own."""
    if column.is_text:
        words = pc.utf8_lower(column.words()).unique().drop_null().to_pylist()
        return all(word in BOOLEANS for word in words)
    try:
        column.booleans()
    except DataError:
        return False
    return True


def _refuse_strange_texts(column: Column, values: "pd.Series[Any]") -> None:
    texts = pd.Series(values.cat.categories, dtype=object)
    numeric = int(pd.to_numeric(texts, errors="coerce").notna().sum())
    if numeric > len(texts) / 2:
        column.numbers()  # raises at the first value that is no number
    if len(texts) > MOST_CLASSES:
        raise DataError(
            f"{column.where}: has {len(texts)} different texts; "
            f"expected at most {MOST_CLASSES} classes, or numbers"
        )


def positive_of(by_frequency: list[ClassValue]) -> ClassValue:
    """Return the value of two that means yes, else the larger number, else the rarer text."""
    if not isinstance(by_frequency[0], str):
        return max(by_frequency)
    words = [value for value in by_frequency if str(value).strip().lower() in POSITIVE_WORDS]
    return words[0] if len(words) == 1 else by_frequency[-1]


def listed(classes: "list[ClassValue] | tuple[ClassValue, ...]") -> str:
    """Return the first five classes for people."""
    return ", ".join(repr(value) for value in classes[:SHOWN]) + (", …" if len(classes) > SHOWN else "")
