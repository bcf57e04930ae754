"""How the numbers of a label file are written: with a decimal point, or with a comma."""

from dataclasses import replace

import pyarrow.compute as pc

from contract.schema import Decimal
from dataset.table.column import Column
from dataset.table.decimals import column_with_commas
from dataset.table.files.table import Table
from dataset.table.numbers import points_may_separate, read_numbers
from dataset.table.reading import Reading
from drift_worker.errors import BadLabelFileError


def number_reading(table: Table, column: Column, others: list[str], decimal: Decimal | None) -> Reading:
    """How the labels of a regression are read, where `decimal` is None by the other columns of the file.

    Raises BadLabelFileError where a comma or a point may separate thousands or stand before decimals, and
    nothing says which: a label that was taken stays.
    """
    if decimal is not None or not column.is_text:
        return Reading(decimal=decimal)
    reading = Reading(may_have_commas=table.parts[0].delimiter not in (None, ","))
    words = column.words()
    found = read_numbers(words)
    if found.certain and not (reading.may_have_commas and found.plain and points_may_separate(words)):
        return reading
    with_commas = column_with_commas(table, table.read(others), others) if others else None
    if with_commas is not None:
        return replace(reading, decimal=",", decimal_of=with_commas)
    if not found.certain and not found.plain:
        shown = words.filter(pc.match_substring_regex(words, "[.,]"))[0].as_py()
        raise BadLabelFileError(
            f"{column.where}: its numbers can be read in two ways, such as {shown!r}; "
            "--decimal , or --decimal . says what stands before their decimals"
        )
    return reading
