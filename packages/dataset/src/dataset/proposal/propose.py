"""The proposal of a schema: each column of the data, what it is taken for, and why."""

from pathlib import Path

from contract.schema import Label, first_problem
from contract.task import Task
from pydantic import ValidationError

from dataset.errors import DataError
from dataset.proposal.names import is_id, is_index
from dataset.proposal.proposal import Options, Proposal
from dataset.proposal.table import TableProposal
from dataset.table.column import Column
from dataset.table.files import find_tables
from dataset.table.layout import homes_of
from dataset.table.reading import Reading
from dataset.target import Target


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
        TableProposal(proposal, table, tables, reading).propose()
    if options.entity is None:
        proposal.notes.append(_without_ids(proposal))
    return proposal


def _target(column: Column, task: Task | None) -> Target:
    target = Target(task)
    values = target.read(column) if task == "regression" else target.read_by_values(column)
    column.refuse_missing(values.isna().to_numpy(), "every row needs its label")
    return target.settled(values, f"{column.where}:")


def _without_ids(proposal: Proposal) -> str:
    ids = [each.name for each in proposal.columns if is_id(each.name) and not is_index(each.name)]
    hint = f"; if {ids[0]!r} names them, say --entity {ids[0]}" if ids else ""
    return f"no column of ids is named (--entity), so rows are numbered{hint}"
