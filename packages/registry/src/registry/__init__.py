"""Model versions in MLflow's registry: found, fetched, kept on disk and written, by plain HTTP."""

from registry.access import RegistryAccess
from registry.cache import Fetched, RegistryCache
from registry.client import RegistryClient
from registry.errors import (
    AccessRefusedError,
    BadArtifactsError,
    BadReferenceError,
    RegistryAwayError,
    RegistryError,
    UnknownModelError,
)
from registry.reference import ModelReference
from registry.version import RegisteredVersion

__all__ = [
    "AccessRefusedError",
    "BadArtifactsError",
    "BadReferenceError",
    "Fetched",
    "ModelReference",
    "RegisteredVersion",
    "RegistryAccess",
    "RegistryAwayError",
    "RegistryCache",
    "RegistryClient",
    "RegistryError",
    "UnknownModelError",
]
