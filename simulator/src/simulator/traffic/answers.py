"""Files of what a service answered: the ids of its predictions, or each entity with its score."""

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from io import TextIOBase
from pathlib import Path
from typing import Any, Final

from simulator.errors import OptionsError

OnAnswer = Callable[[str, Mapping[str, Any]], object]
"""Takes the entity of a row, and its prediction as JSON has it."""

COLUMNS: Final = ("entity", "prediction_id", "score")
"""Of a file of answers."""


@contextmanager
def answer_files(ids: Path | None, answers: Path | None) -> Iterator[OnAnswer | None]:
    """Yield a function that writes an answer to each file at once, or None where no file is wanted.

    Raises OptionsError where a file can't be written.
    """
    with ExitStack() as files:
        writers: list[OnAnswer] = []
        if ids is not None:
            writers.append(_writes_ids(files.enter_context(_file(ids))))
        if answers is not None:
            writers.append(_writes_answers(files.enter_context(_file(answers))))

        def on_answer(entity: str, prediction: Mapping[str, Any]) -> None:
            for write in writers:
                write(entity, prediction)

        yield on_answer if writers else None


def read_scores(path: Path) -> dict[str, float]:
    """Read the last score of each entity from a file of answers; raises OptionsError."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise OptionsError(
                    f"{path}: no column {missing[0]}; `simulator replay --answers FILE` writes such a file"
                )
            return {row["entity"]: float(row["score"]) for row in rows}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise OptionsError(f"{path}: cannot be read: {reason}") from error
    except (ValueError, TypeError) as error:
        raise OptionsError(f"{path}: a score is a number: {error}") from error


def _file(path: Path) -> TextIOBase:
    try:
        return path.open("w", encoding="utf-8", errors="replace", newline="", buffering=1)
    except OSError as error:
        raise OptionsError(f"{path}: cannot be written: {error.strerror}") from error


def _writes_ids(file: TextIOBase) -> OnAnswer:
    return lambda _, prediction: file.write(f"{prediction['prediction_id']}\n")


def _writes_answers(file: TextIOBase) -> OnAnswer:
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    return lambda entity, prediction: writer.writerow(
        (entity, prediction["prediction_id"], prediction.get("probability", prediction.get("prediction")))
    )
