"""The times of rows: their column, and the zone of their hours and weekdays."""

from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, field_validator

from contract.task import Name

TIMESTAMP = "timestamp"
"""The column of a frame that holds the time of each row, in UTC, unless the data have one of that name."""


class Time(BaseModel):
    """The column that says when each row was, and the zone of its hours and weekdays.

    Times in the data that name no zone are of this one.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    column: Name
    zone: str = "UTC"

    @field_validator("zone")
    @classmethod
    def _is_known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:  # unknown; a path; a folder of zones
            raise ValueError(f"{zone!r} is no time zone; expected a name such as Europe/Berlin") from error
        return zone
