"""`drift-worker compare`: two data sets, no stack."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from bundle import ReferenceOrigin, write_bundle
from contract.schema import Label
from dataset import schema_yaml
from drift_worker.evaluate.compare import target_drift
from tests.support.data.models import NUMBERS, matrix_model, parts
from tests.support.evaluations.compare import DAYS, Command


def test_it_prints_every_feature_and_the_decision(
    command: Command, months_path: Path, tmp_path: Path
) -> None:
    """A row per feature with method, score and threshold, then the known line; the report is written."""
    code, out, err = command.run(months_path / "month_000", months_path / "month_001", tmp_path, *DAYS)
    html = tmp_path / "drift_2024-01-31_vs_2024-02-29.html"
    assert code == 0
    assert "ticket_avg_resolution_hrs_90d" in out
    assert out.splitlines()[-1].startswith(
        f"[Evidently] report_html={html} report_json={html.with_suffix('.json')} "
        "drift_share=0.07 -> NO_ACTION drift_share=0.07 < 0.30 (target_drift=0."
    )
    assert "reference: not in the schema and ignored:" in err
    assert html.read_text().endswith("</html>\n")
    assert {path.name for path in tmp_path.iterdir()} == {html.name, html.with_suffix(".json").name}


def test_the_page_names_both_data_sets_and_the_decision(
    command: Command, months_path: Path, bundle_path: Path, tmp_path: Path
) -> None:
    """Its top is that of a window's report, without a window, and without a way back."""
    command.run(months_path / "month_000", months_path / "month_002", tmp_path, "--bundle", str(bundle_path))
    page = (tmp_path / "drift_month_000_vs_month_002.html").read_text()
    assert "<title>month_000 vs month_002: RETRAINING_TRIGGERED</title>" in page
    (header,) = re.findall(r"<header>.*</header>", page)
    assert re.findall(r"<dt>(\w+)</dt><dd><bdi>([^<]+)</bdi></dd>", header)[:3] == [
        ("Reference", "month_000, 7,043 rows"),
        ("Current", "month_002, 7,043 rows"),
        ("Model", "churn"),
    ]
    assert ">RETRAINING_TRIGGERED</span>, severity low" in header
    assert "href" not in header
    assert re.findall("<h3><bdi>(.*?)</bdi></h3>", page)[0] == "rebuffer_events_7d"


def test_json_has_full_precision(command: Command, months_path: Path, tmp_path: Path) -> None:
    """One document, with the findings of all 14 features in the schema's order."""
    document = command.document(months_path / "month_000", months_path / "month_002", tmp_path)
    assert document["decision"] == "RETRAINING_TRIGGERED"
    assert (document["severity"], document["causes"]) == ("low", ["drift"])
    assert len(document["findings"]) == 14
    assert {"kind", "column", "method", "score", "threshold", "drifted"} <= set(document["findings"][0])
    drifted = [finding for finding in document["findings"] if finding["drifted"]]
    assert document["drift_share"] == len(drifted) / 14 >= 6 / 14
    assert document["reports"] == {
        "html": str(tmp_path / "drift_month_000_vs_month_002.html"),
        "json": str(tmp_path / "drift_month_000_vs_month_002.json"),
    }


def test_a_bundle_adds_the_models_output(
    command: Command, months_path: Path, bundle_path: Path, tmp_path: Path
) -> None:
    """The drift of the predictions is a finding; the drift share is still that of the features."""
    document = command.document(
        months_path / "month_000", months_path / "month_001", tmp_path, "--bundle", str(bundle_path)
    )
    (output,) = [each for each in document["findings"] if each["kind"] == "prediction_drift"]
    assert output["column"] == "score"
    assert document["drift_share"] == 1 / 14


def test_without_labels_there_is_no_target_drift(command: Command, months_path: Path, tmp_path: Path) -> None:
    """Absent is null, and n/a in the line; missing values and unseen categories are data."""
    unlabelled = tmp_path / "month"
    shutil.copytree(months_path / "month_001", unlabelled)
    (unlabelled / "labels.parquet").unlink()
    table = pd.read_parquet(unlabelled / "subscriptions.parquet").assign(
        monthly_fee=None, net_service="satellite"
    )
    table.astype({"monthly_fee": "float64"}).to_parquet(unlabelled / "subscriptions.parquet")
    document = command.document(months_path / "month_000", unlabelled, tmp_path / "reports")
    assert document["target_drift"] is None
    assert {each["method"] for each in document["findings"] if each["kind"] == "data_quality"} == {
        "missing",
        "constant",
        "never seen",
    }


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            ("--as-of", "2024-02-30", "2024-03-01"),
            "--as-of: '2024-02-30' is no day; expected one like 2024-01-31",
        ),
        (("--schema", "nowhere.yaml"), "nowhere.yaml: cannot be read: No such file or directory"),
        (("--bundle", "nowhere"), "nowhere: there is no such folder"),
        (("--reports", "README.md"), "README.md: the report cannot be written there: File exists"),
    ],
)
def test_bad_options_are_one_message(
    command: Command, months_path: Path, tmp_path: Path, more: tuple[str, ...], said: str
) -> None:
    """Exit code 2, one message on stderr that says what was expected, and nothing written."""
    code, out, err = command.run(months_path / "month_000", months_path / "month_001", tmp_path, *more)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith(f"drift-worker: {said}")
    assert list(tmp_path.iterdir()) == []


