"""What one table adds to a proposal."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
from pydantic import ValidationError

from contract.schema import Feature, first_problem
from contract.task import Kind
from dataset.errors import DataError
from dataset.proposal.evidence import Evidence, left_out
from dataset.proposal.kinds import evidence_of
from dataset.proposal.proposal import ColumnTold, Proposal
from dataset.table.column import Column
from dataset.table.decimals import column_with_commas
from dataset.table.files.table import Content, Table
from dataset.table.keys import places_of, read_keys
from dataset.table.numbers import read_numbers
from dataset.table.reading import Reading, floats, without_numbers
from dataset.table.words import UNMISTAKABLE, trimmed


class TableProposal:
    """What one table adds to a proposal."""

    def __init__(self, proposal: Proposal, table: Table, tables: list[Table]) -> None:
        self._proposal, self._table, self._tables = proposal, table, tables
        self._reading = Reading(list(proposal.options.missing), proposal.options.decimal)
        self._marks: set[str] = set()

    def propose(self) -> None:
        """Tell what each column of the table is taken for; raises DataError where its ids repeat."""
        proposal, table, options = self._proposal, self._table, self._proposal.options
        if options.entity is not None and options.entity not in table.columns:
            proposal.notes.append(f"{table.path.name}: left out, for it has no column {options.entity!r}")
            return
        proposal.notes += [f"{table.path.name}: {note}" for note in table.notes]
        content = table.read(table.columns)
        proposal.rows = max(proposal.rows, len(content))
        if options.entity is not None:
            keys = read_keys(table.column(content, options.entity), repeated=options.rows_repeat)
            first, first_keys = proposal.keys or (table, keys)
            places_of(keys, first_keys, (str(table.path), str(first.path)), options.entity)
            proposal.keys = first, first_keys
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
            self._marks |= each.marks
        of_label = [options.label] if options.label in content.columns else []
        has_commas = any(each.decimal == "," for each in found.values())
        has_commas |= column_with_commas(self._table, content, of_label) is not None
        if options.decimal is None and has_commas and self._table.parts[0].delimiter not in (None, ","):
            self._proposal.decimal = ","
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
            told = replace(told, role="label")
        elif found is not None and found.kind is None:
            told = replace(told, why=found.why, warning=found.warning)
        elif found is not None and found.kind is not None:
            told = self._feature(told, found, found.kind, content)
        proposal.columns.append(told)

    def _feature(self, told: ColumnTold, found: Evidence, kind: Kind, content: Content) -> ColumnTold:
        """Say what a feature is, and whether it has missing values."""
        column = self._table.column(content, told.name, Reading(self._proposal.missing, found.decimal))
        missing = _missing(column, kind)
        try:
            feature = Feature(name=told.name, kind=kind, nullable=missing > 0, decimal=found.decimal)
        except ValidationError as error:
            return replace(told, why=_about_name(error))
        why = found.why + (f"; {missing:,} missing" if missing else "")
        return replace(
            told,
            role="feature",
            why=why,
            feature=feature,
            warning=found.warning,
            strange=found.strange,
            named_as_clock=found.named_as_clock,
        )


def _missing(column: Column, kind: Kind) -> int:
    """Count the values that are missing."""
    if kind == "categorical":
        return int(column.texts().null_count)
    if kind == "boolean":
        return int((column.words() if column.is_text else column.values).null_count)
    if column.is_text:
        written = read_numbers(column.words(), column.reading.decimal)
        values, bad = floats(written.values), int(written.bad.sum())
    else:
        values, bad = floats(column.values.cast(pa.float64(), safe=False)), 0
    return int(np.isnan(without_numbers(values, column.reading.missing)).sum()) - bad


def _about_name(error: ValidationError) -> str:
    """Say what is wrong with a feature, which can only be its name."""
    if error.errors()[0]["loc"] == ("name",):
        return "has a name with control characters, of more than 512 characters, or without any; rename it"
    return first_problem(error)
