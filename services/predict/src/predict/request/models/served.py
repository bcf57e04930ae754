"""One model with everything that answers its requests, kept together so that it can be replaced as one."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bundle import Bundle
from contract.keys import Partition
from feature_log import FeatureLog
from predict.features.lookup import Lookup
from predict.mark import ServedMark
from predict.metrics import ModelMetrics
from predict.request.labels.body import LabelModel
from predict.request.labels.inbox import LabelInbox
from predict.request.parse import RequestModel
from predict.score.predictor import Predictor
from predict.shadow.shadows import ModelShadows
from registry import RegisteredVersion


class Uses:
    """Counts the requests that a model is answering; each enters and leaves."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    def __enter__(self) -> None:
        self._count += 1
        if self._count == 1:
            self._none.clear()

    def __exit__(self, *_: object) -> None:
        self._count -= 1
        if not self._count:
            self._none.set()

    async def end(self) -> None:
        """Return when no request is under way."""
        await self._none.wait()


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model that is served."""

    bundle: Bundle
    requests: RequestModel
    predictor: Predictor
    log: FeatureLog
    metrics: ModelMetrics
    label_model: LabelModel
    label_inbox: LabelInbox
    mark: ServedMark
    shadows: ModelShadows
    """Those of the model, whichever version is served: they outlast this one."""
    lookup: Lookup | None = None
    """Gets the features that a request does not bring; None where each brings all."""
    registered: RegisteredVersion | None = None
    """The version in MLflow's registry that it is; None of a folder."""
    uses: Uses = field(default_factory=Uses)
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When this process began to serve it."""

    @property
    def partition(self) -> Partition:
        """The model version that is served."""
        return Partition(self.bundle.name, self.bundle.version)

    async def start(self) -> None:
        """Begin to take records and labels, and say that the model version is served."""
        await self.log.start()
        self.label_inbox.start()
        self.mark.start()

    async def close(self) -> None:
        """Answer the requests that are under way, bring what they log to where it is safe, and end."""
        await self.uses.end()
        if self.lookup is not None:
            await self.lookup.close()
        await self.mark.close()
        await self.log.close()
        await self.label_inbox.close()

    @property
    def reasons_not_ready(self) -> list[str]:
        """Why its predictions are not logged now, or only wait for somebody to mend REDIS_URL; else empty."""
        reasons = [why for why in (self.log.dropping, self.log.outage) if why]
        return reasons if self.log.dropping or self.log.unusable else []

    @property
    def limitations(self) -> list[str]:
        """What is wrong, and costs nothing yet."""
        own = [why for why in (self.log.outage, self.log.spool_problem, self.log.losses) if why]
        return [*own, *self.shadows.problems]
