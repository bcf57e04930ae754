"""What the routes work with, for as long as the service runs."""

from dataclasses import dataclass
from typing import TypedDict, cast

from bundle import Bundle
from fastapi import Request
from feature_log import FeatureLog
from telemetry.providers import Telemetry

from predict.metrics import Metrics
from predict.request.access import Access
from predict.request.labels.body import LabelModel
from predict.request.labels.inbox import LabelInbox
from predict.request.parse import RequestModel
from predict.score.predictor import Predictor
from predict.turns import Turns


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of one running service."""

    bundle: Bundle
    requests: RequestModel
    predictor: Predictor
    log: FeatureLog
    metrics: Metrics
    telemetry: Telemetry
    root_page: str
    access: Access
    request_timeout: float
    """Seconds in which a request has to come in."""
    turns: Turns
    """Of the requests with many rows."""
    label_model: LabelModel
    label_inbox: LabelInbox
    label_turns: Turns

    @property
    def reasons_not_ready(self) -> list[str]:
        """Why predictions are not logged now; empty where they are."""
        return [why for why in (self.log.dropping, self.log.outage) if why] if self.log.dropping else []

    @property
    def limitations(self) -> list[str]:
        """What is wrong, and costs nothing yet."""
        return [why for why in (self.log.outage, self.log.spool_problem, self.log.losses) if why]


class LifespanState(TypedDict):
    """What the application's lifespan gives to each request."""

    service: Service


def service_of(request: Request) -> Service:
    """The running service that serves a request."""
    return cast("LifespanState", request.scope["state"])["service"]
