"""One version of a registered model."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _by_key(tags: Any) -> Any:
    """Tags by their keys, where they come as MLflow lists them; what is no list of tags stays as it is."""
    if tags is None:
        return {}
    try:
        return {each["key"]: each["value"] for each in tags} if isinstance(tags, list) else tags
    except (KeyError, TypeError):
        return tags


class RegisteredVersion(BaseModel):
    """A version as MLflow knows it."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    name: str
    version: Annotated[int, Field(ge=1)]

    run_id: Annotated[str | None, BeforeValidator(lambda text: text or None)] = None
    """The run that it came from; a version may have none."""

    created_ms: Annotated[int, Field(alias="creation_timestamp")] = 0
    """When it was registered, in milliseconds since 1970."""

    source: str = ""
    """Where MLflow has its files; with the time it tells apart versions that two servers call the same."""

    status: str = "READY"

    tags: Annotated[dict[str, str], BeforeValidator(_by_key)] = {}

    def __str__(self) -> str:
        return f"version {self.version} of {self.name}"
