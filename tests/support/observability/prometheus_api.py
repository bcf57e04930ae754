"""Asking a running Prometheus."""

import json
import math
import re
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

Sample = tuple[dict[str, str], float]
Series = list[tuple[float, float]]
"""Times and values."""


class Prometheus:
    """The HTTP interface of the Prometheus at that address."""

    def __init__(self, url: str) -> None:
        self._url = url

    def query(self, expr: str) -> list[Sample]:
        """The samples that an instant query gives now, those without a value (NaN) left out."""
        data = self._get("query", query=expr)
        found = [data["result"]] if data["resultType"] == "scalar" else [s["value"] for s in data["result"]]
        labels = [{}] if data["resultType"] == "scalar" else [s["metric"] for s in data["result"]]
        samples = [(metric, float(value)) for metric, (_, value) in zip(labels, found, strict=True)]
        return [sample for sample in samples if not math.isnan(sample[1])]

    def value(self, expr: str) -> float | None:
        """The one value that a query gives; None where it gives none."""
        samples = self.query(expr)
        assert len(samples) <= 1, f"{expr} gives {len(samples)} series"
        return samples[0][1] if samples else None

    def range(self, expr: str, begin: float, end: float, step: int) -> dict[str, Series]:
        """What a query gave over time, a step of seconds apart, by the series' labels."""
        data = self._get("query_range", query=expr, start=str(begin), end=str(end), step=str(step))
        return {
            json.dumps(series["metric"], sort_keys=True): [
                (float(moment), float(value)) for moment, value in series["values"]
            ]
            for series in data["result"]
        }

    def targets(self) -> dict[str, str]:
        """The health of each job's target: up, down or unknown."""
        return {target["labels"]["job"]: target["health"] for target in self._get("targets")["activeTargets"]}

    def _get(self, path: str, **parameters: str) -> Any:
        query = f"?{urlencode(parameters)}" if parameters else ""
        with urlopen(f"{self._url}/api/v1/{path}{query}", timeout=10) as answer:  # noqa: S310 - our own server
            return json.load(answer)["data"]


def series_of(page: str) -> dict[str, set[str]]:
    """The names of a Prometheus page, each with the labels it has there."""
    found: dict[str, set[str]] = {}
    for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? ", page, flags=re.MULTILINE):
        found.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
    return found
