"""What references and windows are drawn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, Self

import numpy as np
import pandas as pd

from baseline.counts import Integers
from baseline.document import read_baseline
from baseline.errors import BadBaselineError
from bundle import Bundle, first_rows
from contract.schema import Schema
from dataset import DataError, read_reference
from drift_worker.decide.decision import Policy
from drift_worker.errors import TrialError
from drift_worker.trial.monitor import Monitor

LEAST_ROWS: Final = 100
"""References and windows that are drawn from fewer rows than this say nothing of others."""

LARGEST_REFERENCE: Final = 20_000
"""References of more rows hardly see more, and take longer to draw."""

LARGEST_POPULATION: Final = 100_000

KEPT: Final = 16
"""So many references are kept: many breaks and shifts are tried against the same ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Rows, how many of them make a reference, and how windows are judged; rows are drawn with replacement.

    Windows that were drawn from a reference itself would flatter every rule. So a reference, too, is drawn
    afresh. `since` gives the first row of a reference that counts for a column, where it is not row 0.
    """

    rows: pd.DataFrame
    schema: Schema
    policy: Policy
    reference_rows: int
    since: Mapping[str, int] = field(default_factory=dict)

    def draw(self, rows: int, rng: np.random.Generator) -> pd.DataFrame:
        """Draw rows, which are a window."""
        return self.take(rng.integers(0, len(self.rows), rows))

    def take(self, places: Integers) -> pd.DataFrame:
        """Give the rows at these places."""
        frame = self.rows.take(places)
        frame.index = pd.RangeIndex(len(frame))
        return frame

    def of(self, columns: Sequence[str]) -> Self:
        """The same rows with these columns only."""
        return replace(self, rows=self.rows[[*columns]])

    def reference(self, places: Integers) -> pd.DataFrame:
        """The rows at these places as a reference, without values where they count no longer."""
        frame = self.take(places)
        numbers = np.arange(len(frame))
        return frame.assign(**{name: frame[name].mask(numbers < row) for name, row in self.since.items()})

    def draw_monitor(self, rng: np.random.Generator) -> Monitor:
        """Draw a reference, and judge windows by it; the same rows are baselined once."""
        return _monitor(self, rng.integers(0, len(self.rows), self.reference_rows).tobytes())


@lru_cache(maxsize=KEPT)
def _monitor(population: Population, places: bytes) -> Monitor:
    reference = population.reference(np.frombuffer(places, dtype=np.int64))
    return Monitor.of(reference, population.schema, population.policy, population.since)


def population_of(bundle: Bundle, policy: Policy) -> Population:
    """The reference of a bundle as what references and windows are drawn from; raises TrialError.

    Since an accepted change, only the accepted rows have a value in each column: so only they are drawn from.
    Of a larger reference the newest rows are.
    """
    if bundle.baseline_path is None:
        raise TrialError(
            f"{bundle.outdated}; windows of such a bundle are judged by Evidently's thresholds alone, "
            "so a trial would say nothing about chance"
        )
    try:
        read_baseline(bundle.baseline_path)
        reference = read_reference(bundle.reference_path, bundle.schema, bundle.partial_columns)
    except (BadBaselineError, DataError) as error:
        raise TrialError(str(error)) from error
    since = first_rows(bundle.metadata.accepted)
    complete = reference.iloc[max([*since.values(), len(reference) - LARGEST_POPULATION, 0]) :]
    if len(complete) < LEAST_ROWS:
        raise TrialError(
            f"{bundle.reference_path}: {len(complete)} rows have a value in each column's reference; a trial "
            f"draws references and windows from them, and needs at least {LEAST_ROWS}"
        )
    too_many = max(len(reference) - LARGEST_REFERENCE, 0)
    columns = [*(each.name for each in bundle.schema.watched), *bundle.schema.outputs]
    return Population(
        rows=complete[columns].reset_index(drop=True),
        schema=bundle.schema,
        policy=policy,
        reference_rows=len(reference) - too_many,
        since={name: max(row - too_many, 0) for name, row in since.items() if name in columns},
    )
