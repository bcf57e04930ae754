"""A window's report as people see it: what was decided, what changed, then Evidently's tables."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from baseline.document import baseline_of
from contract.schema import Feature, Schema
from contract.windows import Window
from drift_worker.decide.decision import Policy
from drift_worker.detect.drift import Reference
from drift_worker.evaluate.compare import reference_of
from drift_worker.evaluate.judge import judge
from drift_worker.show.report.about import about_window
from drift_worker.show.report.page import MOST_PLOTS
from drift_worker.window.read import WindowRows
from tests.support.evaluations.comparison import ABOUT, ReadMonth
from tests.support.evaluations.reports import window_id

ROWS = 500
HOSTILE = "</script><script>alert('fee')</script>"
EVIDENTLY = '<div id="root_report">'


def reference(columns: int = 1) -> pd.DataFrame:
    """Columns of the same numbers, which have nothing to do with each other."""
    rng = np.random.default_rng(1)
    numbers = rng.normal(50, 10, ROWS)
    names = [f"{HOSTILE}{number}" for number in range(columns)]
    return pd.DataFrame({name: rng.permutation(numbers) for name in names})


def page_of(before: pd.DataFrame, now: pd.DataFrame, schema: Schema | None = None) -> str:
    """The report's page of a window of a model, against what a bundle keeps of its reference."""
    numbers = [Feature(name=name, kind="numerical", nullable=True) for name in before] if not schema else []
    times = pd.date_range("2024-02-01T01:00:00.123+01:00", periods=len(now), freq="s")
    rows = now.assign(timestamp=times)
    name = window_id(3)
    window = Window(id=name, number=12, start="0-0", first="1-0", last="2-0", rows=len(now), reason="full")
    made = reference_of(before, schema or Schema(entity="id", features=numbers))
    report = judge(made, rows, Policy(50, 0.30)).report(about_window(window, WindowRows(rows)))
    assert report is not None
    return report.html()


def own_part(page: str) -> ET.Element:
    """Our own part of a page, which is well-formed and stands before all of Evidently's."""
    (found,) = re.findall(f"<body>(.*){EVIDENTLY}", page, re.DOTALL)
    return ET.fromstring(found.strip())  # noqa: S314 - our own


def said(element: ET.Element) -> str:
    """All text of an element."""
    return " ".join(element.itertext())


def plots(page: str) -> list[str]:
    """The headings of the plots, in their order."""
    return [said(figure[0]) for figure in own_part(page).iter("figure")]


@pytest.fixture(scope="module")
def broken_page() -> str:
    """The page of a window whose only column came in another unit, and under a name that breaks pages."""
    return page_of(reference(), reference() * 1_000)


def test_the_top_says_what_was_decided_of_which_window(broken_page: str) -> None:
    """Decision, severity, the first reason, model, version, window, rows and times in UTC."""
    header = own_part(broken_page).find("header")
    assert header is not None
    text = said(header)
    for expected in (
        "churn window 12",
        "INVESTIGATE",
        "severity low",
        "far out of the reference's range",
        "3f2a9c1b7d20",
        window_id(3),
        "Rows 500",
        "First record 2024-02-01 00:00:00 UTC",
        "Last record 2024-02-01 00:08:19 UTC",
    ):
        assert expected in text


def test_the_top_says_which_period_a_window_is_of() -> None:
    """And how many of its rows came late."""
    rows = reference()[:60].assign(timestamp=pd.Timestamp("2024-02-02T00:00:01Z"))
    rows.loc[:9, "timestamp"] = pd.Timestamp("2024-02-01T23:59:00Z")
    first = f"{pd.Timestamp('2024-02-02T00:00:00Z').value // 10**6}-0"
    window = Window(
        id=window_id(3), number=1, start="0-0", first=first, last=first, rows=60, reason="full", period="1d"
    )
    facts = dict(about_window(window, WindowRows(rows)).facts)
    assert facts["Period"] == "the day that began at 2024-02-02 00:00 UTC"
    assert facts["Late"].startswith("10 of 60 records came late")
    assert facts["First record"] == "2024-02-01 23:59:00 UTC"


