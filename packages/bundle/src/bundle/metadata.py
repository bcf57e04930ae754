"""The metadata of a bundle: the content of metadata.json."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

MODEL_NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
"""The pattern of a model's name, which is part of window ids, metric labels and report paths."""

ClassValue = bool | int | str


class Metadata(BaseModel):
    """The identity, classes and origin of a model; its version is the start of the content hash."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)

    name: Annotated[str, Field(pattern=MODEL_NAME)]
    version: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    content_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    data_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    classes: tuple[ClassValue, ClassValue]
    """The label's two values, the negative one first; a prediction is one of them."""
    threshold: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    """The probability from which the prediction is the positive class."""
    libraries: dict[str, str]
    validation: dict[str, float | int | str]
    """The model's quality on rows that it was not trained on, and how it was measured."""
    created_from: str

    @model_validator(mode="after")
    def _version_is_start_of_hash(self) -> "Metadata":
        if not self.content_hash.startswith(self.version):
            raise ValueError("version is not the start of content_hash")
        return self
