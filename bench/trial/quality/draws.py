"""Predictions with labels, drawn from the example's reference: as they are, or changed on purpose."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.example import ROOT
from bundle import Bundle, open_bundle
from contract.task import SCORE
from drift_worker.detect.quality.stretches import CAME, LABEL

DAY: Final = 86_400_000
HORIZON: Final = 45 * DAY
MIN_LABELS: Final = 50
START: Final = 1_780_000_000_000


@dataclass(frozen=True, slots=True)
class Rows:
    """Scores and labels, shape (rows,), of rows of the reference, whose scores are out of fold."""

    scores: NDArray[np.float64]
    positive: NDArray[np.bool_]

    def drawn(self, rows: int, rng: np.random.Generator) -> "Rows":
        """So many of them, drawn afresh."""
        chosen = rng.integers(0, len(self.scores), rows)
        return Rows(self.scores[chosen], self.positive[chosen])

    def dealt(self, share: float, rng: np.random.Generator) -> "Rows":
        """The same rows, of which this share has its labels dealt out anew: the scores tell less of them."""
        places = np.flatnonzero(rng.random(len(self.scores)) < share)
        positive = self.positive.copy()
        positive[places] = positive[rng.permutation(places)]
        return Rows(self.scores, positive)


@cache
def example() -> tuple[Bundle, Rows]:
    """The example's bundle, and the rows of its reference."""
    bundle = open_bundle(ROOT / "bundles" / "churn")
    frame = pd.read_parquet(bundle.reference_path)
    label = bundle.schema.label
    assert label is not None  # noqa: S101 - the example has one
    return bundle, Rows(frame[SCORE].to_numpy(), frame[label.name].to_numpy(bool))


def predictions(rows: Rows, labelled: NDArray[np.bool_]) -> pd.DataFrame:
    """The rows as an evaluation reads them, a second apart; those that are not `labelled` have no label."""
    truth = np.where(rows.positive, "true", "false").astype(object)
    return evaluated(pd.DataFrame({SCORE: rows.scores}), truth, labelled)


def evaluated(outputs: pd.DataFrame, truth: NDArray[Any], labelled: NDArray[np.bool_]) -> pd.DataFrame:
    """The same of what a model said of rows, and of what became true, as text."""
    count, label = len(truth), truth.copy()
    times = START + 1_000 * np.arange(count)
    label[~labelled] = None
    moments = pd.Series(pd.to_datetime(times + 3_600_000, unit="ms", utc=True))
    return pd.DataFrame(
        {
            "prediction_id": [f"{place:08d}" for place in range(count)],
            "timestamp": pd.to_datetime(times, unit="ms", utc=True),
            **outputs,
            LABEL: label,
            CAME: moments.where(labelled),
        }
    )
