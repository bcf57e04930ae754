"""Requests with many rows that nobody thought of: strategies of hypothesis, from the example's schema."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import strategies as st

from tests.support.http.generated import BODY, SCHEMA, good_features


@dataclass(frozen=True)
class Batch:
    """The body of a request with many rows, and what has to become of it."""

    body: bytes
    rows: int = 0
    valid: bool = False
    bad_row: int | None = None
    """The place of the only row that is bad, where a refusal has to name it."""


NAME: Final = SCHEMA.feature_names[0]
BAD_ROWS: Final = [
    b"1",
    b"null",
    b"[]",
    b"{}",
    b'"text"',
    b'{"features": {}}',
    b'{"features": 1}',
    BODY.replace(f'"{NAME}": '.encode(), f'"{NAME}": 1, "{NAME}": '.encode()),
    BODY.replace(f'"{NAME}": '.encode(), f'"{NAME}": "x", "other": '.encode()),
    BODY.replace(f'"{NAME}": '.encode(), f'"{NAME}": {"9" * 400}, "x": '.encode()),
    BODY.replace(f'"{NAME}": '.encode(), f'"{NAME}": [[[[[[1]]]]]], "x": '.encode()),
]
BROKEN_ROWS: Final = [
    b"nul",
    b"{",
    b"",
    b"[" * 5000,
    b'{"user_id": "\\ud800", "features": {}}',
    b'{"user_id": "\xed\xa0\x80", "features": {}}',
    BODY + b" " + BODY,
    BODY.replace(b":", b"", 1),
    BODY.replace(f'"{NAME}": '.encode(), f'"{NAME}": {"9" * 5000}'.encode()),
]


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    """Valid ones, such with one bad or broken row, cut ones, mutated ones, empty ones and too long ones."""
    make: Callable[[st.DrawFn], Batch] = draw(
        st.sampled_from([_valid, _with_bad_row, _with_broken_row, _cut, _mutated, _of_wrong_length])
    )
    return make(draw)


def _together(rows: list[bytes]) -> bytes:
    return b'{"rows": [' + b", ".join(rows) + b"]}"


def _rows(draw: st.DrawFn) -> list[bytes]:
    features = draw(st.lists(good_features, min_size=1, max_size=4))
    entity: Any = draw(st.none() | st.text(min_size=1, max_size=256))
    return [json.dumps({SCHEMA.entity: entity, "features": each}).encode() for each in features]


def _valid(draw: st.DrawFn) -> Batch:
    rows = _rows(draw)
    return Batch(_together(rows), len(rows), valid=True)


def _with_bad_row(draw: st.DrawFn) -> Batch:
    rows = _rows(draw)
    place = draw(st.integers(0, len(rows)))
    rows.insert(place, draw(st.sampled_from(BAD_ROWS)))
    return Batch(_together(rows), bad_row=place)


def _with_broken_row(draw: st.DrawFn) -> Batch:
    rows = _rows(draw)
    rows.insert(draw(st.integers(0, len(rows))), draw(st.sampled_from(BROKEN_ROWS)))
    return Batch(_together(rows))


def _cut(draw: st.DrawFn) -> Batch:
    body = _together(_rows(draw))
    return Batch(body[: draw(st.integers(0, len(body) - 1))])


def _mutated(draw: st.DrawFn) -> Batch:
    """A piece of what is around the rows is replaced, so that it is valid for nobody."""
    before = draw(
        st.sampled_from([b"", b"[", b'{"rows": ', b'{"row": [', b'{"rows": [[', b"\xff", b'{"rows" ['])
    )
    after = draw(st.sampled_from([b"]}", b"]", b"}", b'], "rows": []}', b"]} {}"]))
    return Batch(before + b", ".join(_rows(draw)) + b"," + after)


def _of_wrong_length(draw: st.DrawFn) -> Batch:
    return Batch(_together([BODY] * draw(st.sampled_from([0, 1001, 1200]))))
