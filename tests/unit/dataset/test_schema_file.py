"""Schema files as people write them."""

from pathlib import Path

import pytest

from contract.schema import DriftOptions, Feature, Label, Schema
from dataset import DataError, find_schema, read_schema_yaml, schema_yaml

SCHEMA = Schema(
    entity="id",
    label=Label(name="left", positive="Yes"),
    features=[
        Feature(name="age", kind="numerical", minimum=1.0, maximum=72.5),
        Feature(name="no", kind="boolean", nullable=True),
        Feature(name="größe: in cm", kind="categorical", categories=["yes", "no", "1"]),
    ],
)


@pytest.mark.parametrize("positive", [True, False, 1, 0, "Yes", "true", "1", "2024-01-31"])
def test_a_written_schema_is_read_back(tmp_path: Path, positive: bool | int | str) -> None:
    """Words that YAML takes for booleans, numbers or dates survive."""
    schema = SCHEMA.model_copy(update={"label": Label(name="left", positive=positive)})
    path = tmp_path / "schema.yaml"
    path.write_text(schema_yaml(schema), encoding="utf-8")

    read = read_schema_yaml(path)

    assert read == schema
    assert read.label is not None
    assert type(read.label.positive) is type(positive)


def test_a_schema_is_one_line_per_feature() -> None:
    """The text is meant to be read and edited."""
    assert schema_yaml(SCHEMA).splitlines() == [
        "entity: id",
        "label:",
        "  name: left",
        "  positive: 'Yes'",
        "features:",
        "  - {name: age, kind: numerical, minimum: 1.0, maximum: 72.5}",
        "  - {name: 'no', kind: boolean, nullable: true}",
        "  - {name: 'größe: in cm', kind: categorical, categories: ['yes', 'no', '1']}",
    ]


def test_how_columns_are_watched_is_written_and_read_back(tmp_path: Path) -> None:
    """What is the default is left out."""
    options = [
        DriftOptions(size=0.2, method="jensenshannon"),
        DriftOptions(ignore=True),
        DriftOptions(),
    ]
    features = [
        feature.model_copy(update={"drift": drift})
        for feature, drift in zip(SCHEMA.features, options, strict=True)
    ]
    schema = SCHEMA.model_copy(update={"features": features, "alert_budget": 2.0})
    path = tmp_path / "schema.yaml"
    path.write_text(schema_yaml(schema), encoding="utf-8")

    read = read_schema_yaml(path)

    assert path.read_text(encoding="utf-8").splitlines()[4:] == [
        "alert_budget: 2.0",
        "features:",
        "  - {name: age, kind: numerical, minimum: 1.0, maximum: 72.5, "
        "drift: {size: 0.2, method: jensenshannon}}",
        "  - {name: 'no', kind: boolean, nullable: true, drift: {ignore: true}}",
        "  - {name: 'größe: in cm', kind: categorical, categories: ['yes', 'no', '1']}",
    ]
    assert [feature.drift for feature in read.features] == [*options[:2], None]
    assert read.alert_budget == 2.0
    assert [feature.name for feature in read.watched] == ["age", "größe: in cm"]


