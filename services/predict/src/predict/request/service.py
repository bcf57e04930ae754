"""What the routes work with, for as long as the service runs."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Final, TypedDict, cast

from fastapi import Request

from predict.features.server import FeatureServer
from predict.metrics import Metrics
from predict.request.access import Access
from predict.request.models.served import ServedModel
from predict.request.models.standing import Standing
from predict.request.pages.decisions import DecisionReader
from predict.settings import Settings
from predict.shadow.service import Shadows
from predict.turns import Turns
from telemetry.providers import Telemetry

ENDING: Final = "the service was told to end, and answers only until others have taken over"
"""Why a service is not ready in its DRAIN_DELAY."""


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of one running service."""

    standing: Standing
    shadows: Shadows
    metrics: Metrics
    telemetry: Telemetry
    settings: Settings
    """Of which the root page has the addresses."""
    access: Access
    request_timeout: float
    """Seconds in which a request has to come in."""
    turns: Turns
    """Of the requests with many rows, for whichever model: they share the event loop."""
    label_turns: Turns
    lookup_turns: Turns
    """Of the requests with many rows whose features are looked up: the feature server has one at a time."""
    decisions: DecisionReader
    inflating: asyncio.Lock = field(default_factory=asyncio.Lock)
    """The turn of a gzip body: one at a time is inflated, whichever request's it is."""
    features: FeatureServer | None = None
    """Where features are looked up; None where requests bring all."""
    ending: Event = field(default_factory=Event)
    """Set once the service is told to end: from then on it is not ready."""

    @property
    def models(self) -> Mapping[str, ServedModel]:
        """Those that are served, by name."""
        return self.standing.served

    @property
    def reasons_not_ready(self) -> list[str]:
        """Why no model's predictions are logged now; empty where those of any are."""
        if self.ending.is_set():
            return [ENDING]
        reasons = {name: model.reasons_not_ready for name, model in self.models.items()}
        return self._named(reasons) if all(reasons.values()) else []

    @property
    def limitations(self) -> list[str]:
        """What is wrong, and stops no model or not all of them."""
        of_sources = self.standing.limitations
        found = {
            name: list(dict.fromkeys([*model.reasons_not_ready, *model.limitations, *of_sources[name]]))
            for name, model in self.models.items()
        }
        damaged = (f"{name} is not served: {why}" for name, why in self.standing.damaged.items())
        away = [why for why in (self.features and self.features.problem,) if why]
        return [*self._named(found), *damaged, *self.shadows.strays, *away]

    def _named(self, found: Mapping[str, list[str]]) -> list[str]:
        """Each sentence with the name of its model, where there are several."""
        several = len(self.standing.names) > 1
        return [f"{name}: {what}" if several else what for name, each in found.items() for what in each]


class LifespanState(TypedDict):
    """What the application's lifespan gives to each request."""

    service: Service


def service_of(request: Request) -> Service:
    """The running service that serves a request."""
    return cast("LifespanState", request.scope["state"])["service"]
