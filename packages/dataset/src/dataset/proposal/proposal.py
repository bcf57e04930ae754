"""A proposal: a schema for data without one, and what each column is taken for."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pandas as pd
from pydantic import ValidationError

from contract.schema import ROW, Decimal, Feature, Ids, Label, Schema, first_problem
from contract.task import Task, class_text
from dataset.errors import DataError
from dataset.table.files.table import Table
from dataset.target import Counted, Target

Role = Literal["entity", "label", "feature", "left out"]


@dataclass(frozen=True, slots=True)
class Options:
    """What the user says of the data."""

    entity: str | None = None
    """None where the data have no id."""
    label: str | None = None
    task: Task | None = None
    decimal: Decimal | None = None
    missing: Sequence[str] = ()
    rows_repeat: bool = False


@dataclass(frozen=True, slots=True)
class ColumnTold:
    """One column, what it is taken for, and why."""

    table: str
    name: str
    role: Role
    why: str
    feature: Feature | None = None
    warning: str | None = None
    strange: Sequence[str] = ()
    named_as_clock: bool = False


@dataclass(slots=True)
class Proposal:
    """A schema for a data set, and what each column is taken for."""

    options: Options
    decimal: Decimal | None = None
    """How doubtful numbers are written: as the user says, or as other columns of the data are."""
    target: Target = field(default_factory=Target)
    label_decimal: Decimal | None = None
    unlabelled: int = 0
    """The rows without a label."""
    rare: Sequence[Counted] = ()
    """The classes of so few rows that these count as rows without a label."""
    rows: int = 0
    columns: list[ColumnTold] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    keys: "tuple[Table, pd.Index[Any]] | None" = None
    """The first table that was read, and its keys, which all others have as well."""
    notes: list[str] = field(default_factory=list)
    """What concerns the whole, as sentences."""

    def __post_init__(self) -> None:
        self.decimal = self.options.decimal

    def tell_label(self, why: str, warning: str | None) -> None:
        """Say what the label is, and what is worth a look."""
        self.columns = [
            replace(each, why=why, warning=warning) if each.role == "label" else each for each in self.columns
        ]

    @property
    def features(self) -> list[Feature]:
        """The columns that are features."""
        return [each.feature for each in self.columns if each.feature is not None]

    @property
    def skipped(self) -> list[str]:
        """The reason for each column that is left out, as `file: column: reason`."""
        return [
            f"{each.table}: {each.name or '(unnamed)'}: {each.why}"
            for each in self.columns
            if each.role == "left out"
        ]

    @property
    def schema(self) -> Schema:
        """The schema; raises DataError where it has no feature, or a name that a schema doesn't allow."""
        if not self.features:
            raise DataError("no column can be a feature: " + "; ".join(self.skipped or ["there are none"]))
        options = self.options
        ids: Ids | None = "none" if options.entity is None else ("repeat" if options.rows_repeat else None)
        try:
            bare = Schema(
                entity=options.entity or _free_row(self.columns),
                ids=ids,
                missing=self.missing or None,
                label=None
                if options.label is None
                else Label(
                    name=options.label,
                    decimal=self.label_decimal,
                    nullable=self.unlabelled > 0 or None,
                    missing=[class_text(value) for value, _ in self.rare] or None,
                ),
                task="regression",
                features=self.features,
            )
        except ValidationError as error:
            raise DataError(f"no schema can be proposed: {first_problem(error)}") from error
        bare = Schema.model_validate(
            {name: getattr(bare, name) for name in bare.model_fields_set if getattr(bare, name) is not None}
        )
        return self.target.kept_in(bare)


def _free_row(columns: Sequence[ColumnTold]) -> str:
    name, taken = ROW, {each.name for each in columns}
    while name in taken:
        name += "_"
    return name
