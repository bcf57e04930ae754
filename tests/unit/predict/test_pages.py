"""The root page shows what is served and decided, and leads to everything that there is to see."""

from datetime import UTC, datetime, timedelta

from pydantic import HttpUrl

from contract.versions.decided import Decided, LatestDecisions
from predict.request.pages.root import ModelCard, root_page
from predict.settings import Settings

NOTHING = LatestDecisions()
NOW = datetime(2026, 11, 29, 14, 3, 7, tzinfo=UTC)
HOUR_AGO_MS = int((NOW - timedelta(hours=1)).timestamp() * 1000)
WORSE = Decided("churn-0123456789ab-quality-1-9", HOUR_AGO_MS, "RETRAINING_TRIGGERED", "auc 0.48 < 0.83")
DRIFT = Decided("churn-0123456789ab-1-0", HOUR_AGO_MS, "NO_ACTION", "drift_share=0.06 < 0.30")


def card(
    *problems: str, limitations: tuple[str, ...] = (), decided: LatestDecisions | str = NOTHING
) -> ModelCard:
    """A model that is served, with these problems."""
    return ModelCard("churn", "0123456789ab", NOW, problems, limitations, decided)


def test_only_what_has_an_address_is_linked() -> None:
    """A service on its own has no dashboards and no reports."""
    decided = LatestDecisions(DRIFT, WORSE)
    page = root_page("predict: churn", [card(decided=decided)], Settings(), NOW)
    assert 'href="docs"' in page
    assert "version 0123456789ab" in page
    assert "Grafana" not in page
    assert WORSE.id not in page


def test_addresses_are_links() -> None:
    """As the settings give them, and nothing in them is markup."""
    settings = Settings(grafana_url=HttpUrl('http://host:3000/?a=1&b="x"'))
    assert 'href="http://host:3000/?a=1&amp;b=%22x%22"' in root_page("predict", [card()], settings, NOW)


def test_the_last_decisions_are_told_with_their_reports() -> None:
    """In words, with the reason, and when it was."""
    settings = Settings(reports_url=HttpUrl("http://host:8001"))
    page = root_page("predict", [card(decided=LatestDecisions(DRIFT, WORSE))], settings, NOW)
    assert '<span class="state NO_ACTION">NO ACTION</span>' in page
    assert '<span class="state RETRAINING_TRIGGERED">RETRAINING TRIGGERED</span>' in page
    assert "auc 0.48 &lt; 0.83" in page
    assert "29 Nov 2026, 13:03 UTC</time> (1 hour ago)" in page
    assert f'href="http://host:8001/reports/{WORSE.id}/"' in page
    failed = LatestDecisions(Decided(DRIFT.id, HOUR_AGO_MS, "failed", "it was tried 3 times"))
    assert DRIFT.id not in root_page("predict", [card(decided=failed)], settings, NOW)


def test_what_is_not_known_is_said() -> None:
    """Nothing decided yet is another thing than a Redis that can't be read."""
    nothing = root_page("predict", [card()], Settings(), NOW)
    assert "no window was evaluated yet" in nothing
    assert "no labels were judged yet" in nothing
    assert "unknown: Redis can&#x27;t be read now" in root_page(
        "predict", [card(decided="Redis can't be read now")], Settings(), NOW
    )


def test_a_model_is_ready_ready_with_limitations_or_not() -> None:
    """Each with its reasons; nothing in them is markup."""
    assert '<span class="state good">yes</span>' in root_page("predict", [card()], Settings(), NOW)
    limited = root_page("predict", [card(limitations=("<b>late</b>",))], Settings(), NOW)
    assert "yes, with limitations" in limited
    assert "&lt;b&gt;late&lt;/b&gt;" in limited
    assert '<span class="state bad">no</span>' in root_page("predict", [card("no disk")], Settings(), NOW)


def test_a_model_that_cannot_be_served_is_named_beside_the_others() -> None:
    """The first of all models answers at /predict too."""
    damaged = ModelCard("grades", None, None, ["model.onnx is missing"], [], "")
    page = root_page("predict", [card(), damaged], Settings(), NOW)
    assert "version 0123456789ab at /predict" in page
    assert "<strong>The model grades is not served</strong>: model.onnx is missing." in page
    assert 'href="models"' in page
