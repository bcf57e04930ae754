"""What is to be told apart at a glance has colours, lines and marks of its own."""

import colorsys
import math
from itertools import combinations

import pytest

from tests.support.observability.dashboards import Json, columns, dashboards, panels
from tests.support.observability.metric_table import label_values

BURN_LINES = [None, 1, 6, 14.4]
"""From where on a rate at which a budget burns matters: the base, and a step for each pair of time ranges."""


HUES = {"2": [(90, 150)], "4": [(15, 65), (200, 240)], "5": [(340, 360), (0, 15)]}
"""Degrees of the hues of a class of statuses: green; yellow, orange and blue; red."""

APART = 0.12
"""The distance of two shades, of 1.7 between black and white, from which they are told apart."""


def test_changes_of_the_decision_are_marked_on_the_model_dashboard_alone() -> None:
    """A mark is where a decision stands that did not stand before; the same one again is none."""
    marks = {
        name: [mark for mark in dashboard["annotations"]["list"] if "expr" in mark]
        for name, dashboard in dashboards().items()
    }
    assert [name for name, each in marks.items() if each] == ["model.json"]
    shown = marks["model.json"]
    assert len({mark["iconColor"] for mark in shown}) == len(shown) == 3
    for mark in shown:
        now, before = mark["expr"].split(" unless ")
        assert before.replace(" offset $__interval", "") == now
        assert mark["titleFormat"] == "{{action}}"
        assert not mark["useValueForTime"]


def test_each_decision_has_a_colour_of_its_own() -> None:
    """Where decisions are shown by name, each is told apart by its colour; labels lead to two of them."""
    actions = label_values()["drift_decisions_total", "action"]
    shown = [
        colours
        for panel in panels(dashboards()["model.json"])
        if (colours := _colours(panel)).keys() & actions
    ]
    by_labels = {"NO_ACTION", "RETRAINING_TRIGGERED"}
    assert sorted(map(len, shown)) == [len(by_labels), len(actions), len(actions)]
    for colours in shown:
        assert colours.keys() in (actions, by_labels)
        assert colours.items() <= shown[0].items()
        assert len(set(colours.values())) == len(colours)


def _colours(panel: Json) -> dict[str, str]:
    """The colour of each text that a panel or one of its columns shows for a value."""
    defaults = panel["fieldConfig"]["defaults"]["mappings"]
    mappings = [*defaults, *(each for one in columns(panel).values() for each in one.get("mappings", []))]
    return {
        shown["text"]: shown["color"]
        for mapping in mappings
        if mapping["type"] == "value"
        for shown in mapping["options"].values()
        if "color" in shown
    }


@pytest.mark.parametrize("name", ["service.json", "model.json"])
def test_errors_of_the_service_are_at_the_bottom_in_red(name: str) -> None:
    """They are the first of the stack; an eye tells the shade of each status from the others."""
    (panel,) = (each for each in panels(dashboards()[name]) if "per second by status" in each["title"])
    first, rest = (target["expr"] for target in panel["targets"])
    assert 'status=~"5.."' in first
    assert 'status!~"5.."' in rest
    assert panel["fieldConfig"]["defaults"]["custom"]["stacking"]["mode"] == "normal"
    shades = {
        status: properties["color"]["fixedColor"]
        for status, properties in columns(panel).items()
        if status.isdigit()
    }
    assert {"200", "202", "400", "404", "422", "500", "503"} <= shades.keys()
    for status, shade in shades.items():
        hue, _, _ = colorsys.rgb_to_hls(*_rgb(shade))
        assert any(low <= hue * 360 < high for low, high in HUES[status[0]]), (status, shade)
    for (one, shade), (other, beside) in combinations(shades.items(), 2):
        assert math.dist(_rgb(shade), _rgb(beside)) > APART, (one, other)


def _rgb(shade: str) -> tuple[float, float, float]:
    """The parts of #rrggbb, from 0 to 1."""
    red, green, blue = (int(shade[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def test_burn_rates_are_shown_with_the_lines_of_their_alerts() -> None:
    """Of both objectives, over the four time ranges, and only where there are enough requests to tell."""
    shown = [
        panel
        for panel in panels(dashboards()["service.json"])
        if panel["title"].startswith("How fast the budget")
    ]
    assert len(shown) == 2
    for panel in shown:
        assert [target["legendFormat"] for target in panel["targets"]] == ["5 min", "1 h", "30 min", "6 h"]
        steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert [step["value"] for step in steps] == BURN_LINES
        assert panel["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"]["mode"] == "dashed"
        assert all("service:traffic:minimum_requests" in target["expr"] for target in panel["targets"])
        colours = [
            columns(panel)[target["legendFormat"]]["color"]["fixedColor"] for target in panel["targets"]
        ]
        assert len(set(colours)) == len(colours)
        assert not set(colours) & {step["color"] for step in steps}


@pytest.mark.parametrize(
    ("name", "ids"), [("model.json", {10, 12, 16}), ("quality.json", {8})], ids=["drift", "quality"]
)
def test_what_may_be_bad_is_drawn_neither_in_green_nor_in_red(name: str, ids: set[int]) -> None:
    """Green would say that all is well, and red is the threshold's: the lines themselves judge nothing."""
    shown = [panel for panel in panels(dashboards()[name]) if panel["id"] in ids]
    assert len(shown) == len(ids)
    for panel in shown:
        lines = [
            each["color"]
            for which, each in columns(panel).items()
            if "color" in each and not which.startswith("/^threshold")
        ]
        if panel["fieldConfig"]["defaults"]["color"]["mode"] != "palette-classic":
            lines.append(panel["fieldConfig"]["defaults"]["color"])
        assert lines
        assert all(colour["mode"] == "shades" for colour in lines)
        hues = [colour["fixedColor"] for colour in lines]
        assert len(set(hues)) == len(hues)
        assert not set(hues) & {"green", "red"}
