"""What `training register` and `training rollback` do: a bundle becomes a version, an alias moves."""

import re
from dataclasses import dataclass
from typing import Final

from bundle import Bundle, Scorer, read_check, verify_answers
from registry import ModelReference, RegistryClient
from training.errors import TrainingError
from training.registered.aliases import moved, read_versions, rolled_back, tag_of, written
from training.registered.publish import CONTENT_HASH, MODEL, publish, published

RESERVED: Final = re.compile(r"latest|v[0-9]+", re.IGNORECASE)
"""What MLflow refuses as an alias."""


@dataclass(frozen=True, slots=True)
class Registered:
    """The version that holds a bundle, and what was done for it."""

    name: str
    version: int
    run_id: str | None
    is_new: bool
    """Whether the version was made now; else it held the same bundle already."""
    alias: str | None
    before: int | None
    """The version that had the alias before; None where there was none."""

    @property
    def reference(self) -> str:
        """What BUNDLE says to have this version served, and what follows it under the alias."""
        return f"models:/{self.name}" + (f"@{self.alias}" if self.alias else f"/{self.version}")


@dataclass(frozen=True, slots=True)
class RolledBack:
    """An alias, the version that it pointed to, and the one that it points to now."""

    name: str
    alias: str
    old: int
    new: int
    has_bundle: bool
    """Whether the version that has the alias now holds a bundle, so that predict serves it."""


def register(
    bundle: Bundle, name: str, alias: str | None, client: RegistryClient, *, force: bool = False
) -> Registered:
    """Make a version of the model `name` that holds the bundle, unless there is one, and give it the alias.

    Raises BundleError where the bundle's model answers otherwise than its check says, TrainingError for an
    alias that MLflow keeps to itself or, unless by `force`, where the versions there hold another model, and
    RegistryError.
    """
    _check_names(name, alias)
    scorer = Scorer(bundle.model_path, bundle.schema, bundle.metadata.signature)
    if bundle.check_path is not None:
        verify_answers(read_check(bundle.check_path), scorer)
    client.create_model(name)
    if not force:
        _check_model(bundle, name, alias, client)
    found = published(bundle, name, client)
    made = found or publish(bundle, name, client)
    before = _give(name, alias, made.version, client) if alias else None
    return Registered(name, made.version, made.run_id, is_new=found is None, alias=alias, before=before)


def roll_back(name: str, alias: str, client: RegistryClient) -> RolledBack:
    """Move an alias to the version that had it before, else to the next lower one.

    Raises TrainingError where there is none, and RegistryError.
    """
    aliases = client.aliases(name)
    if alias not in aliases:
        there = ", ".join(f"{each} (version {at})" for each, at in sorted(aliases.items()))
        raise TrainingError(f"models:/{name} has no alias {alias}; expected one of: {there or 'it has none'}")
    versions, old = {each.version: each for each in client.versions(name)}, aliases[alias]
    left = rolled_back(read_versions(client.tags(name).get(tag_of(alias), "")), old, versions)
    if left is None:
        raise TrainingError(
            f"models:/{name}@{alias} is version {old}, and there is no version before it to go back to"
        )
    new = left[-1]
    client.set_alias(name, alias, new)
    client.set_tag(name, tag_of(alias), written(left))
    return RolledBack(name, alias, old, new, has_bundle=CONTENT_HASH in versions[new].tags)


def _give(name: str, alias: str, version: int, client: RegistryClient) -> int | None:
    """Move an alias to a version, and return the one that had it; None where none had."""
    old = client.aliases(name).get(alias)
    if old != version:
        client.set_alias(name, alias, version)
        remembered = read_versions(client.tags(name).get(tag_of(alias), ""))
        client.set_tag(name, tag_of(alias), written(moved(remembered, old, version)))
    return old


def _check_model(bundle: Bundle, name: str, alias: str | None, client: RegistryClient) -> None:
    """Raise TrainingError where predict would refuse the bundle, since what it follows is of another model.

    What it follows is the version that the alias means or, where it means none yet, the newest one.
    A bundle's name is its folder's unless `training build --name` says another, so versions in folders of
    their own easily have different ones.
    """
    versions = [each for each in client.versions(name) if MODEL in each.tags]
    meant = client.aliases(name).get(alias) if alias else None
    follows = next((each for each in versions if each.version == meant), versions[-1] if versions else None)
    if follows is not None and (known := follows.tags[MODEL]) != bundle.name:
        raise TrainingError(
            f"{bundle.path} is of the model {bundle.name}, but {follows} is of the model {known}, and what "
            f"serves {known} can't take {bundle.name} over; build it with `training build --name {known}`, "
            "register it under another --name, or say --force"
        )


def _check_names(name: str, alias: str | None) -> None:
    """Raise BadReferenceError or TrainingError for names that MLflow would refuse when all else is done."""
    ModelReference.parse(f"models:/{name}@{alias}" if alias else f"models:/{name}/1")
    if alias and RESERVED.fullmatch(alias):
        raise TrainingError(
            f"--alias {alias}: MLflow reserves latest, v1, v2, …; expected another name, such as champion"
        )
