"""The command `drift-worker compare`: two data sets, no stack."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.text import Text

from bundle import Bundle, open_bundle
from contract.schema import Schema
from contract.settings import read_settings
from drift_worker.cli.comparison.tables import print_comparison
from drift_worker.decide.decision import Policy, decision_line
from drift_worker.errors import DriftWorkerError
from drift_worker.settings import Settings

if TYPE_CHECKING:
    from drift_worker.evaluate.compare import Comparison

EXAMPLE_SCHEMA: Final = Path("data/streamflow/schema.yaml")


class CompareUsageError(DriftWorkerError):
    """The command's options don't go together, or name what is not there."""


def compare(
    *,
    reference: Annotated[
        Path, typer.Option(help="CSV, Parquet, or a folder of tables: the data to compare with.")
    ],
    current: Annotated[Path, typer.Option(help="The same for the data that is looked at.")],
    reports: Annotated[Path, typer.Option(help="The folder for the report's HTML and JSON.")],
    schema: Annotated[
        Path | None, typer.Option(help="schema.yaml of the data; without it, the example's.")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option(help="A bundle whose model's output is compared too.")
    ] = None,
    as_of: Annotated[
        tuple[str, str] | None,
        typer.Option(help="The days of reference and current, as 2024-01-31 2024-02-29."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Compare two data sets, write the report, and print the decision."""
    from dataset import DataError  # noqa: PLC0415 - imports pandas, which the other commands need not wait for

    settings = read_settings(Settings)
    days = [_day(text) for text in as_of] if as_of else [None, None]
    model = open_bundle(bundle) if bundle else None
    with _progress() as progress:
        try:
            asked = _schema(schema, model)
            progress("loading Evidently")
            from drift_worker.evaluate.compare import Side, compare_data  # noqa: PLC0415 - takes seconds to import

            comparison = compare_data(
                Side(reference, days[0]),
                Side(current, days[1]),
                asked,
                Policy(settings.window_min_rows, settings.drift_share_threshold, settings.alert_budget),
                bundle=model,
                progress=progress,
            )
            progress("writing the report")
            html, json_file = comparison.save(reports)
        except DataError as error:
            hint = "" if schema or bundle else f" (read by {EXAMPLE_SCHEMA}; --schema names another)"
            raise CompareUsageError(f"{error}{hint}") from error
    _say_ignored(comparison)
    if as_json:
        document = _document(comparison) | {"reports": {"html": str(html), "json": str(json_file)}}
        print(json.dumps(document, indent=2))
    else:
        print_comparison(comparison)
        print(decision_line(comparison.verdict, str(html), str(json_file)))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CompareUsageError(f"--as-of: {text!r} is no day; expected one like 2024-01-31") from error


def _schema(path: Path | None, bundle: Bundle | None) -> Schema:
    if path is None and bundle is not None:
        return bundle.schema
    if path is None and not EXAMPLE_SCHEMA.is_file():
        raise CompareUsageError(
            f"without --schema the example's is used, but there is no {EXAMPLE_SCHEMA} here; name one with "
            "--schema, or run this in the project's folder"
        )
    from dataset import read_schema_yaml  # noqa: PLC0415 - as above

    schema = read_schema_yaml(path or EXAMPLE_SCHEMA)
    if bundle is not None and _kinds(schema) != _kinds(bundle.schema):
        raise CompareUsageError(f"{path}: its features are not those of the bundle {bundle.path}")
    return schema


def _kinds(schema: Schema) -> list[tuple[str, str]]:
    return [(feature.name, feature.kind) for feature in schema.features]


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """What is being done now, on a terminal only."""
    console = Console(stderr=True)
    with console.status("") as status:
        yield lambda what: status.update(Text(what))


def _say_ignored(comparison: "Comparison") -> None:
    for role, notes in comparison.notes.items():
        for note in notes:
            typer.echo(f"{role}: {note}", err=True)
    for role, tables in comparison.ignored.items():
        for table in tables:
            typer.echo(f"{role}: not in the schema and ignored: {table}", err=True)


def _document(comparison: "Comparison") -> dict[str, Any]:
    verdict = comparison.verdict
    return {
        "decision": verdict.decision,
        "severity": verdict.severity,
        "causes": verdict.causes,
        "reasons": verdict.reasons,
        "rows": comparison.rows,
        "drift_share": verdict.drift_share,
        "drift_share_threshold": verdict.drift_share_threshold,
        "target_drift": verdict.target_drift,
        "findings": [finding.model_dump() for finding in comparison.findings],
        "quality": [figure.model_dump() for figure in comparison.quality],
        "quality_caveats": list(comparison.caveats),
        "estimate": comparison.estimate and comparison.estimate.model_dump(),
    }
