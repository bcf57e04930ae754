"""A server that answers as MLflow never does leads to a named error, and to no file outside the cache."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry import (
    AccessRefusedError,
    BadArtifactsError,
    ModelReference,
    RegistryAccess,
    RegistryAwayError,
    RegistryCache,
    RegistryClient,
    RegistryError,
)
from registry.errors import UnreachableRegistryError
from registry.rest.artifacts import MOST_BYTES, MOST_FILES
from tests.support.registry.strange import (
    LISTING,
    LOCATION,
    MODEL,
    VERSION,
    VERSIONS,
    Strange,
    strange_server,
)

CHAMPION = ModelReference("churn", alias="champion")


@pytest.fixture
def strange() -> Iterator[Strange]:
    """The server."""
    with strange_server() as server:
        yield server


def fetch_error(strange: Strange, folder: Path, **who: str) -> RegistryError:
    """The error that fetching leads to; nothing is left of what was fetched."""
    with RegistryClient(RegistryAccess(strange.url, **who)) as client:
        cache = RegistryCache(folder / "cache", client)
        with pytest.raises(RegistryError) as error:
            cache.fetch(CHAMPION)
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert len([*folder.glob("cache/churn/*")]) == 0
    return error.value


@pytest.mark.parametrize(
    "name", ["..", ".", "../x", "/etc/x", "a/b", "a\\b", "", "a\nb", "a\0b", "x" * 256], ids=repr
)
def test_a_name_that_leads_elsewhere_is_refused(strange: Strange, tmp_path: Path, name: str) -> None:
    """Of a file and of a folder."""
    for entry in ({"path": name, "file_size": 1}, {"path": name, "is_dir": True}):
        strange.has_version(entry)
        error = fetch_error(strange, tmp_path)
        assert type(error) is BadArtifactsError
        assert str(error) == f"a file in MLflow is called {name!r}, which is no plain name"


@pytest.mark.parametrize(
    "entries",
    [
        [{"path": "model.onnx", "file_size": MOST_BYTES + 1}],
        [{"path": f"{number}", "file_size": 0} for number in range(MOST_FILES + 1)],
        [{"path": "again", "is_dir": True}],
    ],
    ids=["bytes", "files", "folders"],
)
def test_too_much_is_refused_before_it_is_fetched(
    strange: Strange, tmp_path: Path, entries: list[dict[str, Any]]
) -> None:
    """Bytes, files, and folders in one another without end."""
    strange.has_version(*entries)
    error = fetch_error(strange, tmp_path)
    assert type(error) is BadArtifactsError
    assert "more than" in str(error)


@pytest.mark.parametrize("content", [b"sho", b"longer than listed"], ids=["less", "more"])
def test_a_file_is_as_long_as_it_is_listed(strange: Strange, tmp_path: Path, content: bytes) -> None:
    """One that is cut short, or that doesn't end, is no file."""
    strange.has_version({"path": "model.onnx", "file_size": 6})
    strange.says(f"{LISTING}/1/model/bundle/model.onnx", content)
    assert type(fetch_error(strange, tmp_path)) is RegistryAwayError


def test_a_file_that_breaks_off_is_no_file(strange: Strange, tmp_path: Path) -> None:
    """Its server was stopped meanwhile, say."""
    strange.has_version({"path": "model.onnx", "file_size": 6})
    strange.says(f"{LISTING}/1/model/bundle/model.onnx", b"sho", Content_Length="6")
    assert type(fetch_error(strange, tmp_path)) is UnreachableRegistryError


