"""The proposal of a schema: each column of the data, what it is taken for, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

import pyarrow.compute as pc
from contract.schema import ROW, Decimal, Feature, Ids, Label, Schema, first_problem
from contract.task import Task
from pydantic import ValidationError

from dataset.errors import DataError
from dataset.proposal.evidence import Evidence, evidence_of, left_out
from dataset.proposal.names import is_id, is_index
from dataset.table.column import Column, Reading, valid
from dataset.table.files import Content, Table, find_tables
from dataset.table.keys import read_keys
from dataset.table.layout import homes_of
from dataset.table.words import UNMISTAKABLE, trimmed
from dataset.target import Target

Role = Literal["entity", "label", "feature", "left out"]

MOST_FEATURES: Final = 4096


@dataclass(frozen=True, slots=True)
class Options:
    """What the user says of the data."""

    entity: str | None = None
    """None where the data have no id."""
    label: str | None = None
    task: Task | None = None
    decimal: Decimal | None = None
    missing: Sequence[str] = ()
    rows_repeat: bool = False


@dataclass(frozen=True, slots=True)
class ColumnTold:
    """One column, what it is taken for, and why."""

    table: str
    name: str
    role: Role
    why: str
    feature: Feature | None = None
    warning: str | None = None
    strange: Sequence[str] = ()


@dataclass(slots=True)
class Proposal:
    """A schema for a data set, and what each column is taken for."""

    options: Options
    target: Target = field(default_factory=Target)
    rows: int = 0
    columns: list[ColumnTold] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What concerns the whole, as sentences."""

    @property
    def features(self) -> list[Feature]:
        """The columns that are features."""
        return [each.feature for each in self.columns if each.feature is not None]

    @property
    def skipped(self) -> list[str]:
        """The reason for each column that is left out, as `file: column: reason`."""
        return [
            f"{each.table}: {each.name or '(unnamed)'}: {each.why}"
            for each in self.columns
            if each.role == "left out"
        ]

    @property
    def schema(self) -> Schema:
        """The schema; raises DataError where it has no feature, or a name that a schema doesn't allow."""
        if not self.features:
            raise DataError("no column can be a feature: " + "; ".join(self.skipped or ["there are none"]))
        options = self.options
        ids: Ids | None = "none" if options.entity is None else ("repeat" if options.rows_repeat else None)
        try:
            bare = Schema(
                entity=options.entity or _free_row(self.columns),
                ids=ids,
                missing=self.missing or None,
                label=None if options.label is None else Label(name=options.label),
                task="regression",
                features=self.features,
            )
        except ValidationError as error:
            raise DataError(f"no schema can be proposed: {first_problem(error)}") from error
        bare = Schema.model_validate(
            {name: getattr(bare, name) for name in bare.model_fields_set if getattr(bare, name) is not None}
        )
        return self.target.kept_in(bare)


def propose_schema(path: Path, options: Options) -> Proposal:
    """Propose the kind of each column by its cells, and say why.

    Left out are times, ids, row numbers, free text, empty columns, and columns that are in two tables. The
    label's values set the task, unless it is given. Raises DataError where the data can't be read, where ids
    repeat though nobody said so, or where nothing can be learned from the label.
    """
    tables = find_tables(path)
    homes_of([options.entity] if options.entity and len(tables) == 1 else [], options.entity, tables, path)
    proposal = Proposal(options, missing=list(options.missing))
    reading = Reading(list(options.missing), options.decimal)
    if options.label is not None:
        home = homes_of([options.label], options.entity, tables, path)[options.label]
        try:
            Label(name=options.label)
            column = home.column(home.read([options.label]), options.label, reading)
            proposal.target = _target(column, options.task)
        except ValidationError as error:
            raise DataError(f"{options.label!r} can be no label: {first_problem(error)}") from error
    for table in tables:
        _TableProposal(proposal, table, tables, reading).propose()
    if options.entity is None:
        proposal.notes.append(_without_ids(proposal))
    return proposal


