"""A model in MLflow's registry as a source of bundles: its alias moves to another version."""

import os

from bundle import BundleError, told_name
from registry import (
    AccessRefusedError,
    Fetched,
    ModelReference,
    RegistryAwayError,
    RegistryCache,
    RegistryError,
)
from sources.source import Edition


class RegisteredSource:
    """Asks MLflow which version a reference means; while MLflow is away, it means what it meant before."""

    def __init__(self, reference: ModelReference, cache: RegistryCache, interval: float) -> None:
        """`interval` is in seconds."""
        self.interval = interval
        self.problem: str | None = None
        self._reference = reference
        self._cache = cache
        self._edition: Edition | None = None
        self._refusal: str | None = None
        """Why there was nothing at the last look that MLflow answered; None where there was an edition."""
        self._renewed: Edition | None = None

    def __str__(self) -> str:
        """As BUNDLE names it."""
        return str(self._reference)

    @property
    def short_name(self) -> str:
        """The registered model's name."""
        return self._reference.name

    def told_name(self) -> str | None:
        """As the bundle says that was fetched last."""
        return None if self._edition is None else told_name(self._edition.path)

    def look(self) -> Edition:
        """The version that the reference means; raises BundleError where it means none that can be had."""
        try:
            fetched = self._cache.fetch(self._reference)
        except (RegistryAwayError, AccessRefusedError) as error:
            self.problem = str(error)
            return self._before(None)
        except RegistryError as error:
            self.problem, self._refusal = None, str(error)
            raise BundleError(self._refusal) from error
        edition = self._edition_of(fetched)
        if fetched.away is not None:
            self.problem = str(fetched.away)
            return self._before(edition)
        self.problem = self._refusal = None
        self._edition = edition
        return edition

    def holds(self, edition: Edition) -> bool:
        """Whether the files are there; nobody changes them."""
        return os.path.isdir(edition.path)  # noqa: PTH112 - Path.is_dir raises where a folder may not be entered

    def renew(self, edition: Edition) -> bool:
        """Fetch a version again, once: the files on disk may be damaged, and MLflow's may be well."""
        if edition.registered is None or edition == self._renewed or self.problem is not None:
            return False
        self._renewed = edition
        self._cache.discard(edition.registered)
        try:
            self._cache.fetch(self._reference)
        except RegistryError:
            return False
        return self.holds(edition)

    def confirm(self, edition: Edition) -> None:
        """Note which version was good, for a time when MLflow is away or has a bad one."""
        if edition.registered is None:
            return
        try:
            self._cache.confirm(self._reference, edition.registered)
        except RegistryError as error:
            self.problem = str(error)

    def confirmed(self) -> Edition | None:
        """The version that was good last, if its files are still there."""
        try:
            found = self._cache.confirmed(self._reference)
        except RegistryError:  # the look has said it
            return None
        return None if found is None else self._edition_of(found)

    def _before(self, kept: Edition | None) -> Edition:
        """What the last look gave or, at the start, the version that is kept; raises BundleError."""
        if self._refusal is not None:
            raise BundleError(self._refusal)
        self._edition = self._edition or kept
        if self._edition is None:
            raise BundleError(str(self.problem))
        return self._edition

    def _edition_of(self, fetched: Fetched) -> Edition:
        return Edition(fetched.path, fetched.path, fetched.registered, self._reference)
