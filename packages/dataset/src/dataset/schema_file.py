"""The schema file that people write: schema.yaml, with the same fields as a bundle's schema.json."""

import shlex
from collections.abc import Hashable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from pydantic import ValidationError
from yaml.constructor import ConstructorError

from contract.schema import Schema, first_problem
from dataset.errors import DataError

SCHEMA_FILE = "schema.yaml"


class _StrictLoader(yaml.SafeLoader):
    """Loads plain values only; refuses a repeated key, and a value that doesn't have its type.

    ruamel.yaml refuses repeated keys as well, but it raises a bare ValueError or KeyError for a wrong value:
    most of this class would stay, and PyYAML is installed anyway.
    """

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except (AttributeError, LookupError, ValueError) as error:  # PyYAML raises these for a wrong value
            kind = node.tag.rpartition(":")[2]
            raise ConstructorError(
                None, None, f"{str(node.value)[:40]!r} is no {kind}", node.start_mark
            ) from error

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise ConstructorError(None, None, f"{key.value!r} is there twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def read_schema_yaml(path: Path) -> Schema:
    """Read a schema.yaml or a schema.json; raises DataError with the file, and the field or the line."""
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise DataError(f"{path}: expected entity, label and features; `training schema` proposes a schema")
    try:
        return Schema.model_validate(content)
    except ValidationError as error:
        raise DataError(f"{path}: {first_problem(error)}{_feature(content, error)}") from error


def read_yaml(path: Path) -> Any:
    """Read the plain values of a YAML or JSON file; raises DataError with the file, and the line if known."""
    try:
        return yaml.load(path.read_bytes().decode(), _StrictLoader)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not UTF-8; save the file as UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise DataError(f"{path}{line}: is not YAML: {getattr(error, 'problem', error)}") from error
    except RecursionError as error:
        raise DataError(f"{path}: is nested too deeply to be a schema") from error


def _feature(content: dict[Any, Any], error: ValidationError) -> str:
    """Return the name of the feature with the first problem, in brackets, where the message lacks it."""
    problem = error.errors(include_url=False, include_input=False)[0]
    where = problem["loc"]
    if len(where) < 2 or where[0] != "features":  # noqa: PLR2004 - the field, and which of its items
        return ""
    feature = content["features"][where[1]]
    name = feature.get("name") if isinstance(feature, dict) else None
    return f" (feature {name!r})" if isinstance(name, str) and repr(name) not in problem["msg"] else ""


def schema_yaml(schema: Schema, reasons: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the schema as the text of a schema.yaml, with one line per feature, and its reason beside it."""
    content = schema.model_dump(exclude_none=True)
    features = content.pop("features")
    for feature in features:
        if not feature["nullable"]:
            del feature["nullable"]
        if "drift" in feature and not feature["drift"]["ignore"]:
            del feature["drift"]["ignore"]
        if not feature.get("drift", True):
            del feature["drift"]
    head = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    return head + "features:\n" + "".join(_line(feature, reasons) for feature in features)


def _line(feature: dict[str, Any], reasons: Mapping[str, str]) -> str:
    line = yaml.safe_dump(feature, sort_keys=False, allow_unicode=True, default_flow_style=True, width=10_000)
    reason = " ".join(reasons.get(feature["name"], "").split())
    return f"  - {line.rstrip()}  # {reason}\n" if reason else f"  - {line}"


def find_schema(data: Path) -> Path:
    """Return the schema.yaml in the folder of a data set or in the folder above; raises DataError."""
    folder = data if data.is_dir() else data.parent
    for candidate in (folder / SCHEMA_FILE, folder.absolute().parent / SCHEMA_FILE):
        if candidate.is_file():
            return candidate
    raise DataError(
        f"{data}: has no {SCHEMA_FILE} beside it; name one with --schema, "
        f"or have one proposed: training schema {shlex.quote(str(data))} --label COLUMN --out {SCHEMA_FILE}"
    )
