"""The sources that a setting names."""

from collections.abc import Sequence
from pathlib import Path

from contract.errors import BadSettingError
from contract.settings import SharedSettings
from registry import BadReferenceError, ModelReference, RegistryAccess, RegistryCache, RegistryClient
from sources.folder import FolderSource
from sources.registered import RegisteredSource
from sources.source import Source


def configured_sources(settings: SharedSettings, names: Sequence[str], setting: str) -> list[Source]:
    """A source for each folder or `models:/NAME@ALIAS`; `setting` is the variable that named them.

    Raises BadSettingError where a name is none, or where MLflow is needed and no address is set.
    """
    try:
        references = {name: ModelReference.parse(name) for name in names if ModelReference.is_meant(name)}
    except BadReferenceError as error:
        raise BadSettingError(f"{setting}: {error}") from None
    if not references:
        return [FolderSource(Path(name), settings.registry_cache) for name in names]
    client = RegistryClient(RegistryAccess.of(settings))
    cache = RegistryCache(settings.registry_cache, client)
    return [
        RegisteredSource(references[name], cache, settings.registry_poll)
        if name in references
        else FolderSource(Path(name), settings.registry_cache)
        for name in names
    ]
