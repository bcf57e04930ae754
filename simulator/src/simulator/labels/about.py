"""What labels are about: the entities of their rows, or the predictions that a replay got."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from contract.schema import Schema
from simulator.errors import OptionsError
from simulator.labels.month import RowLabel
from simulator.traffic.answers import Answer

RESERVED: Final = frozenset({"prediction_id", "label", "time"})
ENTITY: Final = "entity"
"""The field of the entity where its own name is that of another field of a label."""


def about_entities(labels: Iterable[RowLabel], schema: Schema) -> list[dict[str, Any]]:
    """Return labels as requests hold them, each about its entity's last prediction.

    Raises OptionsError where rows have no entity of their own: several would have labels of the last one.
    """
    if schema.ids is not None:
        which = "have no ids" if schema.ids == "none" else "may repeat ids"
        raise OptionsError(
            f"rows {which} (`ids: {schema.ids}` in the schema), so which prediction a label is about needs "
            "--answers, the file that `simulator replay --answers` writes"
        )
    field = ENTITY if schema.entity in RESERVED else schema.entity
    return [{field: label.entity, "label": label.value} for label in labels]


def about_predictions(
    labels: Iterable[RowLabel], answers: Sequence[Answer], schema: Schema
) -> list[tuple[dict[str, Any], float]]:
    """Return labels as requests hold them, each about the prediction of its row, with the row's score.

    A row is known by its entity; where entities stand in several rows, by its number. Rows without an answer
    are left out. Raises OptionsError where no row has one.
    """
    by_number = schema.ids == "repeat"
    known = {answer.row if by_number else answer.entity: answer for answer in answers}
    found = [
        ({"prediction_id": answer.prediction_id, "label": label.value}, answer.score)
        for label in labels
        if (answer := known.get(label.row if by_number else label.entity))
    ]
    if not found:
        raise OptionsError("the answers are of other rows: none of them has a label here")
    return found
