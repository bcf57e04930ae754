"""What a bundle keeps of the reference for detection, so that its rows need not be read again."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel

from baseline.columns import FROZEN, ColumnBaseline, column_baseline
from baseline.counts import Frame, count_column
from baseline.errors import BadBaselineError
from baseline.relations import RelationBaseline, relation_baseline
from contract.schema import Method, Schema, read_document
from contract.task import Kind


class Baseline(BaseModel):
    """The reference as detection knows it: its columns, in order, and the relations between them.

    `output` names the column, or the columns, of the model's own output, if it is there; every other one is a
    feature.
    """

    model_config = FROZEN

    rows: int
    columns: dict[str, ColumnBaseline]
    output: str | tuple[str, ...] | None
    relations: RelationBaseline

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the features, in order."""
        return tuple(name for name in self.columns if name not in self.outputs)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the columns of the model's output."""
        return (self.output,) if isinstance(self.output, str) else self.output or ()

    @property
    def kinds(self) -> dict[str, Kind]:
        """The kind of each column."""
        return {name: column.kind for name, column in self.columns.items()}


def baseline_of(
    reference: Frame,
    schema: Schema,
    outputs: Mapping[str, Kind],
    since: Mapping[str, int] = MappingProxyType({}),
) -> Baseline:
    """Baseline the features that the schema watches, and the columns of the model's output if there are any.

    `since` is as for `build_baseline`, which says what is raised, too.
    """
    methods = {each.name: each.drift.method for each in schema.watched if each.drift and each.drift.method}
    kinds: dict[str, Kind] = {each.name: each.kind for each in schema.watched}
    return build_baseline(
        reference, kinds | dict(outputs), outputs=tuple(outputs), methods=methods, since=since
    )


def build_baseline(
    reference: Frame,
    kinds: Mapping[str, Kind],
    *,
    outputs: tuple[str, ...] = (),
    methods: Mapping[str, Method] = MappingProxyType({}),
    since: Mapping[str, int] = MappingProxyType({}),
) -> Baseline:
    """Baseline the columns of `kinds` in a frame that has one row per reference row.

    `outputs` are those of the columns that are the model's output; `methods` gives single columns another
    method than Evidently's rule does; `since` gives the first row that counts, where a column's earlier rows
    are no longer part of the reference (they hold no value). Raises KeyError for a column that is not in the
    frame, and ValueError for values of another kind or a method that it cannot have.
    """
    counts = {
        name: count_column(reference[name].iloc[since.get(name, 0) :], kind) for name, kind in kinds.items()
    }
    features = {name: counted for name, counted in counts.items() if name not in outputs}
    return Baseline(
        rows=len(reference),
        columns={
            name: column_baseline(counts[name], kind, methods.get(name)) for name, kind in kinds.items()
        },
        output=(outputs[0] if len(outputs) == 1 else outputs) if outputs else None,
        relations=relation_baseline(reference, kinds, features),
    )


def read_baseline(path: Path) -> Baseline:
    """Read a bundle's baseline.json; raises BadBaselineError naming the file and the field."""
    return read_document(path, Baseline, BadBaselineError)
