"""What a service answered to each row, and files of it."""

import csv
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import TextIOBase
from pathlib import Path
from typing import NamedTuple

from simulator.errors import OptionsError


class Answer(NamedTuple):
    """The prediction of one row, counted from 1; the score is a probability, or a predicted number."""

    row: int
    entity: str
    prediction_id: str
    score: float


OnAnswer = Callable[[Answer], object]


@contextmanager
def answer_files(ids: Path | None, answers: Path | None) -> Iterator[list[OnAnswer]]:
    """Yield a function for each file that is wanted, which writes an answer to it at once.

    Raises OptionsError where a file can't be written.
    """
    with ExitStack() as files:
        writers: list[OnAnswer] = []
        if ids is not None:
            writers.append(_writes_ids(files.enter_context(_file(ids))))
        if answers is not None:
            writers.append(_writes_answers(files.enter_context(_file(answers))))
        yield writers


def read_answers(path: Path) -> list[Answer]:
    """Read a file of answers; raises OptionsError."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in Answer._fields if name not in (rows.fieldnames or ())]
            if missing:
                raise OptionsError(
                    f"{path}: no column {missing[0]}; `simulator replay --answers FILE` writes such a file"
                )
            return [
                Answer(int(row["row"]), row["entity"], row["prediction_id"], float(row["score"]))
                for row in rows
            ]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise OptionsError(f"{path}: cannot be read: {reason}") from error
    except (ValueError, TypeError) as error:
        raise OptionsError(f"{path}: row and score are numbers: {error}") from error


def _file(path: Path) -> TextIOBase:
    try:
        return path.open("w", encoding="utf-8", errors="replace", newline="", buffering=1)
    except OSError as error:
        raise OptionsError(f"{path}: cannot be written: {error.strerror}") from error


def _writes_ids(file: TextIOBase) -> OnAnswer:
    return lambda answer: file.write(f"{answer.prediction_id}\n")


def _writes_answers(file: TextIOBase) -> OnAnswer:
    writer = csv.writer(file)
    writer.writerow(Answer._fields)
    return writer.writerow
