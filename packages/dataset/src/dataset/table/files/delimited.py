"""Files of text with a row a line: CSV and its relatives, plain or compressed."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv

from dataset.errors import DataError

DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}

BLOCK: Final = 64 * 1024 * 1024
"""Bytes that are parsed at once; a row may not be longer."""

_PIECE: Final = 4 * 1024 * 1024
_SAMPLE: Final = 256 * 1024
_SAMPLED_ROWS: Final = 20
_BOM: Final = b"\xef\xbb\xbf"
_LONGEST_SHOWN: Final = 40
_TELLS_SEPARATOR: Final = re.compile('"?sep=([,;|\t])"?\r?\n')
"""A first line by which spreadsheets say what separates cells."""

_DECIMAL_COMMA: Final = re.compile(r"[-+\u2212]?(\d{1,3}([. ]\d{3})+|\d*),\d+")


def read_header(path: Path) -> tuple[list[str], str]:
    """Return the names in a file's first line, as they are written, and what separates them.

    Raises DataError where there is no header, or where it can't be read.
    """
    sample = _sample(path)
    if not sample.partition("\n")[0].strip():
        problem = "the first line is blank" if sample.strip() else "is empty"
        raise DataError(f"{path}: {problem}; expected a header and rows")
    told = _TELLS_SEPARATOR.match(sample)
    sample = sample[told.end() :] if told else sample
    delimiter = told[1] if told else _delimiter(sample)
    rows = _rows(sample, delimiter)
    if told is None and len(rows[0]) == 1 and (above := _lines_above(sample)):
        raise DataError(
            f"{path}: the first line, {rows[0][0][:_LONGEST_SHOWN]!r}, is no header, for the rows below have "
            f"more cells; remove the {above} line{'s' * (above != 1)} above the header"
        )
    try:
        return next(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)), delimiter
    except csv.Error as error:
        raise DataError(f"{path}: the header cannot be read: {error}") from error


def _lines_above(sample: str) -> int:
    """Return how many rows have one cell before those from which on all have the same number of several."""
    for mark in DELIMITERS:
        rows = _rows(sample, mark)
        widths = [len(row) for row in rows]
        above = next((place for place, width in enumerate(widths) if width > 1), 0)
        if above and len({*widths[above:]}) == 1:
            return sample[: sample.index(rows[above][0])].count("\n")
    return 0


def read_delimited(path: Path, columns: Sequence[str], delimiter: str) -> Any:
    """Return columns, by their names as they are written, as a pyarrow.Table of text.

    An empty cell is null. Raises DataError with the row, if it is known.
    """
    check_text(path, delimiter)
    skipped = int(_TELLS_SEPARATOR.match(_sample(path)) is not None)
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            reader = pyarrow.csv.open_csv(
                stream,
                read_options=pyarrow.csv.ReadOptions(
                    use_threads=False,  # errors name the row
                    block_size=BLOCK,
                    skip_rows=skipped,
                ),
                parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types={name: pa.string() for name in columns},
                    include_columns=list(columns),
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
            return pa.Table.from_batches(list(reader), reader.schema)
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"{path}: {_problem(str(error), 1 + skipped)}") from error


def check_text(path: Path, delimiter: str) -> None:
    """Raise DataError where a file is no UTF-8, or leaves a quotation open; it is read once for that."""
    decoder, quotes, rows, line, header = codecs.getincrementaldecoder("utf-8")(), 0, 0, b"", b""
    for piece in chain(_pieces(path), [b""]):
        try:
            decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            before = line + piece[: max(error.start - len(decoder.getstate()[0]), 0)]
            where = _place(before, rows, header or line + piece, delimiter)
            raise DataError(f"{path}: {where}: is not UTF-8; save the file as UTF-8") from error
        quotes += piece.count(b'"')
        ended = piece.count(b"\n")
        if ended:
            header = header or (line + piece).partition(b"\n")[0]
            line, rows = piece[piece.rfind(b"\n") + 1 :], rows + ended
        else:
            line += piece
    if quotes % 2:
        raise DataError(f"{path}: holds an odd number of quotation marks, so one is never closed")


def _pieces(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file without a byte order mark; raises DataError where it can't be read."""
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            piece = stream.read(_PIECE).removeprefix(_BOM)
            while piece:
                yield piece
                piece = stream.read(_PIECE)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error


def _sample(path: Path) -> str:
    """Return the beginning of a file as text, up to the end of a line."""
    content = next(_pieces(path), b"")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DataError(f"{path}: is UTF-16; save the file as UTF-8, such as a spreadsheet's CSV UTF-8")
    if b"\0" in content[:_SAMPLE]:
        raise DataError(f"{path}: is no text, but binary; expected a CSV or a Parquet file")
    piece = content[:_SAMPLE]
    if len(content) > len(piece) and b"\n" in piece:
        piece = piece[: piece.rfind(b"\n")]
    try:
        return piece.decode()
    except UnicodeDecodeError as error:
        header = piece.partition(b"\n")[0]
        where = _place(piece[: error.start], 0, header, ",")
        raise DataError(f"{path}: {where}: is not UTF-8; save the file as UTF-8") from error


def _place(before: bytes, rows: int, header: bytes, delimiter: str) -> str:
    """Return the row and column that follow `rows` ended lines and these bytes; row 1 is below the header."""
    row = rows + before.count(b"\n")
    if row == 0:
        return "the header"
    fields = before[before.rfind(b"\n") + 1 :].count(delimiter.encode())
    names = header.partition(b"\n")[0].decode(errors="replace").strip().split(delimiter)
    return f"column {names[fields]}, row {row}" if fields < len(names) else f"row {row}"


def _delimiter(sample: str) -> str:
    """Return what separates a file's cells: the mark that gives every sampled row the most cells.

    A comma is kept where it gives the same number in each row, and another mark does not separate its first
    name as well, or leave commas only within numbers.
    """
    first = _rows(sample, ",")[0]
    widths = {mark: _width(sample, mark) for mark in DELIMITERS}
    best = max((mark for mark in DELIMITERS if mark != ","), key=lambda mark: widths[mark])
    if widths[best] == 1 or widths[best] < widths[","]:
        return ","
    if widths[","] == 1 or _commas_are_decimal(sample, best):
        return best
    return best if widths[best] > widths[","] and best in first[0] else ","


def _commas_are_decimal(sample: str, delimiter: str) -> bool:
    """Whether commas stand in the rows' cells, but only in numbers, if this mark separates them."""
    cells = [cell for row in _rows(sample, delimiter)[1:] for cell in row if "," in cell]
    return bool(cells) and all(_DECIMAL_COMMA.fullmatch(cell.strip()) for cell in cells)


def _rows(sample: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) > _SAMPLED_ROWS:
                break
    except csv.Error:
        pass  # the parser that reads the file says what is wrong
    return rows or [[""]]


def _width(sample: str, delimiter: str) -> int:
    """Return the number of cells in each row; 1 where rows differ, for then the mark separates nothing."""
    widths = {len(row) for row in _rows(sample, delimiter)}
    return widths.pop() if len(widths) == 1 else 1


def _problem(message: str, above: int) -> str:
    """Return the parser's message without the row's content; the lines above the first row don't count."""
    match = re.search(r"Row #(\d+): (Expected \d+ columns, got \d+)", message)
    if "Empty CSV file" in message:
        return "has no rows"
    if match is not None:
        return f"row {int(match[1]) - above}: {match[2][0].lower()}{match[2][1:]}"
    if "straddl" in message:
        return f"a row is longer than {BLOCK:,} bytes, or a quotation mark is never closed"
    return message.partition("\n")[0]
