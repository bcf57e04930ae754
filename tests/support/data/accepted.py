"""A small bundle with a reference of its own, of which changes may have been accepted."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from baseline.document import baseline_of
from bundle import Acceptance, Parts, ReferenceOrigin, first_rows
from tests.support.data.models import SCHEMA, parts
from training.model.reference import parquet_bytes


def small_parts(
    rows: int, accepted: Sequence[Acceptance] = (), without: str | None = None, **changed: Any
) -> Parts:
    """The parts of a bundle of SCHEMA, whose reference has so many rows, and lacks one column if said."""
    rng = np.random.default_rng(6)
    frame = pd.DataFrame(
        {
            "id": [f"k{row}" for row in range(rows)],
            "age": rng.integers(0, 10, rows).astype(float),
            "paperless": pd.array(rng.random(rows) < 0.5, dtype="boolean"),
            "service": pd.Categorical(rng.choice(["DSL", "No"], rows)),
            "score": rng.random(rows),
        }
    )
    for each in accepted:
        for name in each.columns:
            frame[name] = frame[name].mask(np.arange(rows) < each.first_row)
    schema = changed.pop("schema", SCHEMA)
    baseline = baseline_of(frame, schema, schema.outputs, first_rows(accepted)).model_dump_json().encode()
    reference = parquet_bytes(frame.drop(columns=[without] if without else []), schema)
    origin = ReferenceOrigin(rows=rows, scores="out-of-fold")
    return parts(
        reference=reference,
        baseline=baseline,
        origin=origin,
        accepted=tuple(accepted),
        schema=schema,
        **changed,
    )
