"""The project's dashboard in Evidently's UI: drift share and each column's score over the windows."""

import uuid
from collections.abc import Sequence
from pathlib import Path

from evidently.sdk.models import DashboardModel, DashboardPanelPlot, DashboardTabModel, PanelMetric
from evidently.sdk.panels import bar_plot_panel, counter_panel, line_plot_panel


def dashboard(columns: Sequence[str]) -> DashboardModel:
    """Drift share and all scores over the windows, then a panel for each column's score.

    Ids are derived from what is shown, so that making a dashboard again changes nothing. There is one tab:
    Evidently's open-source UI shows no others.
    """
    tab = _tab_id(columns)
    panels = _panels(columns)
    for panel in panels:
        panel.id = uuid.uuid5(tab, panel.title)
    return DashboardModel(
        tabs=[DashboardTabModel(id=tab, title="Drift", panels=[panel.id for panel in panels])],
        panels=panels,
    )


def is_dashboard_of(path: Path, columns: Sequence[str]) -> bool:
    """Whether the file is the dashboard of these columns, as it was made or as someone changed it since."""
    try:
        return str(_tab_id(columns)) in path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


def _panels(columns: Sequence[str]) -> list[DashboardPanelPlot]:
    share = PanelMetric(
        legend="drift share", metric="DriftedColumnsCount", metric_labels={"value_type": "share"}
    )
    scores = {
        column: PanelMetric(legend=column, metric="ValueDrift", metric_labels={"column": column})
        for column in columns
    }
    return [
        counter_panel(title="Drift share of the newest window", values=[share], size="half"),
        bar_plot_panel(title="Drift share by window", values=[share], size="half"),
        line_plot_panel(
            title="Drift score by column and window",
            description="Scores of different methods are not comparable with each other.",
            values=list(scores.values()),
        ),
        *(line_plot_panel(title=column, values=[score], size="half") for column, score in scores.items()),
    ]


def _tab_id(columns: Sequence[str]) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(["urn:driftline:dashboard", *columns]))
