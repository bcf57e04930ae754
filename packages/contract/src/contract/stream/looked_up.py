"""What a record says of features that were looked up: how old each value was, and which were stale."""

from dataclasses import dataclass, field
from typing import Annotated, Final, NotRequired

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from contract.errors import BadRecordError

Ages = dict[str, int | None]
"""By feature, the whole seconds from the event of a value to its look-up; None where no event is known."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The features of one prediction that were looked up; the others came with the request."""

    ages: Ages
    stale: tuple[str, ...] = field(default=())
    """Those whose value was older than what counts as fresh, and was used all the same."""

    def to_json(self) -> bytes:
        """The text of a record's field, which lists stale features only where there are any."""
        content: _Document = {"ages": self.ages}
        if self.stale:
            content["stale"] = [*self.stale]
        return _DOCUMENT.dump_json(content)


@with_config(ConfigDict(strict=True, allow_inf_nan=False))
class _Document(TypedDict):
    ages: dict[str, Annotated[int, Field(ge=0)] | None]
    stale: NotRequired[list[str]]


_DOCUMENT: Final = TypeAdapter(_Document)


def read_looked_up(text: bytes | str) -> LookedUp | None:
    """Read what `LookedUp.to_json` wrote, None from an empty text; raises BadRecordError."""
    if not text:
        return None
    try:
        found = _DOCUMENT.validate_json(text)
    except ValidationError as error:
        raise BadRecordError("looked_up: expected the ages of features, in seconds") from error
    return LookedUp(found["ages"], tuple(found.get("stale", ())))
