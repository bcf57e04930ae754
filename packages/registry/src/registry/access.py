"""Where MLflow is, and who asks."""

from dataclasses import dataclass, field
from typing import Self

import httpx
from pydantic import SecretStr

from contract.errors import BadSettingError
from contract.settings import MlflowSettings
from registry.errors import BadReferenceError


@dataclass(frozen=True, slots=True)
class RegistryAccess:
    """The address of an MLflow server, with a token, or a user and password, where it asks for them."""

    uri: str
    token: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Raise BadReferenceError unless the address is one of a server that speaks HTTP."""
        try:
            url = httpx.URL(self.uri)
        except httpx.InvalidURL:
            url = httpx.URL("")
        if url.scheme not in ("http", "https") or not url.host:
            raise BadReferenceError("expected http://HOST:PORT or https://HOST of an MLflow server")
        if url.userinfo:
            raise BadReferenceError(
                "expected an address without user and password, which belong into MLFLOW_TRACKING_USERNAME "
                "and MLFLOW_TRACKING_PASSWORD"
            )

    @classmethod
    def of(cls, settings: MlflowSettings) -> Self:
        """What the settings say; raises BadSettingError where they name no server."""
        if settings.mlflow_tracking_uri is None:
            raise BadSettingError(
                "MLFLOW_TRACKING_URI: expected http://HOST:PORT of an MLflow server; it isn't set"
            )
        try:
            return cls(
                settings.mlflow_tracking_uri,
                _secret(settings.mlflow_tracking_token),
                settings.mlflow_tracking_username,
                _secret(settings.mlflow_tracking_password),
            )
        except BadReferenceError as error:
            raise BadSettingError(f"MLFLOW_TRACKING_URI: {error}") from None  # it may hold a password

    @property
    def headers(self) -> dict[str, str]:
        """What says who asks; as with MLflow's own client a user and password go before a token."""
        if self.username is None and self.token is not None:
            return {"Authorization": f"Bearer {self.token}"}
        return {}

    @property
    def auth(self) -> httpx.BasicAuth | None:
        """The user and password, where there is a user."""
        return httpx.BasicAuth(self.username, self.password or "") if self.username is not None else None


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value is not None else None
