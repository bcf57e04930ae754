"""The files of a Feast repository, as text."""

import json
from typing import Final

from contract.task import Kind
from training.features.layout import AS_OF, Repository, View

DATA: Final = "data"
"""The folder of the tables, beside the definitions."""

TYPES: Final[dict[Kind, str]] = {"numerical": "Float64", "boolean": "Bool", "categorical": "String"}

STORE: Final = """\
# Which project this is, and where its values lie. features/server.py sets the variables that you don't set.
project: {project}
provider: local
registry:
  path: ${{FEATURES_REGISTRY}}  # a file that keeps what definitions.py says
online_store:
  type: redis
  connection_string: '${{FEATURES_STORE}}'  # HOST:PORT,db=NUMBER,username=NAME,password="WORD"
offline_store:
  type: file
entity_key_serialization_version: 3
"""

MARK: Final = "`training feast` writes this file anew"

HEAD: Final = '''\
"""What Feast knows of the features: a view for each table.

`training feast` writes this file anew each time. Feast reads the other files of this folder that end with .py
as well: definitions of your own belong there.
"""

from feast import Entity, FeatureService, FeatureView, Field, FileSource
from feast.types import {types}
from feast.value_type import ValueType

entity = Entity(name={entity}, join_keys=[{entity}], value_type=ValueType.STRING)
'''

VIEW: Final = """
{name} = FeatureView(
    name="{name}",
    entities=[entity],
    schema=[
        Field(name={entity}, dtype=String),
{fields}    ],
    source=FileSource(path="{data}/{name}.parquet", timestamp_field="{as_of}"),
)
"""

SERVICE: Final = """
service = FeatureService(
    name={service},
    features=[
{views}    ],
)
"""


def store_text(repository: Repository) -> str:
    """Return feature_store.yaml."""
    return STORE.format(project=repository.project)


def definitions_text(repository: Repository) -> str:
    """Return the Python file with the entity, the views and the feature service."""
    kinds = {"String", *(TYPES[feature.kind] for view in repository.views for feature in view.features)}
    entity = _quoted(repository.entity)
    views = "".join(_view(view, entity) for view in repository.views)
    names = "".join(f"        {view.name},\n" for view in repository.views)
    service = SERVICE.format(service=_quoted(repository.service), views=names)
    return HEAD.format(types=", ".join(sorted(kinds)), entity=entity) + views + service


def _view(view: View, entity: str) -> str:
    fields = "".join(
        f"        Field(name={_quoted(feature.name)}, dtype={TYPES[feature.kind]}),\n"
        for feature in view.features
    )
    return VIEW.format(name=view.name, entity=entity, fields=fields, data=DATA, as_of=AS_OF)


def _quoted(text: str) -> str:
    """Return the text as a literal of Python."""
    return json.dumps(text, ensure_ascii=False)
