"""The months of a demo: month_000 is the reference of the bundle, the later months are replayed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bundle import Bundle, open_bundle
from contract.schema import Schema
from dataset import DataError, find_schema, read_dataset, read_schema_yaml
from demo.errors import NoMonthsError

EXAMPLE_DATA: Final = Path("data/streamflow")
EXAMPLE_BUNDLE: Final = Path("bundles/churn")
EXAMPLE_SCHEMA: Final = EXAMPLE_DATA / "schema.yaml"
REFERENCE: Final = "month_000"

DOES_WITHOUT: Final = (
    "this demo's model does without `time: {}`, since a replay sends all rows now and not at their own "
    "hours; `training build` keeps it"
)
COUNT_AS_NOW: Final = (
    "rows count as of now, when they are sent, and not as of `time: {}`: they are compared with the "
    "reference's rows of this hour"
)


@dataclass(frozen=True, slots=True)
class Months:
    """The bundle to serve, and the months to replay, in order."""

    bundle: Bundle
    later: list[Path]
    notes: tuple[str, ...] = ()
    """What was assumed when the bundle was made, and what is said of the times of their rows."""


def find_months(
    data: Path | None, bundle: Path | None, folder: Path, progress: Callable[[str], None]
) -> Months:
    """Return the months of the folder `data`, or the example's; month_000 becomes a bundle in `folder`.

    It has no times, for a replay sends all rows now. A `bundle` is served instead of a new one; the months of
    `data`, if given, are replayed against it. Every month of `data` is read here once, so that a bad row ends
    the demo before the replay. Raises NoMonthsError, or what building or opening a bundle raises.
    """
    if bundle is not None:
        served = open_bundle(bundle)
        later = _readable(_months(data)[1:], served.schema, progress) if data else []
        return Months(served, later, _notes(served.schema, COUNT_AS_NOW) if data else ())
    if data is None:
        return Months(open_bundle(EXAMPLE_BUNDLE), _months(EXAMPLE_DATA)[1:])
    from training.build import Request, build_bundle  # noqa: PLC0415 - imports scikit-learn, which takes a second

    reference, *later = _months(data)
    schema = read_schema_yaml(_schema(reference))
    try:
        untimed = schema.model_copy(update={"time": None})
        request = Request(data=reference, schema=untimed, out=folder / "bundle", name=_model_name(data))
        built = build_bundle(request, progress)
        notes = (*built.assumed, *_notes(schema, DOES_WITHOUT))
        return Months(built.bundle, _readable(later, built.bundle.schema, progress), notes)
    except DataError as error:
        raise NoMonthsError(f"{error}{_hint(reference)}") from error


def _months(data: Path) -> list[Path]:
    """Return month_000 and the months after it, each a folder of tables or one table."""
    if not data.is_dir():
        raise NoMonthsError(
            f"{data}: there is no such folder; DATA is a folder with {REFERENCE} and later months"
        )
    months = sorted(path for path in data.iterdir() if path.name.startswith("month_"))
    if [path.stem for path in months[:1]] != [REFERENCE]:
        raise NoMonthsError(f"{data}: expected {REFERENCE} in it, the month that the model is made from")
    if len(months) == 1:
        raise NoMonthsError(f"{data}: expected a month after {REFERENCE} in it, such as month_001, to replay")
    return months


def _readable(months: list[Path], schema: Schema, progress: Callable[[str], None]) -> list[Path]:
    """Return the months; raises DataError where one cannot be read by the schema."""
    for month in months:
        progress(f"reading {month.name}")
        read_dataset(month, schema, label="ignored")
    return months


def _notes(schema: Schema, about: str) -> tuple[str, ...]:
    return (about.format(schema.time.column),) if schema.time else ()


def _schema(reference: Path) -> Path:
    """Return the data's own schema file, or else the example's, which fits months with the same columns."""
    try:
        return find_schema(reference)
    except DataError:
        return EXAMPLE_SCHEMA


def _hint(reference: Path) -> str:
    if _schema(reference) != EXAMPLE_SCHEMA:
        return ""
    return (
        f"; without a schema.yaml beside the months the example's was used; "
        f"`training schema {reference} --label COLUMN` proposes one"
    )


def _model_name(data: Path) -> str:
    letters = "".join(
        letter if letter.isalnum() and letter.isascii() else "-" for letter in data.name.lower()
    )
    return letters.strip("-")[:64] or "model"