def test_other_data_by_the_examples_schema_is_explained(command: Command, tmp_path: Path) -> None:
    """A column that is missing is named, and so is the option for another schema."""
    table = tmp_path / "table.csv"
    table.write_text("user_id,colour\n1,red\n")
    code, _, err = command.run(table, table, tmp_path / "reports")
    assert code == 2
    assert "column 'months_active' is missing" in err
    assert err.rstrip().endswith("(read by data/streamflow/schema.yaml; --schema names another)")
    assert not (tmp_path / "reports").exists()


def test_a_single_table_and_its_schema_will_do(command: Command, tmp_path: Path) -> None:
    """A CSV file is a data set; its reports are called by the files' names."""
    (tmp_path / "schema.yaml").write_text("entity: id\nfeatures:\n  - {name: fee, kind: numerical}\n")
    for name in ("before", "after"):
        rows = "\n".join(f"{number},{number * len(name)}" for number in range(300))
        (tmp_path / f"{name}.csv").write_text(f"id,fee\n{rows}\n")
    document = command.document(
        tmp_path / "before.csv",
        tmp_path / "after.csv",
        tmp_path / "reports",
        "--schema",
        str(tmp_path / "schema.yaml"),
    )
    assert (document["rows"], document["findings"][0]["method"]) == (300, "Wasserstein distance (normed)")
    assert (tmp_path / "reports" / "drift_before_vs_after.html").is_file()


def test_target_drift_is_the_difference_of_positive_rates() -> None:
    """Absolute, of the label's positive value, and absent where a side has no labels."""
    label = Label(name="left", positive="yes")
    before, now = (pd.DataFrame({"left": cells}) for cells in (["yes", "no"], ["no", "no"]))
    assert target_drift(before, now, label) == 0.5
    assert target_drift(now, before, label) == 0.5
    assert target_drift(before, pd.DataFrame({"fee": [1.0]}), label) is None
    assert target_drift(before, now, None) is None


@pytest.mark.parametrize(
    ("now", "drift"), [([None, None], None), (["no", None, None], 0.5), (["yes", "no", None], 0.0)]
)
def test_target_drift_is_that_of_the_known_labels(now: list[str | None], drift: float | None) -> None:
    """A missing label is no negative one; without any there is no target drift."""
    label = Label(name="left", positive="yes")
    before, after = (pd.DataFrame({"left": pd.Categorical(cells)}) for cells in (["yes", "no"], now))
    assert target_drift(before, after, label) == drift
    assert target_drift(after, before, label) == drift


@pytest.fixture
def odd_names(tmp_path: Path) -> Path:
    """A folder with two data sets whose columns look like markup and emojis, and their schema."""
    (tmp_path / "schema.yaml").write_text(
        "entity: id\nfeatures:\n"
        "  - {name: 'speed [km/h]', kind: numerical}\n"
        "  - {name: 'price [/h]', kind: numerical}\n"
        "  - {name: ':smile:', kind: numerical}\n"
    )
    rows = "".join(f"{number},{number % 7},{number % 9},{number % 11}\n" for number in range(300))
    for name in ("before", "after"):
        (tmp_path / f"{name}.csv").write_text(f"id,speed [km/h],price [/h],:smile:\n{rows}")
    return tmp_path


def test_names_are_printed_as_they_are(command: Command, odd_names: Path) -> None:
    """A column may be called by a unit in brackets, or by colons; a row of the table is one line."""
    reports = odd_names / "[/reports]"
    code, out, _ = command.run(
        odd_names / "before.csv",
        odd_names / "after.csv",
        reports,
        "--schema",
        str(odd_names / "schema.yaml"),
    )
    assert code == 0
    assert [line.partition("  ")[0].strip() for line in out.splitlines()[1:4]] == [
        "speed [km/h]",
        "price [/h]",
        ":smile:",
    ]
    assert str(reports / "drift_before_vs_after.html") in out.splitlines()[-1]


@pytest.mark.parametrize("kind", ["html", "json"])
def test_a_report_is_written_whole_or_not_at_all(
    command: Command, months_path: Path, tmp_path: Path, kind: str
) -> None:
    """Where one of its files cannot be, the other isn't either."""
    taken = tmp_path / f"drift_month_000_vs_month_001.{kind}"
    taken.mkdir()
    code, _, err = command.run(months_path / "month_000", months_path / "month_001", tmp_path)
    assert (code, list(tmp_path.iterdir())) == (2, [taken])
    assert "the report cannot be written there: Is a directory" in err


def test_rows_that_the_model_cannot_score_are_left_out(command: Command, tmp_path: Path) -> None:
    """A null where the model needs a number is data; the finding says how many rows have no score."""
    (tmp_path / "schema.yaml").write_text(schema_yaml(NUMBERS))
    for name, age in (("before", "0.5"), ("after", "")):
        rows = "".join(f"{row},{age if row < 30 else row % 5},true\n" for row in range(300))
        (tmp_path / f"{name}.csv").write_text(f"id,age,paperless\n{rows}")
    reference = pd.read_csv(tmp_path / "before.csv").astype({"id": str}).assign(score=0.5).to_parquet()
    origin = ReferenceOrigin(rows=300, scores="training")
    made = parts(model=matrix_model(), schema=NUMBERS, reference=reference, origin=origin)
    bundle = write_bundle(tmp_path / "bundle", made)
    document = command.document(
        tmp_path / "before.csv", tmp_path / "after.csv", tmp_path / "reports", "--bundle", str(bundle.path)
    )
    (output,) = [each for each in document["findings"] if each["kind"] == "prediction_drift"]
    assert output["score"] is not None
    assert output["detail"].endswith("; the model has no answer for 30 of 300 current rows")
    assert "rows that the model may have been trained on" in output["detail"]
