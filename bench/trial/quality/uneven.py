"""Labels that come unevenly, while the model stays as it is: by predicted class, or at the highest scores."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.trial.quality.draws import evaluated
from bench.trial.quality.populations import CLASSES, Population, balanced_classes, few_positives
from contract.task import PREDICTION, SCORE

Chances = Callable[[pd.DataFrame], NDArray[np.floating]]
"""How likely each prediction gets a label, by what the model said of it."""


@dataclass(frozen=True, slots=True)
class Uneven:
    """Predictions of which some get a label, by how likely that is."""

    population: Callable[[], Population]
    rows: int
    chances: Chances

    def drawn(self, rng: np.random.Generator) -> pd.DataFrame:
        """Draw what one look sees."""
        rows = self.population().drawn(self.rows, rng)
        return evaluated(rows.outputs, rows.truth, rng.random(self.rows) < self.chances(rows.outputs))


def _by_class(*chances: float) -> Chances:
    """So likely for each of the predicted classes, in their order."""
    of_class = dict(zip(CLASSES, chances, strict=True))
    return lambda outputs: outputs[PREDICTION].map(of_class).to_numpy(float)


def _at_the_top(share: float, top: float, rest: float) -> Chances:
    """So likely for this share of all predictions, those of the highest scores, and for the rest."""
    return lambda outputs: np.where(
        outputs[SCORE] > np.quantile(few_positives().outputs[SCORE], 1.0 - share), top, rest
    )


UNEVEN: Final[Mapping[str, Uneven]] = {
    "labels by predicted class, no change": Uneven(balanced_classes, 3_000, _by_class(0.3, 0.9, 0.9)),
    "no label of one predicted class, no change": Uneven(balanced_classes, 3_000, _by_class(0.0, 0.9, 0.9)),
    "2 % positive, all labels of the top 2 %, 5 % of the others, no change": Uneven(
        few_positives, 20_000, _at_the_top(0.02, 1.0, 0.05)
    ),
    "2 % positive, no label of the top 3 %, no change": Uneven(
        few_positives, 2_200, _at_the_top(0.03, 0.0, 1.0)
    ),
}
"""What each look of a case sees."""
