"""Format 1 of metadata.json, which Driftline wrote up to 0.1: read, and never written again."""

from typing import Annotated

from pydantic import BaseModel, Field, model_validator

from bundle.metadata import (
    MODEL_NAME,
    STRICT,
    Hash,
    Metadata,
    Output,
    Probability,
    ReferenceOrigin,
    Validation,
)
from contract.task import ClassValue


class FirstMetadata(BaseModel):
    """The metadata of format 1."""

    model_config = STRICT

    name: Annotated[str, Field(pattern=MODEL_NAME)]
    version: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    content_hash: Hash
    data_hash: Hash
    classes: tuple[ClassValue, ClassValue]
    threshold: Probability = 0.5
    libraries: dict[str, str]
    validation: dict[str, float | int | str]
    created_from: str

    @model_validator(mode="after")
    def _version_is_start_of_hash(self) -> "FirstMetadata":
        if not self.content_hash.startswith(self.version):
            raise ValueError("version is not the start of content_hash")
        return self

    def metadata(self) -> Metadata:
        """Return the same as metadata of today; what format 1 does not say is None or empty.

        The model itself had scored its reference, on rows that it was trained on as far as anyone knows.
        """
        return Metadata(
            format=1,
            name=self.name,
            task="binary",
            classes=self.classes,
            threshold=self.threshold,
            outputs=(Output(name="score", kind="probability", of=self.classes[1]),),
            version=self.version,
            content_hash=self.content_hash,
            data_hash=self.data_hash,
            created_from=self.created_from,
            reference=ReferenceOrigin(rows=None, scores="training"),
            validation=self._validation(),
            importance={},
            calibration=None,
            recipe=None,
            libraries=self.libraries,
        )

    def _validation(self) -> Validation | None:
        auc, method, rows = (self.validation.get(name) for name in ("auc", "method", "rows"))
        if not isinstance(auc, float) or not isinstance(rows, int) or method not in ("hold-out", "reference"):
            return None
        return Validation(
            metric="auc",
            value=auc,
            standard_error=None,
            method="hold-out" if method == "hold-out" else "reference",
            rows=rows,
        )