class _TableProposal:
    """What one table adds to a proposal."""

    def __init__(self, proposal: Proposal, table: Table, tables: list[Table], reading: Reading) -> None:
        self._proposal, self._table, self._tables, self._reading = proposal, table, tables, reading
        self._marks: set[str] = set()

    def propose(self) -> None:
        proposal, table, options = self._proposal, self._table, self._proposal.options
        if options.entity is not None and options.entity not in table.columns:
            proposal.notes.append(f"{table.path.name}: left out, for it has no column {options.entity!r}")
            return
        proposal.notes += [f"{table.path.name}: {note}" for note in table.notes]
        content = table.read(table.columns)
        proposal.rows = max(proposal.rows, len(content))
        if options.entity is not None:
            read_keys(table.column(content, options.entity), repeated=options.rows_repeat)
        found = self._evidence(content)
        self._add_marks(content, found)
        for name in table.columns:
            self._tell(name, found.get(name), content)

    def _evidence(self, content: Content) -> Mapping[str, Evidence]:
        """Return what each column is taken for; decimal commas of one column hold for doubtful ones, too."""
        options = self._proposal.options
        names = [name for name in self._table.columns if name not in (options.entity, options.label)]
        found = {name: self._one(name, content, self._reading) for name in names}
        for each in found.values():
            self._marks |= each.marks if each.kind != "categorical" else set()
        has_commas = any(each.decimal == "," for each in found.values())
        if options.decimal is None and has_commas and self._table.parts[0].delimiter not in (None, ","):
            doubtful = replace(self._reading, decimal=",")
            found |= {
                name: self._one(name, content, doubtful)
                for name, each in found.items()
                if each.kind == "numerical" and each.decimal != ","
            }
        return found

    def _one(self, name: str, content: Content, reading: Reading) -> Evidence:
        if sum(name in other.columns for other in self._tables) > 1:
            return left_out("is in another table as well")
        try:
            return evidence_of(name, self._table.column(content, name, reading))
        except DataError as error:
            return left_out(str(error))

    def _add_marks(self, content: Content, found: Mapping[str, Evidence]) -> None:
        """Let marks of missing numbers, and unmistakable ones, mean a missing category, too."""
        marks = {*self._marks, *UNMISTAKABLE}
        known = {mark.lower() for mark in self._proposal.missing}
        for name, each in found.items():
            if each.kind != "categorical":
                continue
            column = self._table.column(content, name)
            if not column.is_text:
                continue
            for text in trimmed(column.values).unique().drop_null().to_pylist():
                if text.lower() in marks - known:
                    self._proposal.missing.append(text)
                    known.add(text.lower())

    def _tell(self, name: str, found: Evidence | None, content: Content) -> None:
        proposal, options = self._proposal, self._proposal.options
        told = ColumnTold(self._table.path.name, name, "left out", "")
        if name == options.entity:
            told = replace(told, role="entity", why="names each row's entity")
        elif name == options.label:
            told = replace(told, role="label", why=_about_label(proposal.target))
        elif found is not None and found.kind is None:
            told = replace(told, why=found.why)
        elif found is not None:
            told = self._feature(told, found, content)
        proposal.columns.append(told)

    def _feature(self, told: ColumnTold, found: Evidence, content: Content) -> ColumnTold:
        """Say what a feature is, and whether it has missing values."""
        assert found.kind is not None  # noqa: S101 - the caller's branch
        column = self._table.column(content, told.name, Reading(self._proposal.missing, found.decimal))
        try:
            missing = self._missing(column, found)
            feature = Feature(name=told.name, kind=found.kind, nullable=missing > 0, decimal=found.decimal)
        except ValidationError as error:
            return replace(told, why=first_problem(error))
        why = found.why + (f"; {missing:,} missing" if missing else "")
        return replace(
            told, role="feature", why=why, feature=feature, warning=found.warning, strange=found.strange
        )

    def _missing(self, column: Column, found: Evidence) -> int:
        if not column.is_text:
            return int((~valid(column.values)).sum()) + _not_a_number(column)
        values = column.texts() if found.kind == "categorical" else column.words()
        return int(values.null_count)


def _not_a_number(column: Column) -> int:
    if str(column.type) not in ("float", "double", "halffloat"):
        return 0
    return int(pc.sum(pc.is_nan(column.values)).as_py() or 0)


def _target(column: Column, task: Task | None) -> Target:
    target = Target(task)
    values = target.read(column) if task == "regression" else target.read_by_values(column)
    column.refuse_missing(values.isna().to_numpy(), "every row needs its label")
    return target.settled(values, f"{column.where}:")


def _about_label(target: Target) -> str:
    if target.task == "regression":
        return "to predict: a number (regression)"
    classes = target.classes or ()
    if target.task == "multiclass":
        return f"to predict: one of {len(classes)} classes (multiclass)"
    return f"to predict: {classes[0]!r} or {classes[1]!r} (binary), of which {target.positive!r} is positive"


def _free_row(columns: Sequence[ColumnTold]) -> str:
    name, taken = ROW, {each.name for each in columns}
    while name in taken:
        name += "_"
    return name


def _without_ids(proposal: Proposal) -> str:
    ids = [each.name for each in proposal.columns if is_id(each.name) and not is_index(each.name)]
    hint = f"; if {ids[0]!r} names them, say --entity {ids[0]}" if ids else ""
    return f"no column of ids is named (--entity), so rows are numbered{hint}"
