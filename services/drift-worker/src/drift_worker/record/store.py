"""Evaluations in Redis: committed once, whoever evaluates and however often."""

from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any, Final, cast

from redis import Redis

from contract.keys import Partition
from contract.windows import partition_of
from drift_worker.record.evaluation import Evaluation
from drift_worker.window.dead_letters import DeadLetter

MAX_LETTERS: Final = 10_000
"""Dead letters that a partition keeps: whoever writes to the stream must not fill Redis with them."""

MAX_DECISIONS: Final = 100_000
"""Decision events that a partition keeps, or a few more; the evaluations themselves stay."""

LOOKED_BACK: Final = 1_000
"""Windows among which the newest that was compared is looked for."""


class EvaluationStore:
    """Reads evaluations, and commits each once."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._commit = redis.register_script(
            resources.files("drift_worker.record").joinpath("commit.lua").read_text()
        )

    def commit(
        self,
        evaluation: Evaluation,
        counts: Mapping[str, int],
        dead_letters: Iterable[DeadLetter] = (),
        *,
        instead_of_failed: bool = False,
    ) -> bool:
        """Commit evaluation, ledger counts, event and dead letters at once, and an incident that it opens.

        False where the window is not pending, or, with `instead_of_failed`, where its evaluation didn't fail.
        Raises redis.exceptions.RedisError with nothing committed, so that it can be tried again.
        """
        partition = partition_of(evaluation.window_id)
        event = evaluation.model_dump_json(
            include={"window_id", "status", "decision", "severity", "causes", "reasons", "drift_share"}
        )
        arguments: list[Any] = [
            evaluation.window_id,
            evaluation.number,
            evaluation.model_dump_json(),
            event,
            evaluation.status,
            evaluation.decision or "",
            int(instead_of_failed),
            MAX_DECISIONS,
            MAX_LETTERS,
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
            partition.attempts,
            partition.incidents,
        ]
        return bool(self._commit(keys, arguments))

    def stands(self, evaluation: Evaluation) -> bool:
        """Whether this very evaluation is the window's: a commit is sent again where its answer was lost."""
        found = self._redis.hget(partition_of(evaluation.window_id).evaluations, evaluation.window_id)
        return found == evaluation.model_dump_json().encode()

    def get(self, window_id: str) -> Evaluation | None:
        """The evaluation of a window; raises BadWindowIdError."""
        text = cast("bytes | None", self._redis.hget(partition_of(window_id).evaluations, window_id))
        return None if text is None else Evaluation.model_validate_json(text)

    def has(self, window_id: str) -> bool:
        """Whether the window has an evaluation; raises BadWindowIdError."""
        return bool(self._redis.hexists(partition_of(window_id).evaluations, window_id))

    def numbered(self, partition: Partition, first: int, last: int | None) -> dict[int, str]:
        """The ids of the windows with an evaluation whose numbers are from `first` to `last`, by number.

        Without a last one, of all from the first on.
        """
        until = "+inf" if last is None else last
        found = cast(
            "list[tuple[bytes, float]]",
            self._redis.zrange(partition.evaluated, first, until, byscore=True, withscores=True),
        )
        return {int(number): window_id.decode() for window_id, number in found}

    def all(self, partition: Partition) -> list[Evaluation]:
        """A partition's evaluations in the order of their windows."""
        window_ids = cast("list[bytes]", self._redis.zrange(partition.evaluated, 0, -1))
        return self.several(partition, [window_id.decode() for window_id in window_ids])

    def several(self, partition: Partition, window_ids: Sequence[str]) -> list[Evaluation]:
        """The evaluations of a partition's windows, which have one, in the same order."""
        if not window_ids:
            return []
        texts = cast("list[bytes]", self._redis.hmget(partition.evaluations, list(window_ids)))
        return [Evaluation.model_validate_json(text) for text in texts]

    def latest(self, partition: Partition) -> Evaluation | None:
        """The evaluation of the newest window that was compared; one that failed or expired tells nothing."""
        newest = cast("list[bytes]", self._redis.zrange(partition.evaluated, -LOOKED_BACK, -1))
        texts = (self._redis.hget(partition.evaluations, window_id) for window_id in reversed(newest))
        evaluations = (Evaluation.model_validate_json(cast("bytes", text)) for text in texts)
        return next((each for each in evaluations if each.status == "evaluated"), None)