def test_a_schema_of_a_bundle_is_a_schema_too(tmp_path: Path) -> None:
    """JSON is YAML."""
    path = tmp_path / "schema.json"
    path.write_text(SCHEMA.model_dump_json(indent=2), encoding="utf-8")

    assert read_schema_yaml(path) == SCHEMA


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "expected entity, label and features; `training schema` proposes a schema"),
        ("- a\n- b\n", "expected entity, label and features"),
        ("entity: id\nfeatures: [\n", ", line 3: is not YAML: "),
        ("entity: id\nfeatures: []\n", "features: List should have at least 1 item"),
        (
            "entity: id\nfeatures: [{name: age, kind: number}]\n",
            "features.0.kind: Input should be 'numerical'",
        ),
        (
            "entity: id\nfeatures: [{name: on, kind: boolean}]\n",
            "features.0.name: Input should be a valid str",
        ),
        ("entity: id\nfeatures: [{name: id, kind: boolean}]\n", "each column has one role, but id is named"),
        (
            "entity: id\ntarget: x\nfeatures: [{name: a, kind: boolean}]\n",
            "target: Extra inputs are not perm",
        ),
        (
            "entity: id\nentity: key\nfeatures: [{name: a, kind: boolean}]\n",
            "line 2: is not YAML: 'entity' is there twice",
        ),
        (
            "entity: id\nfeatures: [{name: age, kind: numerical, drift: {size: 0}}]\n",
            "features.0.drift.size: Input should be greater than 0 (feature 'age')",
        ),
        (
            "entity: id\nfeatures: [{name: age, kind: numerical, drift: {size: .inf}}]\n",
            "features.0.drift.size: Input should be a finite number (feature 'age')",
        ),
        (
            "entity: id\nfeatures: [{name: age, kind: numerical, drift: {method: psi}}]\n",
            "features.0.drift.method: Input should be 'wasserstein' or 'jensenshannon' (feature 'age')",
        ),
        (
            "entity: id\nfeatures: [{name: age, kind: numerical, drift: {sise: 1}}]\n",
            "features.0.drift.sise: Extra inputs are not permitted (feature 'age')",
        ),
        (
            "entity: id\nfeatures: [{name: age, kind: numerical, drift: 0.2}]\n",
            "features.0.drift: Input should be a valid dictionary",
        ),
        (
            "entity: id\nfeatures: [{name: plan, kind: categorical, drift: {method: wasserstein}}]\n",
            "feature 'plan' is categorical, but wasserstein compares numbers; expected jensenshannon, or no",
        ),
        (
            "entity: id\nfeatures: [{name: paid, kind: boolean, drift: {method: wasserstein}}]\n",
            "feature 'paid' is boolean, but wasserstein compares numbers",
        ),
        (
            "entity: id\nfeatures: [{name: age, kind: numerical, drift: {ignore: true}}]\n",
            "every feature has drift.ignore, so nothing would be watched; leave it out of at least one",
        ),
        (
            "entity: id\nalert_budget: 0\nfeatures: [{name: age, kind: numerical}]\n",
            "alert_budget: Input should be greater than 0",
        ),
        ("? [a]\n: b\n", "line 1: is not YAML: found unhashable key"),
        ("a: !!python/object/apply:os.system [ls]\n", "is not YAML: "),
        ("entity: id\nlabel: {positive: 2024-13-45}\n", "line 2: is not YAML: '2024-13-45' is no timestamp"),
        ("entity: !!int abc\n", "line 1: is not YAML: 'abc' is no int"),
        ("entity: !!int ''\n", "line 1: is not YAML: '' is no int"),
        ("entity: !!bool maybe\n", "line 1: is not YAML: 'maybe' is no bool"),
        ("entity: !!timestamp today\n", "line 1: is not YAML: 'today' is no timestamp"),
        ("[" * 3000, "is nested too deeply to be a schema"),
    ],
)
def test_a_bad_schema_is_refused_by_file_and_field(tmp_path: Path, content: str, expected: str) -> None:
    """The message names the file, and the field or the line."""
    path = tmp_path / "schema.yaml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(DataError) as caught:
        read_schema_yaml(path)

    assert str(caught.value).startswith(str(path))
    assert expected in str(caught.value)


def test_an_unreadable_schema_is_refused(tmp_path: Path) -> None:
    """A missing file, a folder and a file in another encoding are told apart."""
    (tmp_path / "latin.yaml").write_bytes("entity: größe".encode("latin-1"))

    with pytest.raises(DataError, match="cannot be read: No such file or directory"):
        read_schema_yaml(tmp_path / "schema.yaml")
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        read_schema_yaml(tmp_path)
    with pytest.raises(DataError, match="is not UTF-8"):
        read_schema_yaml(tmp_path / "latin.yaml")


def test_a_schema_is_found_in_the_data_folder_or_above_it(tmp_path: Path) -> None:
    """The folder's own schema goes before the one that months share."""
    month = tmp_path / "month_000"
    month.mkdir()
    table = month / "rows.csv"
    table.write_text("a,b\n")
    with pytest.raises(DataError, match="name one with --schema, or have one proposed: training schema"):
        find_schema(month)

    (tmp_path / "schema.yaml").write_text("")
    assert find_schema(month) == tmp_path / "schema.yaml"

    (month / "schema.yaml").write_text("")
    assert find_schema(month) == month / "schema.yaml"
    assert find_schema(table) == month / "schema.yaml"
