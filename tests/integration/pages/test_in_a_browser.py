"""Our own pages in Chromium: whoever reads them, on a phone or a wide screen, in light or dark."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from pydantic import HttpUrl

from contract.keys import Partition
from contract.versions.decided import Decided, LatestDecisions
from drift_worker.record.trials import save_trial, trials_folder
from drift_worker.show.listing.page import message_page, no_evidently_page, reports_page
from drift_worker.show.quality import QualityPublisher
from drift_worker.show.top import Top
from drift_worker.show.trial.page import trial_page
from pages import page
from predict.request.pages.root import ModelCard, root_page
from predict.settings import Settings
from tests.support.browser import chromium
from tests.support.evaluations.comparison import ReportsFolder
from tests.support.evaluations.quality import quality_evaluation
from tests.support.evaluations.reports import saved
from tests.support.evaluations.trial import made_trial

LONG = "watch_hours_30d, " * 12
NOW = datetime(2026, 11, 29, 14, 3, tzinfo=UTC)


def root() -> str:
    """predict's root page with a model in each state."""
    at = int((NOW - timedelta(minutes=9)).timestamp() * 1000)
    drift = Decided("churn-0123456789ab-1-0", at, "INVESTIGATE", f"missing: {LONG}")
    worse = Decided("churn-0123456789ab-quality-1-9", at, "RETRAINING_TRIGGERED", "auc 0.48 < 0.83 (z=31.0)")
    few = Decided("grades-0123456789ab-1-0", at, "INSUFFICIENT_DATA", "40 rows; at least 50 are needed")
    fine = Decided("amounts-0123456789ab-1-0", at, "NO_ACTION", "drift_share=0.06 < 0.30")
    cards = [
        ModelCard("churn", "0123456789ab", NOW, [], [], LatestDecisions(drift, worse)),
        ModelCard("grades", "0123456789ab", NOW, [], ["MLflow can't be reached"], LatestDecisions(few)),
        ModelCard("amounts", "0123456789ab", NOW, ["the disk is full"], [], LatestDecisions(fine)),
        ModelCard("new", "0123456789ab", NOW, [], [], "Redis can't be read now"),
        ModelCard("old", None, None, ["model.onnx is missing"], [], ""),
    ]
    return root_page("predict", cards, Settings(reports_url=HttpUrl("http://host:8001")), NOW)


def top() -> str:
    """The top of a report."""
    reasons = [f"reason {number}: {LONG}" for number in range(8)]
    facts = [("Model", "churn"), ("Rows", "1,000"), ("Window", "churn-0123456789ab-1763915092125-10")]
    shown = Top("churn window 7", "RETRAINING_TRIGGERED", "high", reasons, facts, [("All reports", "../")])
    return page(shown.title, shown.html())


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every kind of page, by its name."""
    folder = tmp_path_factory.mktemp("reports")
    reports = ReportsFolder(folder, keep=2)
    for number in range(3):
        reports.publish(saved(reports, number))
    QualityPublisher(folder, keep=2).publish(quality_evaluation(Partition("churn", "0123456789ab")))
    trials_folder(folder)
    save_trial(folder, made_trial(), trial_page(made_trial()))
    return {
        "root": root(),
        "reports": reports_page(folder),
        "no reports": reports_page(Path(folder, "none")),
        "message": message_page("There is no such window.", "churn-1 is no id of a window."),
        "no Evidently": no_evidently_page("/ml/reports/reports/"),
        "trial": trial_page(made_trial()),
        "top of a report": top(),
    }


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all pages."""
    with chromium() as running:
        yield running


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_everybody_can_read_the_pages(
    browser: Browser, shown: dict[str, str], width: int, scheme: str
) -> None:
    """axe finds nothing serious, and nothing is wider than the screen."""
    found: dict[str, object] = {}
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    try:
        tab = context.new_page()
        for name, content in shown.items():
            tab.set_content(content)
            violations = Axe().run(tab).response["violations"]
            serious = [each["id"] for each in violations if each["impact"] in ("serious", "critical")]
            wide = tab.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
            if serious or wide > 0:
                found[name] = (serious, wide)
    finally:
        context.close()
    assert found == {}
