"""Evidently's page, with the data in it escaped: category names come from whoever sends requests."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from evidently.legacy.model.dashboard import DashboardInfo
from evidently.legacy.model.widget import BaseWidgetInfo
from evidently.legacy.renderers.html_widgets import group_widget
from evidently.legacy.utils.dashboard import (
    TemplateParams,
    file_html_template,
)

from drift_worker.detect.evidently.json_text import to_json

_ID: Final = "report"
_DATA: Final = "<!-- no embedded data -->"
_BODY: Final = "<body>"


@dataclass(frozen=True, slots=True)
class OwnPart:
    """HTML of our own that a page has before Evidently's: elements of its head, and of its body."""

    head: str
    body: str = ""


def html_page(own: OwnPart, widgets: Sequence[BaseWidgetInfo]) -> str:
    """The widgets as one page that needs nothing else; our own part comes first, and needs no script.

    Evidently writes JSON into a script element as it is, so that a value `</script>` would end it.
    """
    shown = group_widget(title="", widgets=list(widgets))
    graphs = {graph.id: graph.dict() for graph in shown.get_additional_graphs()}
    shown = shown.copy(update={"widgets": _without_graphs(widgets)})
    info = DashboardInfo(name="Report", widgets=[shown]).dict()
    data = f"var {_ID} = {_script(info)};\nvar additional_graphs_{_ID} = {_script(graphs)};"
    before, head, body = _page_around_data()
    return f"{before}{own.head}\n<script>{data}</script>{head}{_BODY}{own.body}{body}"


def titled(title: str) -> OwnPart:
    """A title, and nothing else of our own."""
    return OwnPart(f"<title>{html.escape(title)}</title>")


def _without_graphs(widgets: Sequence[BaseWidgetInfo]) -> list[BaseWidgetInfo]:
    """The page looks graphs up in a variable of their own; in the widgets they would be there twice."""
    return [widget.copy(update={"additionalGraphs": []}) for widget in widgets]


def _script(content: Any) -> str:
    return to_json(content).replace("<", "\\u003c")


@cache
def _page_around_data() -> tuple[str, str, str]:
    """Evidently's page before its data, after them to the end of its head, and its body."""
    page = file_html_template(
        TemplateParams(
            dashboard_id=_ID,
            dashboard_info=DashboardInfo(name="Report", widgets=[]),
            additional_graphs={},
            embed_data=False,
        )
    )
    before, _, after = page.partition(_DATA)
    head, _, body = after.partition(_BODY)
    return before, head, body
