"""The layout of a Feast repository: a view for each table, and the features that it has."""

import re
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path
from typing import Final

from contract.schema import Feature, Schema
from dataset.table.files.folder import find_tables
from dataset.table.layout import homes_of
from training.errors import TrainingError

PROJECT_SUFFIX: Final = "_features"
"""How the name of every project ends, and so every key in Redis: redis/ gives the server's user no others."""

_NO_WORD: Final = re.compile(r"[^A-Za-z0-9]+")
AS_OF: Final = "as_of"
"""The column that says from when the values of a row are."""

_TAKEN: Final = {
    *("entity", "service"),
    *("Entity", "FeatureService", "FeatureView", "Field", "FileSource", "ValueType"),
    *("Bool", "Float64", "String"),
}
"""The other names of the definitions."""


@dataclass(frozen=True, slots=True)
class View:
    """One table: its name, and the features of the schema that it holds."""

    name: str
    features: tuple[Feature, ...]


@dataclass(frozen=True, slots=True)
class Repository:
    """What the definitions say: whose features these are, by which key, and in which tables."""

    service: str
    entity: str
    views: tuple[View, ...]

    @property
    def project(self) -> str:
        """Feast's name of it all: letters, digits and underscores."""
        return _word(self.service) + PROJECT_SUFFIX


def lay_out(schema: Schema, data: Path, model: str) -> Repository:
    """Return the repository of a schema's features, with a view for each table that holds some of them.

    The feature service is the schema's, or else called like the model: so predict asks for it.
    Raises TrainingError where nothing says whose features they are or two names clash, DataError where a
    column is missing.
    """
    if schema.ids == "none":
        raise TrainingError(
            "the schema says `ids: none`, but features are looked up by the id of an entity: "
            "expected an entity in schema.yaml"
        )
    if AS_OF in (schema.entity, *schema.feature_names):
        raise TrainingError(
            f"the schema names a column {AS_OF}, but in Feast's tables that is the time of the values: "
            "rename the column in data and schema"
        )
    homes = homes_of(schema.feature_names, schema.entity, find_tables(data), data)
    held: dict[Path, list[Feature]] = {}
    for feature in schema.features:
        held.setdefault(homes[feature.name].path, []).append(feature)
    tables = {path: _view_name(path) for path in sorted(held)}
    for path, name in tables.items():
        alike = [other.name for other, its in tables.items() if its == name]
        if len(alike) > 1:
            raise TrainingError(
                f"{path.parent}: {' and '.join(alike)} would both be called {name}; rename one"
            )
    views = tuple(View(name, tuple(held[path])) for path, name in tables.items())
    return Repository(schema.feature_service or model, schema.entity, views)


def _view_name(table: Path) -> str:
    """Return the name of a table's view, which is a variable in the definitions too."""
    name = _word(table.name.partition(".")[0])
    return name if name[0].isalpha() and name not in _TAKEN and not iskeyword(name) else f"table_{name}"


def _word(name: str) -> str:
    """Return a name with one underscore for whatever is no letter and no digit.

    Feast puts two between the name of a view and that of a feature.
    """
    return _NO_WORD.sub("_", name)
