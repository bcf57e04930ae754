"""The records that predict would log for a month."""

from pathlib import Path
from uuid import UUID

import pandas as pd
from pydantic_core import to_json

from bundle import Bundle, Scorer
from bundle.scoring.outputs import score_of
from contract.stream.record import Record
from dataset import read_dataset


def month_records(month: Path, bundle: Bundle) -> list[Record]:
    """One record per row of the month, in its order, scored by the bundle's model."""
    frame = read_dataset(month, bundle.schema, label="ignored").frame
    rows = [
        {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in frame[bundle.schema.feature_names].astype(object).to_dict(orient="records")
    ]
    scores = Scorer(bundle.model_path, bundle.schema, bundle.metadata.signature).score_columns(
        {name: [row[name] for row in rows] for name in bundle.schema.feature_names}
    )
    return [
        Record(
            prediction_id=str(UUID(int=number)),
            timestamp_ms=1_700_000_000_000 + number,
            model=bundle.name,
            version=bundle.version,
            entity=str(entity),
            features_json=to_json(row),
            score=score_of(score),
            traceparent=None,
        )
        for number, (entity, row, score) in enumerate(
            zip(frame[bundle.schema.entity], rows, scores, strict=True), start=1
        )
    ]
