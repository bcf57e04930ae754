"""How model versions and servers are named."""

import pytest

from contract.errors import BadSettingError
from contract.settings import MlflowSettings
from registry import BadReferenceError, ModelReference, RegistryAccess


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("models:/churn@champion", ModelReference("churn", alias="champion")),
        ("models:/churn/3", ModelReference("churn", version=3)),
        (" models:/ab test ä@v-1_b ", ModelReference("ab test ä", alias="v-1_b")),
        ("models:/a@b/3", ModelReference("a@b", version=3)),
        ("models:/a@b@c", ModelReference("a@b", alias="c")),
    ],
)
def test_a_reference_is_a_name_with_an_alias_or_a_version(text: str, reference: ModelReference) -> None:
    """As MLflow writes them; written again it is the same."""
    assert ModelReference.parse(text) == reference
    assert ModelReference.parse(str(reference)) == reference
    assert ModelReference.is_meant(text)


@pytest.mark.parametrize(
    "text",
    [
        "models:/churn",
        "models:/churn/latest",
        "models:/churn/Production",
        "models:/churn/0",
        "models:/churn/-1",
        "models:/churn/1/2",
        "models:/churn@",
        "models:/@champion",
        "models:/churn@a b",
        "models://churn@champion",
        "models:churn@champion",
        "bundles/churn",
        "",
    ],
)
def test_anything_else_is_refused_with_what_was_expected(text: str) -> None:
    """Stages and `latest` too: they don't say which version."""
    with pytest.raises(BadReferenceError) as error:
        ModelReference.parse(text)
    assert str(error.value) == f"expected models:/NAME@ALIAS or models:/NAME/VERSION, not {text!r}"


def test_the_settings_are_those_of_mlflows_own_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user and password go before a token, and no secret is printed."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://mlflow.example/prefix")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "s3cret-token")
    token = RegistryAccess.of(MlflowSettings())
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ann")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "s3cret-word")
    user = RegistryAccess.of(MlflowSettings())

    assert (token.headers, token.auth) == ({"Authorization": "Bearer s3cret-token"}, None)
    assert (user.headers, user.auth is None) == ({}, False)
    assert "s3cret" not in f"{token}{user}{MlflowSettings()!r}"


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (None, "expected http://HOST:PORT of an MLflow server; it isn't set"),
        ("sqlite:///mlflow.db", "expected http://HOST:PORT or https://HOST of an MLflow server"),
        ("localhost:5000", "expected http://HOST:PORT or https://HOST of an MLflow server"),
        ("http://", "expected http://HOST:PORT or https://HOST of an MLflow server"),
        ("http://host:port", "expected http://HOST:PORT or https://HOST of an MLflow server"),
        (
            "http://ann:s3cret@host",
            "expected an address without user and password, which belong into MLFLOW_TRACKING_USERNAME "
            "and MLFLOW_TRACKING_PASSWORD",
        ),
    ],
)
def test_an_address_that_is_no_servers_is_refused(
    uri: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only where a server is needed; the message doesn't quote it, since it may hold a password."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    if uri is not None:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(BadSettingError) as error:
        RegistryAccess.of(MlflowSettings())
    assert str(error.value) == f"MLFLOW_TRACKING_URI: {expected}"
