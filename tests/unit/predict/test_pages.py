"""The root page leads to everything that there is to see."""

from pathlib import Path

from pydantic import HttpUrl

from bundle import open_bundle
from predict.request.pages import render_root_page
from predict.score.models.bundles import open_model
from predict.settings import Settings
from sources import Edition


def test_only_what_has_an_address_is_linked(bundle_path: Path) -> None:
    """A service on its own has no dashboards."""
    bundle = open_bundle(bundle_path)
    page = render_root_page([open_model(Edition(bundle_path, None))], Settings())
    assert 'href="docs"' in page
    assert bundle.version in page
    assert "Grafana" not in page


def test_addresses_are_links(bundle_path: Path) -> None:
    """As the settings give them, and nothing in them is markup."""
    settings = Settings(grafana_url=HttpUrl('http://host:3000/?a=1&b="x"'))
    page = render_root_page([open_model(Edition(bundle_path, None))], settings)
    assert 'href="http://host:3000/?a=1&amp;b=%22x%22"' in page
