"""The page at `/`: links to everything that there is to see."""

from html import escape

from bundle import Bundle

from predict.settings import Settings


def render_root_page(bundle: Bundle, settings: Settings) -> str:
    """The page as HTML; what has no address in the settings has no link."""
    links = {
        "Try it: the API and an example": "/docs",
        "The model": "/model",
        "Is it ready?": "/ready",
        "Metrics": "/metrics",
        "Reports and evaluations": settings.reports_url,
        "Dashboards (Grafana)": settings.grafana_url,
        "Metrics over time (Prometheus)": settings.prometheus_url,
    }
    items = "\n".join(
        f'<li><a href="{escape(str(url), quote=True)}">{escape(text)}</a></li>'
        for text, url in links.items()
        if url
    )
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>predict: {escape(bundle.name)}</title>
<h1>predict</h1>
<p>Serves the model {escape(bundle.name)}, version {escape(bundle.version)}.</p>
<ul>
{items}
</ul>
</html>
"""
