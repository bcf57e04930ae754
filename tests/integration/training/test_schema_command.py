"""`training schema` proposes a schema that `training build` takes."""

from pathlib import Path

from tests.support.data.training import Training

CSV = "id,age,note,left\n" + "".join(f"k{row},{row % 7},text {row},{row % 3 == 0}\n" for row in range(60))
PROPOSED = """\
entity: id
label:
  name: left
  positive: true
features:
  - {name: age, kind: numerical}
"""


def test_the_proposal_is_printed(training: Training, tmp_path: Path) -> None:
    """The schema goes to stdout, and what is left out to stderr."""
    (tmp_path / "rows.csv").write_text(CSV)

    answer = training("schema", tmp_path, "--entity", "id", "--label", "left")

    assert (answer.code, answer.out) == (0, PROPOSED)
    assert answer.err == "left out: rows.csv: note: has 60 different texts, as an id or free text has\n"


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
