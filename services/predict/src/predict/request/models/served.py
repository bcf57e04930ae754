"""One model with everything that answers its requests, kept together so that it can be replaced as one."""

from dataclasses import dataclass

from bundle import Bundle
from feature_log import FeatureLog

from predict.metrics import ModelMetrics
from predict.request.labels.body import LabelModel
from predict.request.labels.inbox import LabelInbox
from predict.request.parse import RequestModel
from predict.score.models.mark import ServedMark
from predict.score.predictor import Predictor


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

    async def start(self) -> None:
        """Begin to take records and labels, and say that the model version is served."""
        await self.log.start()
        self.label_inbox.start()
        self.mark.start()

    async def close(self) -> None:
        """Bring what is on its way to where it is safe, and end."""
        await self.mark.close()
        await self.log.close()
        await self.label_inbox.close()

    @property
    def reasons_not_ready(self) -> list[str]:
        """Why its predictions are not logged now; empty where they are."""
        return [why for why in (self.log.dropping, self.log.outage) if why] if self.log.dropping else []

    @property
    def limitations(self) -> list[str]:
        """What is wrong, and costs nothing yet."""
        return [why for why in (self.log.outage, self.log.spool_problem, self.log.losses) if why]
