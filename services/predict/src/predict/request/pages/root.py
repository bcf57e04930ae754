"""The page at `/`: what is served, whether it is ready, what was decided last, and the way to the rest."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import Final

from contract.versions.decided import Decided, LatestDecisions
from pages import moment, name_of, page, text
from predict.settings import Settings

_STYLE: Final = resources.files("predict.request.pages").joinpath("root.css").read_text(encoding="utf-8")

WITHOUT_REPORT: Final = ("expired", "failed")
"""What became of windows that were not compared."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What the page says of one model."""

    name: str
    version: str | None
    """None of a model that can't be served."""

    since: datetime | None
    problems: Sequence[str]
    """Why its predictions are not logged now, or why it isn't served."""

    limitations: Sequence[str]
    """What is wrong, and stops nothing."""

    decided: LatestDecisions | str
    """Or why it isn't known."""


def root_page(title: str, cards: Sequence[ModelCard], settings: Settings, now: datetime | None = None) -> str:
    """The page as HTML; its links hold below any path, and what has no address in the settings has none."""
    read_at = now or datetime.now(UTC)
    sections = "".join(
        _section(card, settings.reports_page, read_at, first=not place) for place, card in enumerate(cards)
    )
    links = "".join(f'<a href="{text(url)}">{name}</a>' for name, url in _links(len(cards), settings).items())
    return page(title, f"<h1>predict</h1><nav>{links}</nav>{sections}", _STYLE)


def _links(models: int, settings: Settings) -> Mapping[str, str]:
    links = {
        "Try it: the API and an example": "docs",
        **({"The model": "model"} if models == 1 else {"The models": "models"}),
        "Is it ready?": "ready",
        "Metrics": "metrics",
        "Reports and evaluations": settings.reports_page,
        "Dashboards (Grafana)": str(settings.grafana_url or ""),
        "Metrics over time (Prometheus)": str(settings.prometheus_url or ""),
    }
    return {name: url for name, url in links.items() if url}


def _section(card: ModelCard, reports: str, now: datetime, *, first: bool) -> str:
    name = text(card.name)
    if card.version is None:
        why = "; ".join(map(text, card.problems))
        sentence = f"<strong>The model {name} is not served</strong>: {why}."
        return f'<section><h2>{name}</h2><p class="bad">{sentence}</p></section>'
    address = "at /predict" if first else f"at /models/{name}/predict"
    facts = "".join(
        f"<div><dt>{label}</dt><dd>{fact}</dd></div>"
        for label, fact in (
            ("Serves", f"version {text(card.version)} {address}{_since(card.since, now)}"),
            ("Ready", _state(card)),
            *_decided(card.decided, reports, now),
        )
    )
    return f"<section><h2>{name}</h2><dl>{facts}</dl></section>"


def _since(since: datetime | None, now: datetime) -> str:
    return f", since {moment(since, now)}" if since else ""


def _state(card: ModelCard) -> str:
    if card.problems:
        return f'<span class="state bad">no</span>{_list(card.problems)}'
    if card.limitations:
        return f'<span class="state look">yes, with limitations</span>{_list(card.limitations)}'
    return '<span class="state good">yes</span>'


def _list(sentences: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{name_of(each)}</li>' for each in sentences)}</ul>"


def _decided(decided: LatestDecisions | str, reports: str, now: datetime) -> Iterator[tuple[str, str]]:
    """The last decision about drift, and the last one by labels."""
    if isinstance(decided, str):
        yield "Last decisions", f'<span class="look">unknown: {text(decided)}</span>'
        return
    yield "Drift", _decision(decided.drift, "no window was evaluated yet", reports, now)
    yield "Quality by labels", _decision(decided.quality, "no labels were judged yet", reports, now)


def _decision(decided: Decided | None, nothing: str, reports: str, now: datetime) -> str:
    if decided is None:
        return f'<span class="gone">{nothing}</span>'
    words = text(decided.decision.replace("_", " "))
    state = f'<span class="state {text(decided.decision)}">{words}</span>'
    when = moment(datetime.fromtimestamp(decided.time_ms / 1000, UTC), now)
    has_report = reports and decided.decision not in WITHOUT_REPORT
    link = f', <a href="{text(reports + decided.id)}/">report</a>' if has_report else ""
    return f"{state}<br>{name_of(decided.reason)}<br>{when}{link}"
