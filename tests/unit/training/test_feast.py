"""`training feast`: the repository that it writes, and whose months are in it."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet
import pytest

from contract.schema import Feature, Label, Schema
from dataset import read_schema_yaml
from tests.support.paths import ROOT
from training.errors import TrainingError
from training.features.layout import lay_out
from training.features.month import as_of
from training.features.write import Written, write_repository

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SCHEMA = Schema(
    entity="customer",
    label=Label(name="left"),
    features=[
        Feature(name="fee", kind="numerical", nullable=True),
        Feature(name="tv", kind="boolean", nullable=True),
        Feature(name="plan", kind="categorical"),
        Feature(name='the "best" näme', kind="numerical"),
    ],
)


@pytest.fixture
def month(tmp_path: Path) -> Path:
    """Three tables, whose names are no variables of Python."""
    folder = tmp_path / "2026-10"
    folder.mkdir()
    (folder / "class.csv").write_text("customer,fee,tv\n007,1.5,yes\n8,,\n")
    (folder / "1 plan__a.csv").write_text('customer,plan,"the ""best"" näme"\n007,DSL,1\n8,Fiber,2\n')
    (folder / "labels.csv").write_text("customer,left\n007,true\n8,false\n")
    return folder


def written(month: Path, out: Path, name: str = "mine") -> Written:
    """The repository of the three tables."""
    return write_repository(SCHEMA, month, out, name, NOW)


def test_the_examples_repository_is_what_the_command_writes(tmp_path: Path) -> None:
    """To the letter, from its schema and any of its months."""
    example, data = ROOT / "features" / "churn", ROOT / "data" / "streamflow"
    schema = read_schema_yaml(data / "schema.yaml")
    assert write_repository(schema, data / "month_002", tmp_path, "churn", NOW).defined == "new"
    for name in ("definitions.py", "feature_store.yaml"):
        assert (tmp_path / name).read_text() == (example / name).read_text()


def test_a_table_is_a_view_and_the_label_is_none(month: Path, tmp_path: Path) -> None:
    """Names become variables without two underscores, which Feast puts between view and feature."""
    repository = written(month, tmp_path / "out", "my-model.1").repository
    views = {view.name: [feature.name for feature in view.features] for view in repository.views}
    assert views == {"table_1_plan_a": ["plan", 'the "best" näme'], "table_class": ["fee", "tv"]}
    assert repository.project == "my_model_1_features"
    named = SCHEMA.model_copy(update={"feature_service": "theirs"})
    assert lay_out(named, month, "mine").service == "theirs"
    compile((tmp_path / "out" / "definitions.py").read_text(), "definitions.py", "exec")
    assert 'name="my-model.1"' in (tmp_path / "out" / "definitions.py").read_text()


def test_values_keep_their_types_and_nulls(month: Path, tmp_path: Path) -> None:
    """An id is text, a missing flag is null and not false, and each row says from when it is."""
    written(month, tmp_path / "out")
    table = pyarrow.parquet.read_table(tmp_path / "out" / "data" / "table_class.parquet")
    assert table.to_pylist() == [
        {"customer": "007", "fee": 1.5, "tv": True, "as_of": pd.Timestamp(NOW)},
        {"customer": "8", "fee": None, "tv": None, "as_of": pd.Timestamp(NOW)},
    ]
    assert [str(kind) for kind in table.schema.types] == ["string", "double", "bool", "timestamp[us, tz=UTC]"]


def test_definitions_of_others_stay(month: Path, tmp_path: Path) -> None:
    """Ours are written anew, and it is said whether they are others than before."""
    out = tmp_path / "out"
    assert [written(month, out).defined for _ in range(2)] == ["new", "same"]
    assert written(month, out, "other").defined == "changed"
    (out / "definitions.py").write_text("from feast import Entity\n")
    with pytest.raises(TrainingError, match=r"definitions\.py: was not written by `training feast`"):
        written(month, out)
    assert (out / "definitions.py").read_text() == "from feast import Entity\n"


def test_without_an_entity_nothing_can_be_looked_up(month: Path) -> None:
    """The message says what was expected."""
    schema = Schema(ids="none", features=[Feature(name="fee", kind="numerical")])
    with pytest.raises(TrainingError, match=r"`ids: none`.*expected an entity in schema\.yaml"):
        lay_out(schema, month, "mine")


def test_a_column_of_the_values_time_is_told(month: Path) -> None:
    """Nothing takes its place without a word."""
    schema = Schema(entity="customer", features=[Feature(name="as_of", kind="numerical")])
    with pytest.raises(TrainingError, match=r"names a column as_of, .* rename the column"):
        lay_out(schema, month, "mine")


@pytest.mark.parametrize("name", ["Field", "entity", "Float64", "import"])
def test_a_table_may_be_called_as_what_feast_knows(name: str, month: Path, tmp_path: Path) -> None:
    """Its variable is called otherwise, so that the definitions stay what they say."""
    (month / "class.csv").rename(month / f"{name}.csv")
    written(month, tmp_path / "out")
    text = (tmp_path / "out" / "definitions.py").read_text()
    assert f"\ntable_{name} = FeatureView(" in text
    assert f"\n{name} = FeatureView(" not in text


def test_tables_of_one_name_are_told(month: Path) -> None:
    """Two views can't be called alike."""
    (month / "1 plan__a.csv").rename(month / "a b.csv")
    (month / "class.csv").rename(month / "a-b.csv")
    with pytest.raises(TrainingError, match=r"a b\.csv and a-b\.csv would both be called a_b; rename one"):
        lay_out(SCHEMA, month, "mine")


@pytest.mark.parametrize(
    ("folder", "month", "expected"),
    [
        ("month_001", "2026-02", datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)),
        ("2026-12", None, datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("month_2024-02", None, datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_values_are_of_the_end_of_their_month(folder: str, month: str | None, expected: datetime) -> None:
    """In UTC: of the month that is said, or of the one in the folder's name."""
    assert as_of(Path(folder), month) == expected


@pytest.mark.parametrize("folder", ["month_001", "2026-13", "12026-101"])
def test_values_of_no_named_month_are_of_now(folder: str) -> None:
    """A later month is newer then, and so comes in place of the one before."""
    before = datetime.now(UTC).replace(microsecond=0)
    assert before <= as_of(Path(folder), None) <= datetime.now(UTC)


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "10/2026", "2026-10-31"])
def test_a_month_that_is_none_is_told(month: str) -> None:
    """The message says how a month is written."""
    with pytest.raises(TrainingError, match=r"--as-of: expected a month, such as 2026-10, but got"):
        as_of(Path("month_001"), month)
