"""The proposal of a schema: each column of the data, what it is taken for, and why."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from pydantic import ValidationError

from contract.schema import Label, first_problem
from dataset.errors import DataError
from dataset.proposal.names import is_id, is_index
from dataset.proposal.proposal import Options, Proposal
from dataset.proposal.quantities import ADVICE
from dataset.proposal.table import TableProposal
from dataset.table.column import Column
from dataset.table.files.folder import find_tables
from dataset.table.files.table import Table
from dataset.table.keys import read_keys
from dataset.table.layout import homes_of
from dataset.table.numbers import read_numbers
from dataset.table.reading import Reading
from dataset.table.words import NO_CLASSES
from dataset.target import SMALLEST_CLASS, Counted, Target, may_be_left_out, rare_classes

SHOWN_CLASSES: Final = 10


def propose_schema(path: Path, options: Options) -> Proposal:
    """Propose the kind of each column by its cells, and say why.

    Left out are times, ids, row numbers, free text, empty columns, and columns that are in two tables. The
    label's values set the task, unless it is given. Raises DataError where the data can't be read, where ids
    repeat though nobody said so, or where nothing can be learned from the label.
    """
    tables = find_tables(path)
    if options.label is not None and options.label == options.entity:
        raise DataError(f"{options.label!r} can't be both the entity and the label")
    if options.rows_repeat and len(tables) > 1:
        raise DataError(
            f"{path}: holds {len(tables)} tables that are joined by their ids, so none may repeat"
        )
    homes_of(
        [options.entity] if options.entity is not None and len(tables) == 1 else [],
        options.entity,
        tables,
        path,
    )
    proposal = Proposal(options, missing=list(dict.fromkeys(options.missing)))
    homes = homes_of([options.label], options.entity, tables, path) if options.label is not None else {}
    for table in tables:
        TableProposal(proposal, table, tables).propose()
    for name, home in homes.items():
        try:
            Label(name=name)
            _tell_label(proposal, home.column(home.read([name]), name, Reading(NO_CLASSES, proposal.decimal)))
        except ValidationError as error:
            raise DataError(f"{name!r} can be no label: {first_problem(error)}") from error
    if clock := [each.name for each in proposal.columns if each.named_as_clock]:
        proposal.notes.append(_about_clock(clock))
    if options.entity is None:
        proposal.notes.append(_without_ids(proposal, tables[0]))
    return proposal


def _tell_label(proposal: Proposal, column: Column) -> None:
    """Let the label's values set the task, and say so; raises DataError."""
    target = Target(proposal.options.task)
    values = target.read(column) if target.task == "regression" else target.read_by_values(column)
    missing = values.isna().to_numpy()
    if 2 * missing.sum() >= len(values):
        column.refuse_missing(
            missing,
            f"{missing.sum():,} of {len(values):,} rows have no label, and a model learns from those that "
            "have one: name another --label, or leave these rows out",
        )
    if column.is_text:
        numbers = read_numbers(column.words(), proposal.decimal)
        kind = values.cat.categories.dtype if values.dtype == "category" else values.dtype
        are_numbers = kind in (np.float64, np.int64)
        proposal.label_decimal = numbers.decimal if are_numbers and not numbers.plain else None
    proposal.target = target.settled(values, f"{column.where}:")
    warning = None
    if proposal.target.task != "regression" and (rare := rare_classes(values)):
        proposal.rare = rare if may_be_left_out(values, rare) else []
        warning = _about_rare(rare, left_out=bool(proposal.rare))
        values = values.where(~values.isin([value for value, _ in proposal.rare]))
        proposal.target = target.settled(values, f"{column.where}:")
    proposal.unlabelled = int(values.isna().sum())
    if proposal.unlabelled:
        proposal.notes.append(
            f"{proposal.unlabelled:,} of {len(values):,} rows have no label: they are left out of training, "
            "and are watched all the same"
        )
    proposal.tell_label(_about_label(proposal.target) + _counted(values), warning)


def _about_rare(rare: Sequence[Counted], *, left_out: bool) -> str:
    """Say which classes have too few rows, and what to do about it."""
    counts = ", ".join(f"{value!r} ({count})" for value, count in rare[:SHOWN_CLASSES])
    told = f"a model is trained on classes of at least {SMALLEST_CLASS} rows; there are fewer of {counts}"
    if left_out:
        return (
            f"{told}: these rows count as rows without a label (`missing` of the label in schema.yaml); "
            "merge such classes in the file if they matter"
        )
    return f"{told}: training needs more rows of them"


def _counted(values: "pd.Series[Any]") -> str:
    """Say how many rows each class has, the most frequent first."""
    if pd.api.types.is_float_dtype(values.dtype):
        return ""
    counts = values.dropna().astype(object).value_counts()
    (first, rows), *others = list(counts.items())[:SHOWN_CLASSES]
    told = [f"{first!r} in {rows:,} rows", *(f"{each!r} in {count:,}" for each, count in others)]
    return "; " + ", ".join(told) + (", …" if len(counts) > SHOWN_CLASSES else "")


def _without_ids(proposal: Proposal, table: Table) -> str:
    others = [each.name for each in proposal.columns if each.role != "label"]
    ids = [name for name in others if is_id(name) and not is_index(name)]
    hint = _said_of_ids(table, ids[0]) if ids else ""
    return f"no column of ids is named (--entity), so rows are numbered{hint}"


def _said_of_ids(table: Table, name: str) -> str:
    """Return what to type so that a column names the rows; nothing where it can't."""
    try:
        keys = read_keys(table.column(table.read([name]), name), repeated=True)
    except DataError:  # rows lack an id, or it is none
        return ""
    return (
        f"; if {name!r} names them, say --entity {shlex.quote(name)}" + " --rows-repeat" * keys.has_duplicates
    )


def _about_clock(names: Sequence[str]) -> str:
    are = "follows" if len(names) == 1 else "follow"
    return (
        f"{', '.join(names)} {are} the clock, so they drift in each window that has other hours than the "
        f"reference: {ADVICE.replace('it', 'them', 1)}"
    )


def _about_label(target: Target) -> str:
    if target.task == "regression":
        return "to predict: a number (regression)"
    classes = target.classes or ()
    if target.task == "multiclass":
        return f"to predict: one of {len(classes)} classes (multiclass)"
    return f"to predict: {classes[0]!r} or {classes[1]!r} (binary), of which {target.positive!r} is positive"
