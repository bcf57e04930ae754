"""`drift-worker ui`, as a process: the Evidently UI, and the reports beside it."""

import http.client
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

from contract.keys import Partition
from demo.machine.ports import HOST, free_port
from drift_worker.record.trial import Trial
from drift_worker.record.trials import save_trial, trials_folder
from drift_worker.show.listing.page import reports_page
from drift_worker.show.quality import QualityPublisher
from drift_worker.show.trial.page import trial_page
from tests.support.browser import chromium
from tests.support.evaluations.comparison import ReportsFolder
from tests.support.evaluations.quality import quality_evaluation
from tests.support.evaluations.reports import saved, window_id
from tests.support.evaluations.trial import made_trial
from tests.support.processes.forked import Forked
from tests.support.waiting import wait_for

QUALITY = quality_evaluation(Partition("churn", "0123456789ab"))


@dataclass(frozen=True)
class Ui:
    """A running UI, the reports that it shows, and where it is."""

    process: Forked
    reports: ReportsFolder
    port: int

    def get(self, path: str) -> httpx.Response:
        """What is answered to a GET."""
        return httpx.get(f"http://{HOST}:{self.port}{path}", timeout=30, follow_redirects=True)

    def answers(self) -> bool:
        """Whether it serves."""
        try:
            return self.get("/reports/").is_success
        except httpx.TransportError:
            return False


def started(reports: Path, port: int, log: Path) -> Forked:
    """A UI over the folder, which may not serve yet."""
    settings = {"REPORTS_DIR": str(reports), "UI_PORT": str(port)}
    return Forked(["ui"], os.environ | settings, log)


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    """The UI over windows 0 to 2, of which the newest two have reports."""
    folder = tmp_path_factory.mktemp("reports")
    reports = ReportsFolder(folder, keep=2)
    for number in range(3):
        reports.publish(saved(reports, number))
    (folder / "secret.html").write_text("not to be served")
    QualityPublisher(folder, keep=2).publish(QUALITY)
    (folder / QUALITY.quality_id / "report.html").write_text("<title>quality</title>")
    trials_folder(folder)
    save_trial(folder, made_trial(), trial_page(made_trial()))
    port = free_port()
    running = Ui(started(folder, port, tmp_path_factory.mktemp("ui") / "log"), reports, port)
    try:
        wait_for("the UI to answer", running.answers, timeout=120)
        yield running
    finally:
        running.process.terminate()
        running.process.wait(20)


def test_the_list_shows_each_window_and_its_decision(ui: Ui) -> None:
    """The newest window comes first; one whose report is pruned has no link."""
    page = ui.get("/reports/").text
    assert page.index(window_id(2)) < page.index(window_id(1)) < page.index(window_id(0))
    assert f'href="{window_id(2)}/"' in page
    assert f'href="{window_id(0)}/"' not in page
    assert '<span class="state NO_ACTION">NO ACTION</span>' in page


def test_the_list_leads_to_no_report_that_is_not_there(tmp_path: Path) -> None:
    """As where every window expired, or was too small to be compared."""
    reports = ReportsFolder(tmp_path, keep=1)
    reports.publish(saved(reports, 0))
    QualityPublisher(tmp_path, keep=1).publish(QUALITY)
    assert "latest/" in reports_page(tmp_path)
    assert "latest-quality/" not in reports_page(tmp_path)
    (reports.folder(window_id(0)) / "report.html").unlink()
    assert "latest" not in reports_page(tmp_path)
    assert window_id(0) in reports_page(tmp_path)


def test_the_list_is_filtered_by_model_version_and_decision(ui: Ui) -> None:
    """What was chosen stays chosen; whatever else is asked for finds nothing and is not echoed."""
    query = {"model": "churn", "version": "3f2a9c1b7d20", "decision": "NO_ACTION"}
    page = ui.get(f"/reports/?{urlencode(query)}").text
    assert window_id(2) in page
    assert QUALITY.quality_id not in page
    assert '<option value="NO_ACTION" selected>' in page
    for name in query:
        other = ui.get(f"/reports/?{urlencode({**query, name: '<script>'})}").text
        assert window_id(2) not in other
        assert "<script>" not in other


