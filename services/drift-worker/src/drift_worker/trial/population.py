"""What references and windows are drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from contract.schema import Schema

from drift_worker.decide.decision import Policy
from drift_worker.trial.monitor import Monitor


@dataclass(frozen=True, slots=True)
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
        return self.rows.take(rng.integers(0, len(self.rows), rows)).reset_index(drop=True)

    def draw_reference(self, rng: np.random.Generator) -> pd.DataFrame:
        """Draw a reference; rows hold no value of a column that they don't count for."""
        frame = self.draw(self.reference_rows, rng)
        places = np.arange(len(frame))
        return frame.assign(**{name: frame[name].mask(places < row) for name, row in self.since.items()})

    def draw_monitor(self, rng: np.random.Generator) -> Monitor:
        """Draw a reference, and judge windows by it."""
        return Monitor.of(self.draw_reference(rng), self.schema, self.policy, self.since)
