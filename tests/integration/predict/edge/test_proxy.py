"""predict and its reports below a path, behind a real nginx: by its header, by settings, and without it."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from contract.keys import Partition
from demo.machine.ports import HOST, free_port
from drift_worker.record.trials import save_trial, trials_folder
from drift_worker.show.quality import QualityPublisher
from drift_worker.show.top import Top
from drift_worker.show.trial.page import trial_page
from pages import page
from tests.support.browser import chromium
from tests.support.evaluations.comparison import ReportsFolder
from tests.support.evaluations.quality import quality_evaluation
from tests.support.evaluations.reports import saved, window_id
from tests.support.evaluations.trial import made_trial
from tests.support.http.links import follow
from tests.support.processes.forked import Forked
from tests.support.processes.nginx import documented, nginx
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.processes.redis import RedisServer
from tests.support.waiting import wait_for

QUALITY = quality_evaluation(Partition("churn", "0123456789ab"))
LONGEST = 30_000
"""Milliseconds that Chromium has on a busy machine."""

CHURN, REPORTS = "/ml/churn", "/ml/reports"
HEADER = {"FORWARDED_ALLOW_IPS": "127.0.0.0/8"}
SETTINGS = {"ROOT_PATH": f"{CHURN}/", "UI_ROOT_PATH": REPORTS}


@dataclass(frozen=True)
class Site:
    """Where people reach predict and the reports, and the predict behind it."""

    way: str
    predict: str
    reports: str
    running: Running

    @property
    def prefix(self) -> str:
        """The path before predict's own."""
        return urlsplit(self.predict).path.rstrip("/")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """REPORTS_DIR with a report of a window and of the quality, and a trial."""
    folder = tmp_path_factory.mktemp("reports")
    kept = ReportsFolder(folder, keep=1)
    for number in range(2):
        kept.publish(saved(kept, number))
    QualityPublisher(folder, keep=1).publish(QUALITY)
    top = Top("quality", "NO_ACTION", None, [], [], [("All reports", "../")])
    (folder / QUALITY.quality_id / "report.html").write_text(page(top.title, top.html()))
    trials_folder(folder)
    save_trial(folder, made_trial(), trial_page(made_trial()))
    return folder


