"""Which versions had an alias before: what a tag of the registered model remembers of each alias."""

from collections.abc import Collection, Sequence
from typing import Final

MOST: Final = 50
"""How many versions are remembered, the newest ones."""

Versions = Sequence[int]
"""The versions that an alias has pointed to, the oldest first; a rollback takes the last one away."""


def tag_of(alias: str) -> str:
    """Return the name of the tag that remembers an alias."""
    return f"driftline.alias.{alias}"


def read_versions(tag: str) -> Versions:
    """Read the tag's value, for example `1, 2, 5`; anybody may edit it, so what is no number is left out."""
    return [int(part) for part in tag.split(",") if part.strip().isdecimal()]


def written(versions: Versions) -> str:
    """Return the tag's value."""
    return ", ".join(map(str, versions[-MOST:]))


def moved(versions: Versions, old: int | None, new: int) -> Versions:
    """Return the versions after the alias has moved from one to another, or has got its first."""
    return [*versions, new] if old is None else [*_earlier(versions, old), old, new]


def rolled_back(versions: Versions, current: int, existing: Collection[int]) -> Versions | None:
    """Return the versions up to the one that had the alias before the current one.

    That is the last one which is remembered and among `existing`, the versions that the registry has; else
    the next lower one of these. None where there is neither.
    """
    earlier = _earlier(versions, current)
    while earlier and (earlier[-1] == current or earlier[-1] not in existing):
        earlier = earlier[:-1]
    lower = [version for version in existing if version < current]
    return earlier or ([max(lower)] if lower else None)


def _earlier(versions: Versions, current: int) -> Versions:
    """Return the versions before the current one; one that isn't remembered was set by others, after them."""
    if current not in versions:
        return versions
    return versions[: len(versions) - 1 - list(reversed(versions)).index(current)]
