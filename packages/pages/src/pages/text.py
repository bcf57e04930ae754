"""Strangers' text as HTML."""

import html
import re
from typing import Final

_UNFIT: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What a page can't hold: control characters and halves of characters."""


def text(content: str) -> str:
    """Any text as HTML, in an element or in an attribute: it comes from strangers."""
    return html.escape(_UNFIT.sub("\ufffd", content))


def name_of(content: str) -> str:
    """A stranger's text beside other text, whose direction it can't turn."""
    return f"<bdi>{text(content)}</bdi>"
