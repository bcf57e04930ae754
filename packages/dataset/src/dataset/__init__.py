"""The strict reader of data sets and of schema files."""

from dataset.errors import DataError
from dataset.proposal.proposal import ColumnTold, Options, Proposal
from dataset.proposal.propose import propose_schema
from dataset.reader import DataSet, Labels, Nulls, read_dataset
from dataset.reference import output_columns, read_reference, reference_rows
from dataset.schema_file import SCHEMA_FILE, find_schema, read_schema_yaml, read_yaml, schema_yaml
from dataset.target import SMALLEST_CLASS, Target

__all__ = [
    "SCHEMA_FILE",
    "SMALLEST_CLASS",
    "ColumnTold",
    "DataError",
    "DataSet",
    "Labels",
    "Nulls",
    "Options",
    "Proposal",
    "Target",
    "find_schema",
    "output_columns",
    "propose_schema",
    "read_dataset",
    "read_reference",
    "read_schema_yaml",
    "read_yaml",
    "reference_rows",
    "schema_yaml",
]