@pytest.fixture(scope="module", params=["header", "settings", "none"])
def site(
    request: pytest.FixtureRequest,
    redis_server: RedisServer,
    reports: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """Both services: the proxy cuts its path off and says so, or passes it on, or isn't there."""
    way, folder, port, ui = request.param, tmp_path_factory.mktemp("site"), free_port(), free_port()
    here = f"http://{HOST}:{port}"
    public = f"http://{HOST}:{ui}" if way == "none" else f"{here}{REPORTS}"
    variables = {"header": HEADER, "settings": SETTINGS, "none": {}}[way] | {"REPORTS_URL": public}
    shown = os.environ | variables | {"REPORTS_DIR": str(reports), "UI_PORT": str(ui)}
    with ExitStack() as stack:
        pages = Forked(["ui"], shown, folder / "ui.log")
        stack.callback(pages.wait, 20)
        stack.callback(pages.terminate)
        running = stack.enter_context(
            serving(folder, redis_server.url, ACCESS_LOG="on", **EMBEDDED, **variables)
        )
        wait_for("predict to be ready", lambda: is_ready(running.url))
        wait_for("the UI to answer", lambda: answers(f"http://{HOST}:{ui}/reports/"), timeout=120)
        if way == "none":
            yield Site(way, f"{running.url}/", f"{public}/", running)
            return
        block = documented()
        if way == "settings":
            block = block.replace("http://predict/;", "http://predict;")
            block = block.replace("http://evidently-ui:8001/;", "http://evidently-ui:8001;")
        addresses = {"predict:8000": urlsplit(running.url).netloc, "evidently-ui:8001": f"{HOST}:{ui}"}
        stack.enter_context(nginx(folder, port, block, addresses))
        yield Site(way, f"{here}{CHURN}/", f"{here}{REPORTS}/", running)


def answers(url: str) -> bool:
    """Whether something does."""
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def window() -> Iterator[Page]:
    """A page of this machine's Chromium."""
    with chromium() as running:
        yield running.new_page()


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    """A client that follows redirects."""
    with httpx.Client(timeout=60, follow_redirects=True) as client:
        yield client


def test_each_link_of_each_page_leads_somewhere(site: Site, browser: httpx.Client) -> None:
    """From the root page on, through docs, reports and their JSON; and whatever can be got has a HEAD."""
    pages = follow(browser, [site.predict, site.reports, f"{site.reports}reports/"])
    reached = {str(answer.url) for answer in pages.values()}
    assert {url: answer.status_code for url, answer in pages.items() if answer.status_code != 200} == {}
    own = ("docs", "docs/swagger-ui-bundle.js", "openapi.json", "model", "ready", "metrics")
    shown = ("reports/", "reports/latest/", f"reports/{window_id(1)}/report.json")
    trial = f"reports/trials/{made_trial().name}.html"
    expected = {urljoin(site.predict, page) for page in own if page != "openapi.json"}
    quality = f"reports/{QUALITY.quality_id}/"
    expected |= {urljoin(site.reports, page) for page in (*shown[:2], quality, trial)}
    assert expected <= reached
    for address in sorted(
        expected | reached | {urljoin(site.reports, shown[2]), urljoin(site.predict, own[2])}
    ):
        assert not site.prefix or urlsplit(address).path.startswith("/ml/"), address
        head, got = browser.head(address), browser.get(address)
        assert (head.status_code, head.content) == (200, b""), address
        assert head.headers["content-type"] == got.headers["content-type"], address


def test_the_docs_page_executes_where_the_service_is(site: Site, browser: httpx.Client) -> None:
    """As Swagger UI does: the document's server, then the path, with the example."""
    docs = browser.get(urljoin(site.predict, "docs"))
    assert "url: 'openapi.json'" in docs.text
    address = urljoin(str(docs.url), "openapi.json")
    document = browser.get(address).json()
    server = urljoin(address, document.get("servers", [{"url": "/"}])[0]["url"]).rstrip("/")
    assert server == site.predict.rstrip("/")
    for path in ("/predict", "/models/churn/predict"):
        content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        answer = browser.post(f"{server}{path}", json=content["example"])
        assert answer.status_code == 200, answer.text


def test_somebody_who_clicks_execute_sees_the_answer(site: Site, window: Page) -> None:
    """In a real browser: *Try it out* with the example as it stands there."""
    window.goto(urljoin(site.predict, "docs"))
    operation = window.locator(".opblock", has=window.locator('[data-path="/predict"]'))
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table tbody tr")
    expect(answer.locator(".response-col_status")).to_have_text("200", timeout=LONGEST)
    expect(answer.locator(".response-col_description")).to_contain_text('"prediction_id"')
    assert operation.locator(".request-url pre").inner_text() == urljoin(site.predict, "predict")


def test_the_prefix_alone_leads_to_the_page(site: Site, browser: httpx.Client) -> None:
    """Without its last slash, links would be relative to what is above."""
    for address in (site.predict, site.reports):
        answer = browser.get(address.rstrip("/"))
        assert answer.status_code == 200
        assert str(answer.url).rstrip("/") == address.rstrip("/")


def test_evidentlys_pages_say_where_they_cannot_be(site: Site, browser: httpx.Client) -> None:
    """Below a path; elsewhere they are Evidently's."""
    page = browser.get(site.reports).text
    assert ("be shown below a path" in page) is bool(site.prefix)
    project = browser.get(urljoin(site.reports, "projects/some"))
    assert project.status_code == (404 if site.prefix else 200)


def test_a_request_is_counted_and_logged_by_its_own_path(
    site: Site, browser: httpx.Client, asked: dict[str, Any]
) -> None:
    """With the proxy's id, and who the client is where the proxy is trusted to say."""
    before = site.running.value("api_requests_total", route="/predict", status="200")
    answer = browser.post(
        urljoin(site.predict, "predict"), json=asked, headers={"X-Forwarded-For": "192.0.2.7"}
    )
    assert answer.status_code == 200
    assert site.running.value("api_requests_total", route="/predict", status="200") == before + 1
    given = answer.headers["X-Request-ID"]
    lines = [json.loads(line) for line in site.running.log.read_text().splitlines()]
    (line,) = [line for line in lines if line.get("request_id") == given]
    assert line["route"] == "/predict"
    assert line["client"] == (HOST if site.way != "header" else "192.0.2.7")


def test_a_prefix_is_taken_from_trusted_proxies_alone(site: Site) -> None:
    """Without FORWARDED_ALLOW_IPS anybody could say anything; what makes no sense is taken from nobody."""
    address = f"{site.running.url}/openapi.json"
    said = httpx.get(address, headers={"X-Forwarded-Prefix": "/elsewhere"}).json().get("servers")
    odd = httpx.get(address, headers={"X-Forwarded-Prefix": "//evil.example"}).json().get("servers")
    known = [{"url": CHURN}] if site.way == "settings" else None
    assert said == ([{"url": "/elsewhere"}] if site.way == "header" else known)
    assert odd == known