@pytest.mark.parametrize("path", ["/reports", "/reports/latest"])
def test_a_page_without_its_last_slash_leads_to_it_with_its_query(ui: Ui, path: str) -> None:
    """A filter is part of an address that somebody keeps."""
    query = "model=churn&decision=NO%20ACTION&x=%C3%A4"
    address = f"http://{HOST}:{ui.port}{path}"
    for method in ("GET", "HEAD"):
        answer = httpx.request(method, f"{address}?{query}", follow_redirects=True, timeout=30)
        assert answer.status_code == 200
        assert str(answer.url) == f"{address}/?{query}"


@pytest.mark.parametrize("path", ["/reports/latest/", "/reports/latest", f"/reports/{window_id(2)}/"])
def test_a_report_is_served_in_a_sandbox(ui: Ui, path: str) -> None:
    """The newest by its window, under both of its addresses."""
    answer = ui.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == "sandbox allow-scripts"
    assert "<title>window 2: NO_ACTION</title>" in answer.text


@pytest.mark.parametrize("page", ["latest", window_id(2), "javascript:alert(1)"])
def test_a_report_asked_for_without_its_last_slash_is_sent_there(ui: Ui, page: str) -> None:
    """Its links are relative to it; the address stays within the reports, whatever is before them."""
    answer = httpx.get(f"http://{HOST}:{ui.port}/reports/{page}", timeout=30)
    assert (answer.status_code, answer.headers["location"]) == (307, f"./{quote(page)}/")


def test_a_trial_is_linked_and_served(ui: Ui) -> None:
    """A page without scripts, and beside it the same as JSON, to which the page links."""
    name = made_trial().name
    assert f'href="trials/{name}.html"' in ui.get("/reports/").text
    page = ui.get(f"/reports/trials/{name}.html")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert f'href="{name}.json"' in page.text
    values = ui.get(f"/reports/trials/{name}.json")
    assert values.headers["content-type"].startswith("application/json")
    assert Trial.model_validate_json(values.content) == made_trial()


