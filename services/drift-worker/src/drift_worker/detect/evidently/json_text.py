"""JSON that browsers read, of what Evidently holds in its results."""

import json
from typing import Any

from evidently.legacy.utils import NumpyEncoder


def to_json(content: Any) -> str:
    """The content as JSON; null stands for NaN and infinity, which JSON does not have."""
    text = json.dumps(content, cls=NumpyEncoder)
    if "NaN" in text or "Infinity" in text:
        return json.dumps(json.loads(text, parse_constant=lambda _: None))
    return text
