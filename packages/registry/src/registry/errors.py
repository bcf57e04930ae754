"""The errors of the registry; each message says what was asked for, what came, and what to do."""


class RegistryError(Exception):
    """Base of them all."""


class BadReferenceError(RegistryError, ValueError):
    """A text that names no model version, or an address that is no MLflow server's."""


class RegistryAwayError(RegistryError):
    """MLflow can't be reached, or what answers doesn't answer as MLflow does; it may, later."""


class UnreachableRegistryError(RegistryAwayError):
    """Nothing answers, or not in time; who has more to ask had better wait."""


class AccessRefusedError(RegistryError):
    """MLflow wants a token, or a user and password, or doesn't let this one do it."""


class UnknownModelError(RegistryError):
    """There is no such model, alias, version or run; the message says which there are."""


class RefusedByRegistryError(RegistryError):
    """MLflow doesn't take what it was asked to write; the message has its words."""


class BadCacheError(RegistryError):
    """The folder that keeps versions can't be read or written; the message names it."""


class BadArtifactsError(RegistryError):
    """A version's files that are not there, can't be had by HTTP, or are not to be taken."""