def test_the_page_is_called_by_model_window_and_decision(broken_page: str) -> None:
    """One title, and one viewport, so that phones show it in their own width."""
    assert re.findall("<title>(?!.*reference)(.*?)</title>", broken_page)[:1] == [
        "churn window 12: INVESTIGATE"
    ]
    assert broken_page.count('<meta name="viewport" content="width=device-width') == 1


def test_the_top_leads_back(broken_page: str) -> None:
    """By addresses relative to its own, whatever is before them; the JSON from /reports/latest/ too."""
    links = [each.get("href") for each in own_part(broken_page).iter("a")]
    assert links == ["../", f"../{window_id(3)}/report.json"]


def test_a_broken_column_has_a_plot_before_evidentlys_tables(broken_page: str) -> None:
    """Its name, what was found, both ranges, and a picture that needs no script."""
    (figure,) = own_part(broken_page).iter("figure")
    assert said(figure[0]) == f"{HOSTILE}0"
    assert said(figure[1]).startswith("100 % of the values are far out of the reference's range")
    assert "Smallest to largest: reference 2" in said(figure)
    assert len([*figure.iter("svg")]) == 1


def test_a_hostile_name_is_text_alone(broken_page: str) -> None:
    """In our own part as in Evidently's."""
    assert "<script>alert" not in broken_page


def test_without_a_change_there_is_no_plot() -> None:
    """It is said that there is none."""
    page = page_of(reference(), reference())
    assert plots(page) == []
    assert "No column drifted, and none is broken." in said(own_part(page))
    assert "NO_ACTION" in said(own_part(page))


def test_the_largest_changes_have_plots_and_the_others_are_named() -> None:
    """A page with a thousand columns stays a page."""
    before = reference(MOST_PLOTS + 3)
    page = page_of(before, before + np.linspace(10, 30, MOST_PLOTS + 3))
    assert plots(page) == [f"{HOSTILE}{number}" for number in range(MOST_PLOTS + 2, 2, -1)]
    (rest,) = [text for each in own_part(page).iter("p") if (text := said(each)).startswith("Changed too")]
    assert re.findall(r"</script>(\d+)", rest) == ["2", "1", "0"]


def test_what_cannot_be_drawn_is_said_and_costs_no_evaluation() -> None:
    """A picture is worth less than a window: here the column's values are no numbers any more."""
    before = pd.DataFrame({"fee": np.arange(ROWS, dtype=float)})
    schema = Schema(entity="id", features=[Feature(name="fee", kind="numerical")])
    judged = judge(reference_of(before, schema), before * 1_000, Policy(50, 0.30))
    spoilt = replace(judged.detection, now=pd.DataFrame({"fee": ["much"]}))
    report = replace(judged, detection=spoilt).report(ABOUT)
    assert report is not None
    (figure,) = own_part(report.html()).iter("figure")
    assert "It cannot be drawn: column 'fee' is numerical, but" in said(figure)


def test_rows_that_are_no_part_of_a_columns_reference_are_not_missing() -> None:
    """As where a change was accepted: the column's earlier rows hold no value, and count for nothing."""
    schema = Schema(entity="id", features=[Feature(name="fee", kind="numerical", nullable=True)])
    before = pd.DataFrame({"fee": [*[np.nan] * ROWS, *range(ROWS), np.nan]})
    baseline = baseline_of(before, schema, {}, since={"fee": ROWS})
    judged = judge(Reference(before, schema, baseline, outputs={}), before + ROWS, Policy(50, 0.30))
    counted, window = judged.detection.counts("fee")
    assert (counted.present, counted.missing) == (ROWS, 1)
    assert (window.present, window.missing) == (ROWS, ROWS + 1)


def test_swapped_columns_have_a_plot_each(month: ReadMonth, schema: Schema) -> None:
    """With the sentence about both; the relations that changed with them come after."""
    before, now = month(0), month(0).sample(1_000, random_state=1)
    swapped = {"skips_7d": now["rebuffer_events_7d"], "rebuffer_events_7d": now["skips_7d"]}
    page = page_of(before, now.assign(**swapped), schema)
    assert plots(page)[:2] == ["skips_7d", "rebuffer_events_7d"]
    assert said(own_part(page)).count("each has the values of the other") == 3
