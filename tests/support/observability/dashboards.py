"""The dashboards as they are provisioned, and every query they make."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from tests.support.paths import ROOT

FOLDER: Final = ROOT / "grafana" / "dashboards"

Json = dict[str, Any]
"""Grafana's own format, which grafana-foundation-sdk types; here it is walked."""

EVERYTHING: Final[Mapping[str, str]] = {
    "job": ".*",
    "instance": ".*",
    "model": ".*",
    "model_version": ".*",
    "feature": ".*",
    "metric": ".*",
    "__rate_interval": "1m",
    "__interval": "5s",
    "__range": "1h",
}
"""What the variables stand for when nothing is narrowed down."""


OF_THE_MOMENT: Final = frozenset(
    {
        "Drift share",
        "Labels that came, per second",
        "Oldest label that waits",
        "Requests being answered",
        "Telemetry refused or dropped",
        "What fires",
        "Windows that wait",
    }
)
"""Panels with queries that find nothing while nothing of their kind happens."""

OF_WHAT_IS_WRONG: Final = re.compile(
    r"predict_shadow_|feature_lookup|drift_feature_broken|drift_incidents|drift_feature_detected.*@ end|5\.\."
    r"|drift_queue_jobs.*started"
)
"""Queries of what a stack without shadow, feature server, drift, failure or long work does not have."""

NEEDS_FIGURES: Final = "Every other figure, over the last 2,000 labels"
"""The panel of figures beside the one that decides."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a dashboard, its variables substituted; `ref` tells a panel's queries apart."""

    kind: Literal["panel", "annotation", "variable"]
    dashboard: str
    title: str
    ref: str
    expr: str

    def __str__(self) -> str:
        return f"{self.dashboard} / {self.title} / {self.ref}"


@cache
def dashboards() -> dict[str, Json]:
    """Every dashboard by its file's name."""
    return {path.name: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def panels(dashboard: Json) -> Iterator[Json]:
    """Every panel that shows data, those inside rows too."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel["panels"]
        else:
            yield panel


def columns(panel: Json) -> dict[str, Json]:
    """What a panel sets for each column or series that it names: the properties by their ids."""
    return {
        override["matcher"]["options"]: {each["id"]: each["value"] for each in override["properties"]}
        for override in panel["fieldConfig"]["overrides"]
    }


def links_of(panel: Json) -> set[str]:
    """Where a click leads, on the panel or on one of its columns."""
    everywhere = panel["fieldConfig"]["defaults"].get("links", [])
    return {
        link["url"]
        for links in (everywhere, *(each.get("links", []) for each in columns(panel).values()))
        for link in links
    }


def panel_queries(variables: Mapping[str, str] = EVERYTHING) -> Iterator[Query]:
    """Every query of every panel, ready to be asked of Prometheus."""
    for dashboard in dashboards().values():
        for panel in panels(dashboard):
            for target in panel["targets"]:
                expr = substituted(target["expr"], variables)
                yield Query("panel", dashboard["uid"], panel["title"], target["refId"], expr)


def annotation_queries(variables: Mapping[str, str] = EVERYTHING) -> Iterator[Query]:
    """Every query that marks something on all graphs; it may well find nothing to mark."""
    for dashboard in dashboards().values():
        for annotation in dashboard["annotations"]["list"]:
            if "expr" in annotation:
                expr = substituted(annotation["expr"], variables)
                yield Query("annotation", dashboard["uid"], annotation["name"], "A", expr)


def variable_queries(variables: Mapping[str, str] = EVERYTHING) -> Iterator[Query]:
    """What each variable takes its values from."""
    for dashboard in dashboards().values():
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                expr = substituted(values_of(variable)[0], variables)
                yield Query("variable", dashboard["uid"], variable["name"], "A", expr)


def values_of(variable: Json) -> tuple[str, str]:
    """The query whose series have a variable's values, and the label that holds them.

    It is a `label_values(selector, label)`, or a `query_result(query)` of whose series a regular expression
    takes the value.
    """
    text = variable["query"]["query"]
    if match := re.fullmatch(r"label_values\((.*), (\w+)\)", text):
        return f"count by ({match[2]}) ({match[1]})", match[2]
    asked = re.fullmatch(r"query_result\((.*)\)", text)
    taken = re.search(r'(\w+)="\(\?<value>', variable["regex"])
    assert asked, f"{variable['name']} is neither label_values(selector, label) nor query_result(query)"
    assert taken, f"{variable['name']} takes no value from the result of its query"
    return asked[1], taken[1]


def substituted(text: str, variables: Mapping[str, str]) -> str:
    """The text with each $name and ${name} replaced; one that is not known is a KeyError."""
    return re.sub(r"\$(?:\{(\w+)\}|([a-zA-Z_]\w*))", lambda match: variables[match[1] or match[2]], text)
