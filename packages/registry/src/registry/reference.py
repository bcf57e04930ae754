"""How a model version is named: `models:/churn@champion` or `models:/churn/3`, as MLflow does."""

import re
from dataclasses import dataclass
from typing import Final, Self

from registry.errors import BadReferenceError

SCHEME: Final = "models:/"

_NAME: Final = re.compile(r"[^/:\x00-\x1f\x7f]{1,256}")
"""MLflow takes any name without `/` and `:`."""

_ALIAS: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")
_VERSION: Final = re.compile(r"[1-9][0-9]{0,9}")


@dataclass(frozen=True, slots=True)
class ModelReference:
    """A registered model's name, with either an alias, which may move, or a version."""

    name: str
    alias: str | None = None
    version: int | None = None

    def __str__(self) -> str:
        return f"{SCHEME}{self.name}@{self.alias}" if self.alias else f"{SCHEME}{self.name}/{self.version}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a reference; raises BadReferenceError."""
        if text.strip().startswith(SCHEME):
            rest = text.strip().removeprefix(SCHEME)
            name, _, alias = rest.rpartition("@")
            if _NAME.fullmatch(name) and _ALIAS.fullmatch(alias):
                return cls(name, alias=alias)
            name, _, version = rest.rpartition("/")
            if _NAME.fullmatch(name) and _VERSION.fullmatch(version):
                return cls(name, version=int(version))
        raise BadReferenceError(f"expected {SCHEME}NAME@ALIAS or {SCHEME}NAME/VERSION, not {text!r}")

    @staticmethod
    def is_meant(text: str) -> bool:
        """Whether a text is meant as a reference, and not as a folder."""
        return text.strip().startswith("models:")
