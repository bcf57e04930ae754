"""`training schema` proposes a schema that `training build` takes."""

import shlex
from pathlib import Path

from tests.support.data.training import Training

CSV = "id,age,note,left\n" + "".join(f"k{row},{row % 7},text {row},{row % 3 == 0}\n" for row in range(60))
PROPOSED = """\
entity: id
label:
  name: left
  positive: true
features:
  - {name: age, kind: numerical}  # 0 to 6
# left out: note: has 60 different texts in 60 rows, as an id or free text has
"""


def test_the_proposal_is_printed(training: Training, tmp_path: Path) -> None:
    """The schema goes to stdout, and what each column is taken for to stderr."""
    (tmp_path / "rows.csv").write_text(CSV)

    answer = training("schema", tmp_path, "--entity", "id", "--label", "left")

    assert (answer.code, answer.out) == (0, PROPOSED)
    told = [line.split(maxsplit=1) for line in answer.err.splitlines()]
    assert told[0] == [f"{tmp_path}:", "60 rows"]
    assert [(name, why.split(maxsplit=1)[0]) for name, why in told[1:]] == [
        ("id", "entity"),
        ("age", "numerical"),
        ("note", "left"),
        ("left", "label"),
    ]


def test_the_proposal_is_told_as_json(training: Training, tmp_path: Path) -> None:
    """The schema, and each column with its kind or the reason why it is none."""
    (tmp_path / "rows.csv").write_text(CSV.replace("k7,0,", "k7,year,"))

    told = training("schema", tmp_path, "--entity", "id", "--label", "left", "--json").json

    assert told["schema"]["features"][0]["name"] == "age"
    age = told["columns"][1]
    assert (age["kind"], age["strange"]) == ("numerical", ["row 8 'year'"])
    assert told["columns"][2]["why"].startswith("has 60 different texts")


def test_the_next_command_is_said(training: Training, tmp_path: Path) -> None:
    """By `split`, by `schema` and by `build`, each ready to be typed."""
    (tmp_path / "rows.csv").write_text(CSV)
    months = tmp_path / "months"

    split = training("split", tmp_path / "rows.csv", "--fraction", "0.8", "--out", months)
    assert split.out.splitlines() == [
        f"wrote {months}/month_000.csv: 48 rows",
        f"wrote {months}/month_001.csv: 12 rows",
        f"next: uv run training schema {months}/month_000.csv --label COLUMN --out {months}/schema.yaml",
    ]
    arguments = ("--entity", "id", "--label", "left", "--out", months / "schema.yaml")
    schema = training("schema", months / "month_000.csv", *arguments)
    demo, build = schema.out.splitlines()[-2:]
    assert demo == (
        f"next: make demo DATA={months}    # trains a model, replays the later months, prints each decision"
    )
    command = shlex.split(build.removeprefix("or:   uv run training "), comments=True)
    assert command[:3] == ["build", "--data", f"{months}/month_000.csv"]
    built = training(*command[:-1], tmp_path / "mine")
    assert built.out.splitlines()[-1].startswith(f"next: BUNDLE={tmp_path}/mine make up")


def test_the_proposal_is_written_once(training: Training, tmp_path: Path) -> None:
    """A schema that someone may have edited is not overwritten."""
    (tmp_path / "rows.csv").write_text(CSV)
    arguments = ("schema", tmp_path, "--entity", "id", "--label", "left", "--out", tmp_path / "schema.yaml")

    assert training(*arguments).code == 0
    assert (tmp_path / "schema.yaml").read_text() == PROPOSED

    answer = training(*arguments)
    assert answer.code == 2
    assert answer.err.endswith("schema.yaml: cannot be written: File exists\n")


def test_bad_data_are_one_message(training: Training, tmp_path: Path) -> None:
    """A mistyped column ends with exit code 2, and nothing on stdout."""
    (tmp_path / "rows.csv").write_text(CSV)

    answer = training("schema", tmp_path / "rows.csv", "--entity", "key")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        f"error: {tmp_path / 'rows.csv'}: column 'key' is missing; rows.csv has id, age, note, left\n"
    )


def test_a_mistyped_option_is_exit_code_2(training: Training) -> None:
    """As for bad data."""
    assert training("schema", "--entity").code == 2
    assert training("build", "--data", "x").code == 2
