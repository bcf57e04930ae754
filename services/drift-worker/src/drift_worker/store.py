"""Evaluations in Redis: committed once, whoever evaluates and however often."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, cast

from contract.keys import Partition
from contract.windows import partition_of
from redis import Redis

from drift_worker.evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A stream entry that could not be read, and why."""

    stream_id: str
    reason: str
    fields: Mapping[bytes, bytes]

    def fields_json(self) -> str:
        """The entry's fields as JSON; bytes that are no UTF-8 stand as lone surrogates, so none is lost."""
        return json.dumps(
            {
                name.decode(errors="surrogateescape"): value.decode(errors="surrogateescape")
                for name, value in self.fields.items()
            }
        )


class EvaluationStore:
    """Reads evaluations, and commits each once."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._commit = redis.register_script(
            resources.files("drift_worker").joinpath("commit.lua").read_text()
        )

    def commit(
        self, evaluation: Evaluation, counts: Mapping[str, int], dead_letters: Iterable[DeadLetter] = ()
    ) -> bool:
        """Commit evaluation, ledger counts, event and dead letters at once; False if one was there."""
        partition = partition_of(evaluation.window_id)
        event = evaluation.model_dump_json(
            include={"window_id", "status", "decision", "reasons", "drift_share"}
        )
        arguments: list[Any] = [
            evaluation.window_id,
            evaluation.number,
            evaluation.model_dump_json(),
            event,
            evaluation.status,
            evaluation.decision or "",
            len(counts),
        ]
        for name, records in counts.items():
            arguments += [name, records]
        for letter in dead_letters:
            arguments += [letter.stream_id, letter.reason, letter.fields_json()]
        keys = [
            partition.pending,
            partition.evaluations,
            partition.evaluated,
            partition.decisions,
            partition.dead_letters,
            partition.ledger,
            partition.tally,
        ]
        return bool(self._commit(keys, arguments))

    def get(self, window_id: str) -> Evaluation | None:
        """The evaluation of a window; raises BadWindowIdError."""
        text = cast("bytes | None", self._redis.hget(partition_of(window_id).evaluations, window_id))
        return None if text is None else Evaluation.model_validate_json(text)

    def has(self, window_id: str) -> bool:
        """Whether the window has an evaluation; raises BadWindowIdError."""
        return bool(self._redis.hexists(partition_of(window_id).evaluations, window_id))

    def all(self, partition: Partition) -> list[Evaluation]:
        """A partition's evaluations in the order of their windows."""
        window_ids = cast("list[bytes]", self._redis.zrange(partition.evaluated, 0, -1))
        if not window_ids:
            return []
        texts = cast("list[bytes]", self._redis.hmget(partition.evaluations, window_ids))
        return [Evaluation.model_validate_json(text) for text in texts]

    def latest(self, partition: Partition) -> Evaluation | None:
        """The evaluation of the newest evaluated window."""
        window_ids = cast("list[bytes]", self._redis.zrange(partition.evaluated, -1, -1))
        return self.get(window_ids[0].decode()) if window_ids else None
