"""The out-of-fold figures of a bundle: what the labels' figures are compared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

import pandas as pd

from bundle import Bundle
from bundle.metadata import Figure, Metadata
from drift_worker.detect.quality.coverage import edges_of
from drift_worker.detect.quality.estimate import Estimate, Floats
from drift_worker.detect.quality.labelled import Labelled, ModelTask, labelled_rows, output_of

UNSEEN: Final = ("out-of-fold", "held-out")
"""How a reference's output was made, where its figures are those of rows that the model had not seen."""

NO_REFERENCE: Final = "the bundle has no out-of-fold {metric} to compare with"


@dataclass(frozen=True, slots=True)
class QualityReference:
    """What a bundle keeps of its quality: figures, labelled rows where it has them, deciles of its output."""

    model: ModelTask
    figures: Mapping[str, Estimate]
    edges: Floats
    labelled: Labelled | None

    @classmethod
    def of(cls, bundle: Bundle, frame: pd.DataFrame) -> Self:
        """The reference of a bundle, whose rows are `frame`.

        Figures are computed from its rows where these have labels and the model had not seen them; else they
        are those of the metadata, as far as these have them.
        """
        metadata, schema = bundle.metadata, bundle.schema
        model = ModelTask.of(metadata.task, metadata.classes, metadata.threshold)
        labelled = None
        if schema.label is not None and schema.label.name in frame:
            labelled = labelled_rows(frame, frame[schema.label.name], schema, model)
        figures = _of_metadata(metadata)
        if labelled is not None and len(labelled.truth) and metadata.reference.scores in UNSEEN:
            found = labelled.figures()
            figures |= {name: estimate for name, estimate in found.items() if estimate is not None}
        return cls(model, figures, edges_of(output_of(frame, schema)), labelled)


def _of_metadata(metadata: Metadata) -> dict[str, Estimate]:
    validation = metadata.validation
    if validation is None or validation.method == "reference":
        return {}
    figures: tuple[Figure, ...] = (validation, *validation.also)
    return {each.metric: Estimate(each.value, each.standard_error) for each in figures}