AWAY, REFUSED, BAD = RegistryAwayError, AccessRefusedError, BadArtifactsError
ANSWERS: list[tuple[str, int, str, type[RegistryError], str]] = [
    (VERSION, 200, "<html>Sign in</html>", AWAY, "text/html instead of JSON"),
    (VERSION, 200, "[]", AWAY, "instead of JSON"),
    (VERSION, 200, "{}", AWAY, "None is no model version"),
    (VERSION, 200, '{"model_version": {"name": "churn", "version": "x"}}', AWAY, "is no model version"),
    (VERSION, 302, "", AWAY, "a redirection to https://elsewhere.example"),
    (VERSION, 404, "not found", AWAY, "status 404"),
    (VERSION, 404, '{"detail": "Not Found"}', AWAY, "doesn't answer as MLflow does: status 404: Not Found"),
    (VERSION, 400, '{"message": "no such route"}', AWAY, "status 400: no such route"),
    (
        VERSION,
        200,
        '{"model_version": {"name": "churn", "version": "1", "tags": [1]}}',
        AWAY,
        "no model version",
    ),
    (VERSION, 429, '{"message": "slow down"}', AWAY, "status 429: slow down"),
    (VERSION, 503, "", AWAY, "status 503"),
    (VERSION, 401, "", REFUSED, "refuses access (401)"),
    (VERSION, 403, '{"message": "not yours"}', REFUSED, "refuses access (403: not yours)"),
    (LOCATION, 200, "{}", AWAY, "no artifact_uri"),
    (LOCATION, 200, '{"artifact_uri": "mlflow-artifacts://other.example/1"}', BAD, "other.example"),
    (LOCATION, 200, '{"artifact_uri": "mlflow-artifacts:/1/../.."}', BAD, "is no place"),
    (LISTING, 200, '{"files": [1]}', AWAY, "is no list of files"),
    (LISTING, 200, '{"files": {}}', AWAY, "files isn't a list"),
    (LISTING, 200, '{"files": [{"path": "x", "file_size": -1}]}', AWAY, "is no list of files"),
]
"""A path, its status and content; the error's kind, and what it says."""


MODELS: list[tuple[str, str]] = [
    ('{"registered_model": null}', "registered_model isn't an object"),
    ('{"registered_model": []}', "registered_model isn't an object"),
    ('{"registered_model": {"aliases": 1, "tags": 1}}', "isn't a list"),
    ('{"registered_model": {"aliases": [null], "tags": [null]}}', "no "),
    ('{"registered_model": {"aliases": [{"alias": "a"}], "tags": [{"key": "a"}]}}', "no "),
]
"""Content that describes no model, and what the error says."""


@pytest.mark.parametrize("case", MODELS, ids=str)
def test_a_strange_description_of_a_model_is_said(strange: Strange, case: tuple[str, str]) -> None:
    """Whoever asks for aliases or tags follows a source for days: only named errors are expected."""
    content, words = case
    strange.says(MODEL, content.encode())
    with RegistryClient(RegistryAccess(strange.url)) as client:
        for ask in (client.aliases, client.tags):
            with pytest.raises(RegistryAwayError) as error:
                ask("churn")
            assert words in str(error.value)


def test_an_alias_of_no_number_is_said(strange: Strange) -> None:
    """Each of MLflow's versions is one."""
    strange.says(MODEL, {"registered_model": {"aliases": [{"alias": "a", "version": "x"}]}})
    with (
        RegistryClient(RegistryAccess(strange.url)) as client,
        pytest.raises(RegistryAwayError, match="alias 'a' means version 'x'"),
    ):
        client.aliases("churn")


def test_a_list_of_nothing_is_empty(strange: Strange) -> None:
    """Whether it is left out, or said to be null."""
    with RegistryClient(RegistryAccess(strange.url)) as client:
        for model in ({}, {"aliases": None, "tags": None}):
            strange.says(MODEL, {"registered_model": model})
            strange.says(VERSIONS, {"model_versions": None})
            assert (client.aliases("churn"), client.tags("churn"), client.versions("churn")) == ({}, {}, [])


@pytest.mark.parametrize("case", ANSWERS, ids=str)
def test_a_strange_answer_is_said(
    strange: Strange, tmp_path: Path, case: tuple[str, int, str, type[RegistryError], str]
) -> None:
    """With the server, what came, and by an error that tells whether it may be different later."""
    path, status, content, kind, words = case
    strange.has_version({"path": "model.onnx", "file_size": 6})
    headers = {"Content_Type": "text/html", "Location": "https://elsewhere.example"}
    strange.says(path, content.encode(), status, **headers)
    error = fetch_error(strange, tmp_path)
    assert type(error) is kind
    assert words in str(error)
    assert kind is BAD or strange.url in str(error)


def test_the_token_or_the_user_is_sent_with_each_request(strange: Strange, tmp_path: Path) -> None:
    """And is in no message."""
    strange.has_version({"path": "../x"})
    secret = "s3cret"  # noqa: S105 - what is looked for in messages
    said = fetch_error(strange, tmp_path, token=secret)
    assert strange.asked_by == [f"Bearer {secret}"] * 3
    strange.asked_by.clear()
    strange.says(VERSION, b"", 401)
    said_too = fetch_error(strange, tmp_path, username="ann", password=secret)
    assert strange.asked_by == ["Basic YW5uOnMzY3JldA=="]
    assert secret not in f"{said}{said_too}"
