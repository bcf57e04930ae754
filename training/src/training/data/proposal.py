"""What `training schema` says of a proposal, and how it writes it."""

import json
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Final, TextIO

from dataset import DataError, Proposal, find_schema, schema_yaml

WIDEST_NAME: Final = 32
"""Characters for which names of columns are aligned."""


def text_of(proposal: Proposal) -> str:
    """Return the text of a schema.yaml, with the reason beside each column; raises DataError."""
    reasons = {each.name: each.why for each in proposal.columns if each.feature is not None}
    left_out = [
        f"# left out: {_one_line(each.name or '(unnamed)')}: {_one_line(each.why)}"
        for each in proposal.columns
        if each.role == "left out"
    ]
    return schema_yaml(proposal.schema, reasons) + "".join(f"{line}\n" for line in left_out)


def write_schema(out: Path, text: str) -> None:
    """Write a schema that is not there yet; raises DataError."""
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise DataError(f"{out}: cannot be written: {error.strerror}") from error


def as_json_text(proposal: Proposal) -> str:
    """Return the proposal as JSON: the schema, and what each column is taken for."""
    columns = [
        {name: value for name, value in asdict(each).items() if name != "feature" and value}
        | ({"kind": each.feature.kind} if each.feature else {})
        for each in proposal.columns
    ]
    schema = proposal.schema.model_dump(exclude_none=True)
    told = {"schema": schema, "rows": proposal.rows, "columns": columns, "notes": proposal.notes}
    return json.dumps(told, ensure_ascii=False, indent=2)


def tell_proposal(proposal: Proposal, data: Path, out: Path | None, to: TextIO) -> None:
    """Print what each column is taken for and why, what is worth a look, and the next command."""
    names = [_one_line(column.name or "(unnamed)") for column in proposal.columns]
    width = min(max(map(len, names), default=0), WIDEST_NAME)
    print(f"{data}: {proposal.rows:,} row{'s' * (proposal.rows != 1)}", file=to)
    for name, column in zip(names, proposal.columns, strict=True):
        kind = column.feature.kind if column.feature else column.role
        print(f"{name:<{width}}  {kind:<11}  {_one_line(column.why)}", file=to)
    for note in [*proposal.notes, *_marks(proposal), *_warnings(proposal)]:
        print(note, file=to)
    if out is not None:
        task = f", task {proposal.target.task}" if proposal.options.label else ""
        print(
            f"wrote {out}: {len(proposal.features)} features{task}; read it over before you use it", file=to
        )
        for line in _next(data, out):
            print(line, file=to)


def _marks(proposal: Proposal) -> list[str]:
    if not proposal.missing:
        return []
    return [f"these cells mean a missing value in every column: {', '.join(map(repr, proposal.missing))}"]


def _warnings(proposal: Proposal) -> list[str]:
    told = [
        f"{each.name}: these cells are no number: {', '.join(each.strange)}; repair them, or say what means "
        f"a missing value: --missing TEXT"
        for each in proposal.columns
        if each.strange
    ]
    told += [f"{each.name}: {each.warning}" for each in proposal.columns if each.warning]
    return [f"warning: {each}" for each in told]


def _next(data: Path, out: Path) -> list[str]:
    """Return the commands that come next, each with what it does: the demo, if there is a month to replay."""
    is_found = _is_found(data, out)
    named = "" if is_found else f" --schema {shlex.quote(str(out))}"
    build = f"uv run training build --data {shlex.quote(str(data))}{named} --out bundles/mine"
    is_first = data.stem == "month_000" and any(path.stem > data.stem for path in data.parent.glob("month_*"))
    if not (is_found and is_first):
        return [f"next: {build}"]
    demo = f"make demo DATA={shlex.quote(str(data.parent))}"
    return [
        f"next: {demo}    # trains a model, replays the later months, prints each decision",
        f"or:   {build}    # only makes the bundle, to be served",
    ]


def _is_found(data: Path, out: Path) -> bool:
    """Whether `training build` takes this schema by itself."""
    try:
        return find_schema(data).samefile(out)
    except (DataError, OSError):
        return False


def _one_line(text: str) -> str:
    """Return a text that neither a terminal nor a comment takes for more than a text."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
