"""The strict reader of data sets and of schema files."""

from dataset.errors import DataError
from dataset.proposal import Proposal, propose_schema
from dataset.reader import DataSet, Labels, Nulls, read_dataset
from dataset.reference import SCORE, read_reference
from dataset.schema_file import SCHEMA_FILE, find_schema, read_schema_yaml, schema_yaml

__all__ = [
    "SCHEMA_FILE",
    "SCORE",
    "DataError",
    "DataSet",
    "Labels",
    "Nulls",
    "Proposal",
    "find_schema",
    "propose_schema",
    "read_dataset",
    "read_reference",
    "read_schema_yaml",
    "schema_yaml",
]
