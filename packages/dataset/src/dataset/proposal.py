"""The proposal of a schema for data without one."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd
from contract.schema import RESERVED, Feature, Label, Schema, first_problem
from contract.task import OUTPUTS, Task
from pydantic import ValidationError

from dataset.errors import DataError
from dataset.table.column import Column
from dataset.table.files import Table, find_tables
from dataset.table.layout import homes_of
from dataset.target import Target

MOST_CATEGORIES: Final = 100
"""Text with more different values than this counts as an id or as free text."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")


@dataclass(slots=True)
class Proposal:
    """A schema for a data set, and the reason for each column that it skips, as `file: column: reason`."""

    entity: str
    label: str | None = None
    target: Target = field(default_factory=Target)
    features: list[Feature] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    @property
    def schema(self) -> Schema:
        """The schema; raises DataError where it has no feature, or a name that a schema doesn't allow."""
        if not self.features:
            raise DataError("no column can be a feature: " + "; ".join(self.skipped or ["there are none"]))
        try:
            label = None if self.label is None else Label(name=self.label)
            bare = Schema(entity=self.entity, label=label, task="regression", features=self.features)
            return self.target.kept_in(bare)
        except ValidationError as error:
            raise DataError(f"no schema can be proposed: {first_problem(error)}") from error


def propose_schema(
    path: Path, *, entity: str, label: str | None = None, task: Task | None = None
) -> Proposal:
    """Propose the kind of each column by its values: numbers, true and false, or up to 100 different texts.

    The proposal skips dates, ids, free text, empty columns, and columns that are in two tables. The label's
    values set the task, unless it is given. Raises DataError where the data can't be read, or where nothing
    can be learned from the label.
    """
    tables = find_tables(path)
    homes_of([entity] if len(tables) == 1 else [], entity, tables, path)
    proposal = Proposal(entity, label)
    if label is not None:
        home = homes_of([label], entity, tables, path)[label]
        try:
            Label(name=label)
            proposal.target = _target(home.column(home.read([label]), label), task)
        except ValidationError as error:
            raise DataError(f"{label!r} can be no label: {first_problem(error)}") from error
    for table in tables:
        _propose(proposal, table, tables, {entity, label})
    return proposal


def _propose(proposal: Proposal, table: Table, tables: list[Table], taken: set[str | None]) -> None:
    names = [name for name in table.columns if name not in taken]
    if proposal.entity not in table.columns:
        proposal.skipped.append(f"{table.path.name}: has no column {proposal.entity!r}")
        return
    content = table.read(names)
    for name in names:
        if name in RESERVED or name in OUTPUTS[proposal.target.task or "binary"]:
            proposal.skipped.append(f"{table.path.name}: {name}: the name is used here; rename the column")
            continue
        if sum(name in other.columns for other in tables) > 1:
            proposal.skipped.append(f"{table.path.name}: {name}: is in another table as well")
            continue
        try:
            proposal.features.append(_feature(name, table.column(content, name)))
        except (DataError, ValidationError) as error:
            reason = first_problem(error) if isinstance(error, ValidationError) else str(error)
            proposal.skipped.append(f"{table.path.name}: {name or '(unnamed)'}: {reason}")


def _feature(name: str, column: Column) -> Feature:
    """Return a column as a feature; raises DataError with the reason where it can't be one."""
    kind = column.guess()
    values = column.read(kind)
    if values.isna().all():
        raise DataError("has no values")
    if kind == "numerical" and _numbers_the_rows(values):
        raise DataError("numbers the rows")
    if kind == "categorical":
        found = list(values.cat.categories)
        if all(_DATE.fullmatch(value) for value in found):
            raise DataError("holds dates")
        if len(found) > MOST_CATEGORIES or len(found) == len(values):
            raise DataError(f"has {len(found)} different texts, as an id or free text has")
    return Feature(name=name, kind=kind, nullable=bool(values.isna().any()))


def _numbers_the_rows(values: "pd.Series[Any]") -> bool:
    ordered = values.sort_values()
    return len(values) > 1 and bool((ordered.diff().iloc[1:] == 1.0).all())


def _target(column: Column, task: Task | None) -> Target:
    target = Target(task)
    values = target.read(column) if task == "regression" else target.read_by_values(column)
    column.refuse_missing(values.isna().to_numpy(), "every row needs its label")
    return target.settled(values, f"{column.where}:")
