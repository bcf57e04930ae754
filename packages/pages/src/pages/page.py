"""A page of our own: its head, its style in light and dark, and its width on a phone."""

from importlib import resources
from typing import Final

from pages.text import text

STYLE: Final = resources.files("pages").joinpath("style.css").read_text(encoding="utf-8")
"""Of everything of class `driftline`; it stands within reports of others too, and is light there."""

DARK: Final = resources.files("pages").joinpath("dark.css").read_text(encoding="utf-8")
"""Of pages that are wholly our own, for those who like them dark."""


def head(title: str, style: str = "") -> str:
    """The title and the style of a page, for its head."""
    return f"<title>{text(title)}</title><style>{STYLE}{style}</style>"


def page(title: str, body: str, style: str = "") -> str:
    """A page of our own; the body is HTML."""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f'{head(title, style + DARK)}</head><body><main class="driftline">{body}</main></body></html>'
    )