def test_a_reports_values_are_served_as_json(ui: Ui) -> None:
    """The JSON is beside the page."""
    answer = ui.get(f"/reports/{window_id(1)}/report.json")
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["metrics"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (f"/reports/{window_id(0)}/", "has no report any more"),
        (f"/reports/{window_id(9)}/", "has no report."),
        ("/reports/churn/", "There is no such window"),
        (f"/reports/{window_id(1)}%2F..%2Fsecret.html", ""),
        ("/reports/../secret.html", ""),
        ("/reports/%2e%2e/secret.html", ""),
        (f"/reports/{window_id(1)}/window.parquet", ""),
        ("/reports/trials/churn-fedcba987654.html", "There is no such trial"),
        ("/reports/trials/%2e%2e%2fsecret.html", ""),
    ],
)
def test_what_is_not_a_report_is_not_served(ui: Ui, path: str, said: str) -> None:
    """404, with a reason where the address was meant well; the path is sent as it stands."""
    connection = http.client.HTTPConnection(HOST, ui.port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    assert answer.status == 404
    assert said in body
    assert "not to be served" not in body


def test_the_workspace_cannot_be_changed(ui: Ui) -> None:
    """Whoever finds the port can look, and nothing else."""
    address = f"http://{HOST}:{ui.port}/api/projects"
    assert httpx.post(address, json={"name": "mine"}).status_code == 405
    assert httpx.delete(f"{address}/{project_id(ui)}").status_code == 405
    assert project_id(ui, "mine") is None
    assert project_id(ui)


def test_the_dashboard_finds_drift_share_and_scores_of_every_window(ui: Ui) -> None:
    """What a panel asks for by its metric and labels is there, a point per window, at the window's time."""
    dashboard = ui.get(f"/api/v2/dashboards/{project_id(ui)}").json()
    assert [panel["title"] for panel in dashboard["panels"]][-1] == "fee"
    for panel in dashboard["panels"]:
        answer = series(ui, panel["values"])
        (line,) = answer["series"]
        assert len(line["values"]) == 2
        assert [source["timestamp"] for source in answer["sources"]] == [
            "2024-02-01T00:01:00Z",
            "2024-02-01T00:02:00Z",
        ]


def test_a_new_model_and_its_windows_appear_without_a_restart(ui: Ui) -> None:
    """The UI watches the workspace; what is published is shown."""
    ui.reports.publish(saved(ui.reports, -2, "other_model"))
    project = wait_for("the model's project", lambda: project_id(ui, "other_model"))
    ui.reports.publish(saved(ui.reports, -1, "other_model"))

    def names() -> list[str]:
        return sorted(each["name"] for each in ui.get(f"/api/projects/{project}/snapshots").json())

    wait_for("both windows", lambda: names() == ["window -1: NO_ACTION", "window -2: NO_ACTION"])


def test_a_taken_port_is_said(ui: Ui, tmp_path: Path) -> None:
    """One message that names the setting, and exit code 2."""
    log = tmp_path / "log"
    process = started(ui.reports.folder(window_id(1)).parent, ui.port, log)
    assert process.wait(120) == 2
    said = f"can't listen on 127.0.0.1:{ui.port}: Address already in use; set UI_HOST or UI_PORT to another"
    assert log.read_text().splitlines()[-1] == f"drift-worker: {said}"


def test_it_ends_when_asked_to(tmp_path: Path) -> None:
    """SIGTERM is a normal end; before any report there is a page that says so."""
    port = free_port()
    process = started(tmp_path / "none yet", port, tmp_path / "log")
    running = Ui(process, ReportsFolder(tmp_path, keep=1), port)
    wait_for("the UI to answer", running.answers, timeout=120)
    assert "No window has a report yet." in running.get("/reports/latest/").text
    assert "No quality has a report yet." in running.get("/reports/latest-quality/").text
    process.terminate()
    assert process.wait(20) == 0


def project_id(ui: Ui, model: str = "churn") -> str | None:
    """The id of a model's project, once there is one."""
    ids = {project["name"]: str(project["id"]) for project in ui.get("/api/projects").json()}
    return ids.get(model)


def series(ui: Ui, values: list[dict[str, Any]]) -> dict[str, Any]:
    """What Evidently's dashboard asks for a panel."""
    wanted = [
        {name: value[name] for name in ("tags", "metadata", "metric", "metric_labels")} for value in values
    ]
    answer = httpx.post(
        f"http://{HOST}:{ui.port}/api/v2/snapshots/{project_id(ui)}/data_series_batch",
        json={"series_filter": wanted},
    )
    document: dict[str, Any] = json.loads(answer.text)
    return document


def test_evaluations_of_quality_are_listed_and_shown(ui: Ui) -> None:
    """Above the windows, with figure, reference and decision; other ids are no way into the folder."""
    listing = ui.get("/reports/").text
    assert f'<a href="{QUALITY.quality_id}/">' in listing
    cells = [each.partition("</div>")[0] for each in listing.partition(QUALITY.quality_id)[2].split("<div>")]
    assert "RETRAINING TRIGGERED" in cells[1]
    assert cells[3:5] == ["auc 0.48", "0.83"]
    assert "quality" in ui.get(f"/reports/{QUALITY.quality_id}/").text
    missing = ui.get(f"/reports/{QUALITY.quality_id}/report.json")
    assert missing.status_code == 404
    assert "no report any more" in missing.text
    assert ui.get("/reports/churn-0123456789ab-quality-9-9/").status_code == 404


def test_evidentlys_page_offers_nothing_that_is_refused(ui: Ui) -> None:
    """No button creates, edits or deletes; tabs without data are not there; a link leads to all reports."""
    address = f"http://{HOST}:{ui.port}"
    with chromium() as browser:
        tab = browser.new_page()
        tab.goto(f"{address}/")
        tab.get_by_role("link", name="churn").wait_for()
        assert tab.locator("main button:visible, #root [aria-pressed]:visible").count() == 0
        tab.goto(f"{address}/projects/{project_id(ui)}/reports")
        tab.get_by_role("link", name="View").first.wait_for()
        tabs = tab.get_by_role("tab").filter(visible=True).all_inner_texts()
        assert tabs == ["Dashboard", "Reports"]
        row = tab.locator("tbody tr").first
        offered = row.get_by_role("button").filter(visible=True)
        assert {each.get_attribute("aria-label") for each in offered.all()} == {
            "Copy ID",
            "select merge strategy",
        }
        tab.get_by_role("link", name="All reports").click()
        assert tab.url == f"{address}/reports/"
