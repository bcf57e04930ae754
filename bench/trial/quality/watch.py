"""Looks at a stream's labels as time passes, as the worker looks: at those that have matured."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from bench.trial.quality.draws import DAY, HORIZON, MIN_LABELS
from bench.trial.quality.streams import Story, Stream
from drift_worker.quality.judge import QualityJudgement
from drift_worker.quality.news import Matured
from drift_worker.quality.rows import quality_rows
from drift_worker.stretch import QualityVerdict

EVERY: Final = 500
"""New labels from which on is judged: the default of QUALITY_ROWS."""


def watched(
    story: Story, rng: np.random.Generator, horizon_ms: int | None = HORIZON
) -> Iterator[QualityVerdict]:
    """Draw a reference and a stream, and judge day by day whenever enough labels have matured.

    Without a horizon each label counts as soon as it has come.
    """
    model = story.population().reference(rng)
    with TemporaryDirectory() as folder:
        stream = Stream.drawn(story, rng, Path(folder))
        spans, judged, written = stream.spans(), 0, dict[str, int]()
        for now_ms in range(spans[0].last_ms + DAY, spans[-1].last_ms + HORIZON + 2 * DAY, DAY):
            places = {
                span.id: stream.labelled(number, now_ms)
                for number, span in enumerate(spans)
                if span.last_ms < now_ms
            }
            known = [span for span in spans if span.id in places]
            counts = {name: (len(each), 0, 0, 0) for name, each in places.items() if len(each)}
            matured = Matured.of(known, counts, horizon_ms, now_ms)
            if matured.news(judged, 0) < EVERY:
                continue
            judged = matured.labels
            for span in matured.windows:
                if len(places[span.id]) > written.get(span.id, 0):
                    stream.write_labels(span, places[span.id])
                    written[span.id] = len(places[span.id])
            rows = quality_rows(
                matured.windows, stream.files, model.schema, until_labelled=horizon_ms is None
            )
            yield QualityJudgement.of(rows, model, MIN_LABELS).verdict
