"""The settings that both services share, and how a service reads its own and binds its address."""

import socket
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
    ValidationInfo,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from contract.errors import BadSettingError
from contract.proxy.trusted import TrustedProxies
from contract.redis.address import EXPECTED, with_password
from contract.redis.connection import check_url
from contract.schema import first_problem

Service = TypeVar("Service", bound=BaseSettings)
LogLevel = Literal["debug", "info", "warning", "error", "critical"]


def _redis_url(url: str, others: ValidationInfo) -> str:
    """The URL with REDIS_PASSWORD, if the clients take it; no message quotes what may hold a password."""
    try:
        check_url(url)
    except ValueError as error:
        raise ValueError(f"{EXPECTED}; {error}") from None
    password: SecretStr | None = others.data.get("redis_password")
    return with_password(url, password.get_secret_value() if password else None)


def _bundles(text: str) -> str:
    """The text, if it names something between any two of its commas."""
    if not all(part.strip() for part in text.split(",")):
        raise ValueError("expected folders or models:/NAME@ALIAS, separated by commas")
    return text


def _proxies(text: str) -> str:
    """The text without spaces, if it names peers."""
    TrustedProxies(names := text.replace(" ", ""))
    return names


class MlflowSettings(BaseSettings):
    """Where MLflow is, and who asks; the variables are those of MLflow's own client."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True, extra="ignore", frozen=True, use_attribute_docstrings=True
    )

    mlflow_tracking_uri: str | None = None
    """The address of an MLflow server; checked where it is used, since a shell may have another tool's."""

    mlflow_tracking_token: SecretStr | None = None
    """A bearer token, where the server asks for one."""

    mlflow_tracking_username: str | None = None
    """A user, where the server asks for one; it goes before a token."""

    mlflow_tracking_password: SecretStr | None = None
    """The user's password."""


class SharedSettings(MlflowSettings):
    """What predict and drift-worker have to agree on, each by an environment variable of the same name."""

    redis_password: SecretStr | None = None
    """The password of Redis, just as it is; it goes before one in REDIS_URL."""

    redis_url: Annotated[str, AfterValidator(_redis_url)] = "redis://127.0.0.1:6379/0"
    """Where stream, windows and queue are; `rediss://` for TLS, with user and password where Redis asks;
    `redis+sentinel://` for a master that Sentinels know."""

    bundle: Annotated[str, AfterValidator(_bundles)] = "bundles/churn"
    """The models, separated by commas: folders, or `models:/NAME@ALIAS` in MLflow's registry; the first one
    answers at `/predict`."""

    shadow: Annotated[str, AfterValidator(_bundles)] | None = None
    """Shadows, separated by commas, as BUNDLE names models; each shadows the served model of its name."""

    registry_poll: Annotated[float, Field(ge=0.1, le=24 * 3600)] = 5
    """Seconds between two looks at which version a model in MLflow's registry means now."""

    registry_cache: Path = Path("registry")
    """Where versions are kept that were fetched from MLflow, so that a restart doesn't need it."""

    window_rows: Annotated[int, Field(ge=1)] = 1_000
    """Records of a full window; every writer of a stream must have the same."""

    reports_url: HttpUrl | None = None
    """Where `drift-worker ui` is reached: linked on predict's root page, and from runs in MLflow."""

    forwarded_allow_ips: Annotated[str, AfterValidator(_proxies)] | None = None
    """Addresses and networks of proxies, separated by commas, or `*`: X-Forwarded-Prefix is taken from them,
    and in predict's access log X-Forwarded-For; from nobody unless set."""

    log_level: Annotated[LogLevel, BeforeValidator(lambda text: text.strip().lower())] = "info"
    """The least severe log lines that are written."""

    @property
    def trusted_proxies(self) -> TrustedProxies | None:
        """Who FORWARDED_ALLOW_IPS names; None where it isn't set."""
        return TrustedProxies(self.forwarded_allow_ips) if self.forwarded_allow_ips else None

    @property
    def bundles(self) -> tuple[str, ...]:
        """What BUNDLE names, in its order."""
        return _names(self.bundle)

    @property
    def shadows(self) -> tuple[str, ...]:
        """What SHADOW names, in its order; nothing where it isn't set."""
        return _names(self.shadow) if self.shadow else ()

    @property
    def reports_page(self) -> str:
        """What the path of a report is added to, for a link; nothing where nobody said the address."""
        return f"{str(self.reports_url).rstrip('/')}/reports/" if self.reports_url else ""


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def read_settings(service: type[Service]) -> Service:
    """Read a service's settings from the environment.

    Raises BadSettingError with the variable's name, what was expected, and what came instead.
    """
    try:
        return service()
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        name = str(problem["loc"][0]).upper()
        what = first_problem(error).partition(": ")[2].removeprefix("Value error, ")
        given = "" if name == "REDIS_URL" else f", not {problem['input']!r}"  # a URL may hold a password
        raise BadSettingError(f"{name}: {what}{given}") from None


def bound_socket(host: str, port: int, setting: str) -> socket.socket:
    """Bind a TCP socket to the address that `setting`_HOST and `setting`_PORT give; port 0 takes a free one.

    Raises BadSettingError where the address is taken or not this machine's. (uvicorn's Config.bind_socket
    says "[Errno 98] Address already in use", without address or setting, and ends the process itself.)
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except (OSError, UnicodeError) as error:
        raise address_error(host, port, setting, error) from error
    return listener


def address_error(host: str, port: int, setting: str, error: OSError | UnicodeError) -> BadSettingError:
    """Return the error for an address that can't be bound, which names the settings to change."""
    why = error.strerror if isinstance(error, OSError) else "this is not the name of a host"
    return BadSettingError(
        f"can't listen on {host}:{port}: {why}; set {setting}_HOST or {setting}_PORT to another"
    )
