"""Stream entries that could not be read."""

import json
from dataclasses import dataclass
from typing import Final

from contract.stream.decode import Fields

MAX_LETTER: Final = 100_000
"""Characters kept of a dead letter's fields; a record of a hundred features has a third of that."""

CUT: Final = "… (cut)"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A stream entry that could not be read, and why."""

    stream_id: str
    reason: str
    fields: Fields

    def fields_json(self) -> str:
        """The entry's fields as JSON, or the beginning of it where they are larger than a record can be."""
        text = fields_json(self.fields)
        return text if len(text) <= MAX_LETTER else text[:MAX_LETTER] + CUT


def fields_json(fields: Fields) -> str:
    """An entry's fields as JSON; bytes that are not UTF-8 become lone surrogates, so that none is lost."""
    texts = [content.decode(errors="surrogateescape") for content in fields]
    return json.dumps(dict(zip(texts[::2], texts[1::2], strict=True)))
