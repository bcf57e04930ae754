"""An evaluation's files: whole or not there, published once, pruned by number."""

import json
from pathlib import Path

import pandas as pd
import pytest

from contract.errors import BadWindowIdError
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.files import new_file
from tests.support.evaluations.comparison import ReportsFolder
from tests.support.evaluations.reports import report, saved, window_id


def runs(folder: Path) -> dict[str, str]:
    """The runs in the workspace: name to file name."""
    files = (folder / "workspace").glob("*/snapshots/*.json")
    return {json.loads(file.read_text())["name"]: file.name for file in files}


def names(folder: Path) -> set[str]:
    """The names in a folder, hidden ones too."""
    return {entry.name for entry in folder.iterdir()}


@pytest.fixture
def reports(tmp_path: Path) -> ReportsFolder:
    """A store that keeps two reports."""
    return ReportsFolder(tmp_path, keep=2)


def test_a_window_is_saved_before_it_is_published(reports: ReportsFolder, tmp_path: Path) -> None:
    """Until the commit there is a report to look at, and no run in the workspace."""
    evaluation = saved(reports, 1)
    assert names(tmp_path / window_id(1)) == {"report.html", "report.json", "run.json", "window.parquet"}
    assert reports.unpublished() == [window_id(1)]
    assert runs(tmp_path) == {}
    reports.publish(evaluation)
    assert reports.unpublished() == []
    assert list(runs(tmp_path)) == ["window 1: NO_ACTION"]
    read_back = Evaluation.model_validate_json((tmp_path / window_id(1) / "evaluation.json").read_bytes())
    assert read_back == evaluation
    assert evaluation.reports
    assert (tmp_path / evaluation.reports.html).is_file()


def test_evaluated_and_published_again_nothing_changes(reports: ReportsFolder, tmp_path: Path) -> None:
    """A window that is run twice has one run, under the same name."""
    reports.publish(saved(reports, 1))
    before = runs(tmp_path)
    reports.publish(saved(reports, 1))
    reports.publish(saved(ReportsFolder(tmp_path, keep=2), 1))
    assert runs(tmp_path) == before
    assert names(tmp_path) == {"workspace", window_id(1)}


def test_the_oldest_reports_are_pruned_and_their_rows_stay(reports: ReportsFolder, tmp_path: Path) -> None:
    """The newest two by their windows' order stay, with their runs; every window's rows and evaluation do."""
    for number in (2, 1, 3, 0):
        reports.publish(saved(reports, number))
    shown = {number for number in range(4) if (tmp_path / window_id(number) / "report.html").is_file()}
    assert shown == {2, 3}
    assert set(runs(tmp_path)) == {"window 2: NO_ACTION", "window 3: NO_ACTION"}
    assert names(tmp_path / window_id(0)) == {"window.parquet", "evaluation.json"}
    assert pd.read_parquet(tmp_path / window_id(0) / "window.parquet")["fee"].tolist()[0] == 1.0


def test_one_model_does_not_prune_another(reports: ReportsFolder, tmp_path: Path) -> None:
    """Each model keeps its own newest reports, in a project of its own."""
    for number in (1, 2, 3):
        reports.publish(saved(reports, number, "churn"))
    reports.publish(saved(reports, 0, "other_model"))
    assert (tmp_path / window_id(0, "other_model") / "report.html").is_file()
    assert len(list((tmp_path / "workspace").iterdir())) == 2


def test_a_window_without_rows_has_no_report(reports: ReportsFolder, tmp_path: Path) -> None:
    """Its empty table is kept, and its evaluation shown."""
    assert reports.save(window_id(1), None, pd.DataFrame({"fee": []})) is None
    assert names(tmp_path / window_id(1)) == {"window.parquet"}


def test_a_file_that_is_not_finished_is_never_seen(tmp_path: Path) -> None:
    """What was there before stays, and nothing is left of the attempt."""
    path = tmp_path / "report.html"
    path.write_text("before")
    with pytest.raises(UnicodeEncodeError), new_file(path) as partial:
        partial.write_text("half, and then what UTF-8 does not have: \ud800", encoding="utf-8")
    assert (path.read_text(), names(tmp_path)) == ("before", {"report.html"})


@pytest.mark.parametrize("text", ["../../etc", "workspace", "", "churn-3f2a9c1b7d20-1-0/..", "a" * 100])
def test_no_path_leads_out_of_the_reports_folder(reports: ReportsFolder, text: str) -> None:
    """Only a window id names a folder."""
    with pytest.raises(BadWindowIdError):
        reports.folder(text)


def test_new_features_get_a_new_dashboard(reports: ReportsFolder, tmp_path: Path) -> None:
    """The dashboard follows the model's features, and leaves what people changed in it otherwise."""
    reports.publish(saved(reports, 1))
    (dashboard,) = (tmp_path / "workspace").glob("*/dashboard.json")
    changed = dashboard.read_text().replace("Drift share by window", "My title")
    dashboard.write_text(changed)
    evaluation = saved(reports, 2)
    reports.publish(evaluation)
    assert dashboard.read_text() == changed
    renamed = [each.model_copy(update={"column": "cost"}) for each in evaluation.findings]
    reports.save(window_id(3), report(3), pd.DataFrame({"fee": [1.0]}))
    reports.publish(evaluation.model_copy(update={"window_id": window_id(3), "findings": renamed}))
    titles = [panel["title"] for panel in json.loads(dashboard.read_text())["panels"]]
    assert titles[-1] == "cost"
    assert "Drift share by window" in titles
