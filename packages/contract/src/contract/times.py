"""The times of rows: their column, and the zone of their hours and weekdays."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

TIMESTAMP = "timestamp"
"""The column of a frame that holds the time of each row, in UTC, whatever it is called in the data."""


class Time(BaseModel):
    """The column that says when each row was, and the zone of its hours and weekdays.

    Times in the data that name no zone are of this one.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    column: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
    zone: str = "UTC"

    @field_validator("zone")
    @classmethod
    def _is_known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:  # unknown; a path; a folder of zones
            raise ValueError(f"{zone!r} is no time zone; expected a name such as Europe/Berlin") from error
        return zone
