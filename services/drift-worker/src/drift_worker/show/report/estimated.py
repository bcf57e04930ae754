"""The estimate of the model's quality in a report, with what it cannot see."""

from drift_worker.estimates import EstimatedFigure, QualityEstimate
from drift_worker.show.shell import text


def estimated(estimate: QualityEstimate | None) -> str:
    """The estimate as a section; without a model, nothing."""
    if estimate is None:
        return ""
    title = "<h2>Estimate of the model's quality, without labels</h2>"
    if estimate.missing is not None:
        return f"<section>{title}<p>There is none: {text(estimate.missing)}.</p></section>"
    figures = "".join(_figure(each) for each in estimate.figures)
    return f'<section>{title}<dl>{figures}</dl><p class="small">{text(estimate.caveat)}</p></section>'


def _figure(figure: EstimatedFigure) -> str:
    return f"<div><dt>Estimated {figure.name}</dt><dd>{text(figure.figures)}</dd></div>"
