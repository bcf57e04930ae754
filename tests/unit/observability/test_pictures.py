"""The page of pictures shows each dashboard in each situation, and is not heavy."""

import re

import pytest

from tests.support.observability.dashboards import dashboards
from tests.support.paths import ROOT

PICTURES = ROOT / "docs" / "pictures"
SITUATIONS = ["no-data", "no-drift", "quality-loss", "drift", "worker-gone", "predict-down"]
WIDTH = 1280
HEAVIEST = 150_000
"""Bytes of one picture."""

each_picture = pytest.mark.parametrize(
    "name", [f"{situation}-{file.removesuffix('.json')}" for situation in SITUATIONS for file in dashboards()]
)


@each_picture
def test_each_dashboard_is_shown_in_each_situation(name: str) -> None:
    """As wide as a small screen, and small enough to be kept."""
    picture = (PICTURES / f"{name}.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20], "big") == WIDTH
    assert len(picture) <= HEAVIEST


def test_the_page_leads_to_all_of_them() -> None:
    """And there are no others."""
    named = re.findall(r"\(([\w-]+\.png)\)", (PICTURES / "README.md").read_text())
    assert sorted(named) == sorted(path.name for path in PICTURES.glob("*.png"))
