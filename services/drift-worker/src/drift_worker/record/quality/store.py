"""Quality evaluations in Redis: each committed once, after the one before it."""

from importlib import resources
from typing import Final, cast

from redis import Redis

from contract.keys import Partition
from drift_worker.record.quality.evaluation import QualityEvaluation
from drift_worker.record.store import MAX_DECISIONS

_UNDECIDED: Final = "INSUFFICIENT_DATA"


class QualityStore:
    """Reads quality evaluations, and commits each once."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._commit = redis.register_script(
            resources.files("drift_worker.record.quality").joinpath("commit.lua").read_text()
        )

    def commit(self, evaluation: QualityEvaluation, before: QualityEvaluation | None) -> bool:
        """Commit an evaluation and its event at once, and an incident that it opens.

        False where `before` is no longer the newest one: another worker has looked. Raises
        redis.exceptions.RedisError with nothing committed, so that it can be tried again.
        """
        partition = evaluation.partition
        event = evaluation.model_dump_json(
            include={"quality_id", "number", "decision", "severity", "causes", "reasons", "finding"}
        )
        keys = [
            partition.quality,
            partition.quality_order,
            partition.decisions,
            partition.tally,
            partition.incidents,
        ]
        arguments: list[str | int] = [
            evaluation.quality_id,
            evaluation.number,
            evaluation.model_dump_json(),
            event,
            evaluation.decision,
            before.quality_id if before else "",
            MAX_DECISIONS,
        ]
        return bool(self._commit(keys, arguments))

    def stands(self, evaluation: QualityEvaluation) -> bool:
        """Whether this very evaluation was committed: a commit is sent again where its answer was lost."""
        found = self._redis.hget(evaluation.partition.quality, evaluation.quality_id)
        return found == evaluation.model_dump_json().encode()

    def newest(self, partition: Partition) -> QualityEvaluation | None:
        """A version's newest evaluation; None before the first."""
        ids = cast("list[bytes]", self._redis.zrange(partition.quality_order, -1, -1))
        return self._read(partition, ids)[0] if ids else None

    def newest_decided(self, partition: Partition) -> QualityEvaluation | None:
        """A version's newest evaluation that could decide: what stands until another one can."""
        ids = cast("list[bytes]", self._redis.zrange(partition.quality_order, 0, -1))
        found = (self._read(partition, [each])[0] for each in reversed(ids))
        return next((each for each in found if each.decision != _UNDECIDED), None)

    def get(self, partition: Partition, quality_id: str) -> QualityEvaluation | None:
        """The evaluation of that id."""
        text = cast("bytes | None", self._redis.hget(partition.quality, quality_id))
        return None if text is None else QualityEvaluation.model_validate_json(text)

    def all(self, partition: Partition) -> list[QualityEvaluation]:
        """A version's evaluations, the oldest first."""
        ids = cast("list[bytes]", self._redis.zrange(partition.quality_order, 0, -1))
        return self._read(partition, ids) if ids else []

    def after(self, partition: Partition, number: int) -> list[QualityEvaluation]:
        """A version's evaluations after that number, the oldest first."""
        ids = cast("list[bytes]", self._redis.zrangebyscore(partition.quality_order, number + 1, "+inf"))
        return self._read(partition, ids) if ids else []

    def _read(self, partition: Partition, ids: list[bytes]) -> list[QualityEvaluation]:
        texts = cast("list[bytes]", self._redis.hmget(partition.quality, ids))
        return [QualityEvaluation.model_validate_json(text) for text in texts]
