"""Our own part of a report as HTML: well-formed, small, and with strangers' text as nothing but text."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.counts import CategoryCounts, count_numbers
from drift_worker.show.report.shares import Bar, Picture, picture_of
from drift_worker.show.report.svg import drawn, percent
from drift_worker.show.top import FIRST_REASONS, Top
from pages import page

HOSTILE = '</script><script>alert(1)</script><svg onload="alert(2)">&\'"'
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=80)
SHARES = st.floats(0, 1)
BARS = st.lists(st.builds(Bar, ANY_TEXT, SHARES, SHARES, st.booleans()), max_size=5)


def parsed(text: str) -> ET.Element:
    """The elements of a text, which has to be well-formed and fit for a file."""
    return ET.fromstring(text.encode("utf-8"))  # noqa: S314 - our own


def names(element: ET.Element) -> set[str]:
    """The names of an element and of all within."""
    return {each.tag for each in element.iter()}


def said(element: ET.Element) -> str:
    """All text of an element."""
    return "".join(element.itertext())


@given(BARS, ANY_TEXT)
def test_a_picture_is_an_image_with_a_label(bars: list[Bar], label: str) -> None:
    """Whatever the categories are called, halves of characters and control characters included."""
    element = parsed(drawn(Picture(bars), label))
    assert names(element) <= {"svg", "g", "title", "text", "rect", "path"}
    assert (element.get("role"), bool(element.get("aria-label"))) == ("img", bool(label))


@given(st.lists(st.floats(-1e150, 1e150), min_size=1, max_size=60))
def test_any_numbers_can_be_drawn(numbers: list[float]) -> None:
    """Nothing is drawn outside of the picture."""
    counted = count_numbers(np.array(numbers))
    element = parsed(drawn(picture_of(counted, counted), "x"))
    _, _, width, height = map(float, element.attrib["viewBox"].split())
    for each in element.iter("rect"):
        x, y, wide, high = (float(each.attrib[name]) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + wide <= width
        assert -0.1 <= y <= y + high <= height + 0.1


def test_a_histogram_takes_a_few_kilobytes() -> None:
    """Its bars are as high as their shares; the fullest reaches the line above."""
    rng = np.random.default_rng(1)
    picture = picture_of(count_numbers(rng.normal(size=2_000)), count_numbers(rng.normal(1, 1, size=500)))
    text = drawn(picture, "x")
    assert len(text) < 8_000
    heights = [float(each.attrib["height"]) for each in parsed(text).iter("rect")]
    assert max(heights) == 120.0


@pytest.mark.parametrize(
    ("scale", "ticks"),
    [(1, ["-2.5", "-1.5", "0", "1.5", "2.5"]), (1e149, ["-2.5e+149", "0", "2.5e+149"])],
)
def test_numbers_along_the_axis_have_room(scale: float, ticks: list[str]) -> None:
    """Long ones have fewer places."""
    counted = count_numbers(np.random.default_rng(1).normal(size=2_000) * scale)
    element = parsed(drawn(picture_of(counted, counted), "x"))
    assert [each.text for each in element.iter("text") if each.get("text-anchor")] == ticks


def test_each_bar_says_its_shares() -> None:
    """Pointers see them, and who has the page read aloud hears them."""
    picture = picture_of(CategoryCounts({"a": 1, "b": 1999}, 0), CategoryCounts({"b": 3}, 1))
    titles = [each.text for each in parsed(drawn(picture, "x")).iter("title")]
    assert titles == [
        "b: reference 100.0 %, current 75.0 %",
        "a: reference <0.1 %, current 0 %",
        "missing: reference 0 %, current 25.0 %",
    ]


@pytest.mark.parametrize(
    ("share", "shown"), [(0, "0 %"), (1, "100 %"), (0.5, "50.0 %"), (0.0004, "<0.1 %"), (0.001, "0.1 %")]
)
def test_something_is_never_shown_as_nothing(share: float, shown: str) -> None:
    """A share of one row in many is small, not 0."""
    assert said(parsed(f"<b>{percent(share)}</b>")) == shown


def test_long_labels_are_cut_to_one_line() -> None:
    """By how wide they are; the whole one is told to a pointer. An empty one has words."""
    wide, narrow = (_labels(character * 300)[0] for character in ("漢", "x"))
    assert (len(wide), len(narrow)) == (27, 53)
    assert _labels("a\n\n b") == ["a b"]
    assert _labels("") == ["(empty text)"]


def _labels(name: str) -> list[str]:
    element = parsed(drawn(Picture([Bar(name, 0.5, 0.5)]), "x"))
    return [each.text or "" for each in element.iter("text") if each.get("class") is None]


def top(**changed: object) -> Top:
    """The top of a page about a window."""
    given_parts = {
        "name": "churn window 12",
        "decision": "INVESTIGATE",
        "severity": "high",
        "reasons": ["fee: broken"],
        "facts": [("Model", "churn")],
        "links": [("All reports", "../")],
    }
    return Top(**(given_parts | changed))  # type: ignore[arg-type]


def test_the_top_says_what_was_decided_and_leads_back() -> None:
    """Decision, severity, reasons in their order, facts and links."""
    element = parsed(top(reasons=["first", "second"]).html())
    assert said(element) == "All reportschurn window 12INVESTIGATE, severity highfirstsecondModelchurn"
    assert [each.get("href") for each in element.iter("a")] == ["../"]
    assert "severity" not in said(parsed(top(severity=None).html()))


def test_many_reasons_are_folded() -> None:
    """The most important stay in sight; the others are there without a script."""
    reasons = [f"reason {each}" for each in range(FIRST_REASONS + 3)]
    (folded,) = parsed(top(reasons=reasons).html()).iter("details")
    assert said(folded) == "3 more reasons" + "".join(reasons[FIRST_REASONS:])


@given(ANY_TEXT)
def test_strangers_text_is_text(name: str) -> None:
    """In each place of the top, and in the title of a page."""
    parts = top(name=name, reasons=[name], facts=[(name, name)], links=[(name, name)])
    allowed = {"header", "nav", "a", "h1", "bdi", "div", "span", "ol", "li", "dl", "dt", "dd"}
    assert names(parsed(parts.html())) == allowed


def test_hostile_names_stay_in_their_place() -> None:
    """A name that would end a script, or begin one, is shown as it is."""
    parts = top(name=HOSTILE)
    assert parts.title == f"{HOSTILE}: INVESTIGATE"
    assert said(parsed(parts.html())).count(HOSTILE) == 1
    assert "<script" not in page(HOSTILE, parts.html())
    assert HOSTILE in said(parsed(drawn(Picture([Bar(HOSTILE, 1, 1)]), HOSTILE)))
