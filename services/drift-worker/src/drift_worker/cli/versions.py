"""The command `drift-worker retire`: what is no longer served ends."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from redis import Redis

from contract.keys import Partition
from contract.partition import partitions
from contract.settings import read_settings
from contract.versions.served import STALE_AFTER
from contract.versions.use import Use, read_use, retire
from drift_worker.cli.windows import AsJson, client
from drift_worker.errors import ServedVersionError, UnknownVersionError
from drift_worker.settings import Settings

_LISTS: Final = "`drift-worker ledger` lists the versions of each model"


@dataclass(slots=True)
class Retired:
    """What became of the versions that were to be retired, each as MODEL:VERSION."""

    retired: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    """Those that were retired before."""

    served: dict[str, str] = field(default_factory=dict)
    """Those that stay, since they are served, and by what one sees that."""


def retire_command(
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL[:VERSION]", help="A model, or one version of it.", show_default=False),
    ],
    as_json: AsJson = False,
) -> None:
    """Retire a model version that is no longer served, or all such versions of a model.

    Its gauges go and its alerts resolve. Its evaluations stay, and labels are joined and judged as before.
    """
    with client(read_settings(Settings)) as redis:
        found = retire_versions(redis, model)
    if as_json:
        told = {"retired": found.retired, "already": found.already, "served": list(found.served)}
        print(json.dumps(told))
        return
    for each in found.retired:
        print(f"retired {each}: its gauges end, and its alerts within a minute; its evaluations stay")
    for each in found.already:
        print(f"{each} is retired already")
    for each, why in found.served.items():
        print(f"{each} stays: {why}")


def retire_versions(redis: Redis, name: str) -> Retired:
    """Retire one version, or all of a model's that aren't served.

    Raises UnknownVersionError where there is none of that name, or ServedVersionError where the one that is
    named is served.
    """
    model, _, version = name.partition(":")
    known = [each for each in partitions(redis) if each.model == model]
    wanted = [each for each in known if version in ("", each.version)]
    if not wanted:
        raise UnknownVersionError(_unknown(name, known))
    found = Retired()
    for partition in wanted:
        use = read_use(redis, partition)
        if use.is_retired:
            found.already.append(str(partition))
        elif why := _in_use(use):
            found.served[str(partition)] = why
        else:
            retire(redis, partition, use)
            found.retired.append(str(partition))
    if version and found.served:
        raise ServedVersionError(
            f"{name} can't be retired: {found.served[name]}; stop serving it first. It counts as served for "
            f"{STALE_AFTER:.0f} s after that"
        )
    return found


def _unknown(name: str, known: list[Partition]) -> str:
    if not known:
        return f"no version of a model called {name.partition(':')[0]!r} has been served; {_LISTS}"
    listed = ", ".join(str(each) for each in known)
    return f"{name!r} is no version that has been served; expected MODEL or one of {listed}"


def _in_use(use: Use) -> str | None:
    """By what one sees that a version is served; None where it isn't."""
    if use.served and use.is_served:
        since = datetime.fromtimestamp(use.served.since / 1e3, UTC).isoformat(sep=" ", timespec="seconds")
        ago = max(0.0, (use.now - use.served.last) / 1e3)
        return f"predict serves it, since {since}; it said so {ago:.0f} s ago"
    if use.last is not None and use.idle_seconds <= STALE_AFTER:
        return f"a prediction of it was logged {use.idle_seconds:.0f} s ago"
    return None
