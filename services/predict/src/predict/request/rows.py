"""A request with many rows: divided into its rows, each of which is read as the body of a request for one."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError, with_config
from pydantic_core import to_json
from typing_extensions import TypedDict

from contract.schema import STRICT
from predict.errors import MAX_LISTED, FieldError, Reason, RefusedError, refusal_of
from predict.request.body.read import MAX_BODY
from predict.request.parse import RequestModel, refuse_repeated_names
from predict.request.problems import refusal_of_invalid
from predict.score.answers import Answer
from predict.score.asked import Asked
from predict.turns import Slices

MAX_ROWS: Final = 1000
"""Rows of one request at most."""

MAX_ROWS_BODY: Final = 8 * MAX_BODY
"""Bytes of one request at most; a single row may have as many as the body of a request for one."""

MAX_BLANKS: Final = 1024
"""Bytes between two rows at most: a comma, and the blanks around it."""

_EXPECTED: Final = 'a JSON object {"rows": [...]}'
_DECODER: Final = json.JSONDecoder()
_SPACE: Final = rb"[ \t\r\n]*+"
_PLAIN: Final = rb'[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_LEVELS: Final = 4
"""How deep a row is nested at most; a valid one has two levels, and deeper ones are refused."""


def _nested(levels: int) -> bytes:
    inner = _PLAIN + (b"|" + _nested(levels - 1) if levels > 1 else b"")
    return rb"[\[{](?:" + inner + rb")*+[\]}]"


_BEGIN: Final = re.compile(_SPACE + rb"\{" + _SPACE + b'"rows"' + _SPACE + b":" + _SPACE + rb"\[" + _SPACE)
_END: Final = re.compile(_SPACE + rb"\}" + _SPACE + rb"\Z")
_ROW: Final = re.compile(
    rb'(?s:(%b|[^"\[\]{},\s]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"))%b([,\]])%b' % (_nested(_LEVELS), _SPACE, _SPACE)
)
"""One row and what follows it; brackets need not be pairs, for whoever reads the row sees that."""

_FOLLOWED: Final = re.compile(_SPACE + rb"[,\]]")

_ENVELOPE: Final[TypeAdapter[Any]] = TypeAdapter(
    with_config(STRICT)(TypedDict("Rows", {"rows": list[Any]}))  # type: ignore[operator]
)


async def read_rows(requests: RequestModel, body: bytes) -> list[Asked]:
    """Read a body of UTF-8 JSON with many rows, a slice at a time.

    Raises RefusedError, which names index and field of each thing that is wrong, MAX_LISTED at most.
    """
    slices = Slices()
    texts = await _divide(requests, body, slices)
    rows: list[Asked] = []
    errors: list[FieldError] = []
    for index, text in enumerate(texts):
        try:
            rows.append(requests.read(text))
        except RefusedError as error:
            refused = _in_row(requests, index, error)
            if not refused.errors:
                raise refused from None
            errors += refused.errors
        if len(errors) >= MAX_LISTED:
            break
        await slices.pause()
    if errors:
        raise refusal_of(errors)
    return rows


async def rows_json(answers: Sequence[Answer]) -> bytes:
    """The answers to the rows as the body of one answer, written a slice at a time."""
    slices, texts = Slices(), list[bytes]()
    for answer in answers:
        texts.append(to_json(answer))
        await slices.pause()
    return b'{"predictions":[' + b",".join(texts) + b"]}"


async def _divide(requests: RequestModel, body: bytes, slices: Slices) -> list[bytes]:
    """The text of each row; raises RefusedError where the body is no list of 1 to MAX_ROWS rows."""
    if not body:
        raise RefusedError(Reason.EMPTY_BODY, f"the body is empty; expected {_EXPECTED}")
    if (begin := _BEGIN.match(body)) is None:
        raise _refusal_of_whole(body)
    at, texts = begin.end(), list[bytes]()
    if body[at : at + 1] == b"]":
        raise _refusal_of_count("none")
    while True:
        if (found := _ROW.match(body, at, at + MAX_BODY + MAX_BLANKS)) is None:
            raise _refusal_of_odd_row(requests, len(texts), body[at : at + MAX_BODY] or b" ")
        if len(found[1]) > MAX_BODY:
            raise _too_large(len(texts))
        texts.append(found[1])
        at = found.end()
        if found[2] == b"]":
            break
        if len(texts) == MAX_ROWS:
            raise _refusal_of_count("more")
        await slices.pause()
    if _END.match(body, at) is None:
        raise _refusal_of_whole(body)
    return texts


def _refusal_of_count(came: str) -> RefusedError:
    detail = f"expected 1 to {MAX_ROWS} rows, but {came} came"
    if came == "more":
        detail += "; send them as several requests"
    return RefusedError(Reason.ROW_COUNT, f"rows: {detail}", [FieldError("rows", Reason.ROW_COUNT, detail)])


def _refusal_of_whole(body: bytes) -> RefusedError:
    """Say why the body is no list of rows; a long one is not read for that, since it would hold up others."""
    if len(body) <= MAX_BODY:
        try:
            _ENVELOPE.validator.validate_json(body)
            refuse_repeated_names(body)
        except ValidationError as error:
            return refusal_of_invalid(error)
        except RefusedError as error:
            return error
    detail = f"expected {_EXPECTED}, with nothing else"
    return RefusedError(Reason.WRONG_TYPE, f"body: {detail}", [FieldError("body", Reason.WRONG_TYPE, detail)])


def _refusal_of_odd_row(requests: RequestModel, index: int, rest: bytes) -> RefusedError:
    """Say what is wrong with a row that is nested deeply, does not end, or is followed by something else."""
    too_large = _too_large(index)
    text = rest.decode(errors="surrogateescape")
    try:
        end = _DECODER.raw_decode(text)[1]
    except (ValueError, RecursionError):
        refused = _refusal_of_row(requests, index, rest)
        return too_large if len(rest) == MAX_BODY and refused.reason is Reason.INVALID_JSON else refused
    row = text[:end].encode(errors="surrogateescape")
    if _FOLLOWED.match(rest, len(row)) is not None:
        return _refusal_of_row(requests, index, row)
    detail = f"the body is no valid JSON: expected a comma or ] after rows[{index}]"
    return too_large if len(rest) == MAX_BODY else RefusedError(Reason.INVALID_JSON, detail)


def _too_large(index: int) -> RefusedError:
    return RefusedError(Reason.BODY_TOO_LARGE, f"rows[{index}] is larger than {MAX_BODY} bytes")


def _refusal_of_row(requests: RequestModel, index: int, row: bytes) -> RefusedError:
    try:
        requests.read(row)
    except RefusedError as refused:
        return _in_row(requests, index, refused)
    return RefusedError(Reason.INVALID_JSON, f"rows[{index}] is not written as expected")


def _in_row(requests: RequestModel, index: int, refused: RefusedError) -> RefusedError:
    """The refusal of a row, as one of the whole: it names the row as well."""
    row = f"rows[{index}]"
    if not refused.errors:
        return RefusedError(refused.reason, f"{row} {refused.detail.removeprefix('the body ')}")
    errors = [
        replace(error, field=row if error.is_whole else f"{row}.{requests.path_of(error)}")
        for error in refused.errors
    ]
    return refusal_of(errors)
