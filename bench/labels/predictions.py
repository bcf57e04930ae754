"""Evaluated windows as a worker leaves them, and labels of their predictions."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from redis import Redis

from bench.progress import Step
from contract.keys import Partition
from contract.labels.accept import accept_labels
from contract.labels.label import Label
from contract.partition import register
from drift_worker.findings import Finding
from drift_worker.record.evaluation import Evaluation
from drift_worker.record.files import ROWS

PARTITION: Final = Partition("bench", "0123456789ab")
START_MS: Final = 1_750_000_000_000
FEATURES: Final = 14
AT_ONCE: Final = 1_000
"""Labels of one request."""


def prediction_id(number: int) -> str:
    """The id of a prediction, each a millisecond after the one before."""
    digits = f"{START_MS + number:012x}7000800000{number:010x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def write_windows(redis: Redis, folder: Path, windows: int, rows: int, step: Step) -> None:
    """Write window.parquet and evaluation of each window; every entity has two predictions."""
    register(redis, PARTITION)
    entities = windows * rows // 2
    for number in range(windows):
        if number % 100 == 0:
            step(f"writing window {number:,} of {windows:,}")
        first = number * rows
        _write(redis, folder, number, [*range(first, first + rows)], entities)


def send_labels(redis: Redis, labels: Iterator[Label]) -> None:
    """Take labels as predict does."""
    every = [*labels]
    for first in range(0, len(every), AT_ONCE):
        accept_labels(redis, PARTITION.model, every[first : first + AT_ONCE])


def labels_by_id(count: int, predictions: int) -> Iterator[Label]:
    """Labels of so many predictions, in random order."""
    for number in random.Random(1).sample(range(predictions), count):  # noqa: S311 - no secret
        yield Label(number % 3 == 0, START_MS + predictions, prediction_id=prediction_id(number))


def labels_by_entity(count: int, predictions: int) -> Iterator[Label]:
    """Labels of so many entities, in random order, each at some time after its first prediction."""
    chance = random.Random(2)  # noqa: S311 - no secret
    for entity in chance.sample(range(predictions // 2), count):
        yield Label(
            entity % 3 == 0, START_MS + chance.randrange(entity, 2 * predictions), entity=f"user-{entity}"
        )


def _write(redis: Redis, folder: Path, number: int, predictions: list[int], entities: int) -> None:
    first, last = (START_MS + predictions[place] for place in (0, -1))
    window_id = f"{PARTITION.window_prefix}-{last}-0"
    chance = np.random.default_rng(number)
    frame = pd.DataFrame(
        {
            "prediction_id": [prediction_id(each) for each in predictions],
            "timestamp": pd.to_datetime([START_MS + each for each in predictions], unit="ms", utc=True),
            "user_id": [f"user-{each % entities}" for each in predictions],
            **{f"feature_{place}": chance.random(len(predictions)) for place in range(FEATURES)},
            "score": chance.random(len(predictions)),
        }
    )
    (folder / window_id).mkdir()
    frame.to_parquet(folder / window_id / ROWS, compression="zstd", index=False)
    times = [datetime.fromtimestamp(each / 1000, UTC).isoformat() for each in (first, last)]
    evaluation = Evaluation(
        window_id=window_id,
        number=number,
        status="evaluated",
        model=PARTITION.model,
        model_version=PARTITION.version,
        first_id=f"{first}-0",
        last_id=f"{last}-0",
        first_time=times[0],
        last_time=times[1],
        rows=len(predictions),
        findings=[
            Finding(
                kind="feature_drift",
                column=f"feature_{place}",
                method="wasserstein",
                score=0.1,
                threshold=0.2,
                drifted=False,
            )
            for place in range(FEATURES)
        ],
        reasons=["drift_share=0.00 < 0.30"],
        evaluated_at=times[1],
    )
    redis.hset(PARTITION.evaluations, window_id, evaluation.model_dump_json())
    redis.zadd(PARTITION.evaluated, {window_id: number})
