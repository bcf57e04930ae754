"""The labels in Redis, as a service writes them: kept there before they are acknowledged, or refused."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from redis.exceptions import TimeoutError as RedisTimeoutError

from contract.labels.accept import LabelOnce, accept_labels_async
from contract.labels.label import Label
from contract.redis.connection import request_client
from contract.stream.idempotency import digest
from feature_log.counts import is_sampled
from feature_log.stream import FAILURES
from predict.errors import Reason, RefusedError
from predict.request.labels.body import LabelsBody
from predict.request.labels.enqueue import LabelEnqueuer

TIMEOUT: Final = 1.0
"""Seconds that Redis has for the labels of one request."""

_AWAY: Final = "Redis can't be used now, so none of the labels was taken; send them again later"
_UNKNOWN: Final = (
    "Redis did not answer in time; send the labels again: those that it took already count as repeated, or, "
    "under the same Idempotency-Key, not at all"
)


class LabelInbox:
    """Takes the labels of one model: all of a request, or none."""

    def __init__(self, redis_url: str, model: str, remember_seconds: float, sample_rate: float) -> None:
        """Idempotency-Keys are remembered for `remember_seconds`; `sample_rate` is that of the log."""
        self._redis = request_client(redis_url, TIMEOUT)
        self._model = model
        self._remember = remember_seconds
        self._sample_rate = sample_rate
        self._enqueuer = LabelEnqueuer(redis_url, model)

    def start(self) -> None:
        """Begin to queue what is taken."""
        self._enqueuer.start()

    async def take(self, body: LabelsBody, key: str | None) -> None:
        """Return once Redis has the labels; those that came before under the same key are not taken again.

        Raises RefusedError where Redis can't be used, the key was used for others, or too many wait.
        """
        once = LabelOnce(digest(key.encode()), body.fingerprint, self._remember) if key else None
        labels = self._marked(body.labels)
        try:
            async with asyncio.timeout(TIMEOUT):  # to find the master among Sentinels takes its own time
                outcome = await accept_labels_async(self._redis, self._model, labels, once)
        except (RedisTimeoutError, TimeoutError) as error:
            raise RefusedError(Reason.UNAVAILABLE, _UNKNOWN) from error
        except FAILURES as error:
            raise RefusedError(Reason.UNAVAILABLE, _AWAY) from error
        if outcome == "reused":
            raise RefusedError(Reason.KEY_REUSED, "Idempotency-Key: it was used for other labels")
        if outcome == "full":
            raise RefusedError(
                Reason.OVERLOADED, "too many labels wait for their predictions; send these again later"
            )
        self._enqueuer.submit()

    async def close(self) -> None:
        """Close the connections."""
        self._enqueuer.close()
        await self._redis.aclose()

    def _marked(self, labels: Sequence[Label]) -> Sequence[Label]:
        """The same labels; those of predictions that this service does not log say so."""
        rate = self._sample_rate
        if rate >= 1:
            return labels
        return [
            replace(label, unsampled=True)
            if label.prediction_id and not is_sampled(label.prediction_id, rate)
            else label
            for label in labels
        ]
