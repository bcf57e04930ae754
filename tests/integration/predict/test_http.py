"""The HTTP face around predictions."""

from typing import Any

import httpx
import pytest

from bundle import Bundle
from tests.support.processes.predict import Running


def test_whatever_can_be_got_has_a_head_as_well(client: httpx.Client) -> None:
    """The same headers, without the content: each path that the OpenAPI page has, and the pages."""
    documented = client.get("/openapi.json").json()["paths"]
    paths = [path for path, methods in documented.items() if "get" in methods]
    assert {"/health", "/ready", "/model", "/models", "/models/churn", "/metrics"} <= set(paths)
    for path in (*paths, "/", "/docs", "/docs/swagger-ui-bundle.js", "/openapi.json"):
        got, head = client.get(path), client.head(path)
        assert (got.status_code, head.status_code) == (200, 200), path
        assert got.headers["Content-Type"] == head.headers["Content-Type"], path
        assert got.content
        assert not head.content


def test_an_unknown_path_is_a_problem(client: httpx.Client) -> None:
    """Which tells where to look."""
    answer = client.get("/predictions")
    assert answer.status_code == answer.json()["status"] == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "/docs" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/predict", "POST"), ("DELETE", "/predict", "POST"), ("POST", "/health", "GET, HEAD")],
)
def test_a_wrong_method_is_told_the_right_ones(
    client: httpx.Client, method: str, path: str, allowed: str
) -> None:
    """In the header and in the problem document."""
    answer = client.request(method, path)
    assert answer.status_code == answer.json()["status"] == 405
    assert answer.headers["Allow"] == allowed
    assert allowed in answer.json()["detail"]


def test_the_model_tells_where_it_comes_from(client: httpx.Client, bundle: Bundle) -> None:
    """Its metadata and its schema."""
    model = client.get("/model").json()
    assert model["metadata"] == bundle.metadata.model_dump(mode="json")
    assert [item["name"] for item in model["schema"]["features"]] == bundle.schema.feature_names


def test_the_example_of_the_page_is_answered(client: httpx.Client) -> None:
    """As the page has it."""
    page = client.get("/openapi.json").json()
    content = page["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert client.post("/predict", json=content["application/json"]["example"]).is_success


def test_the_root_page_leads_on(client: httpx.Client) -> None:
    """Every link of ours works."""
    page = client.get("/").text
    for path in ("docs", "model", "ready", "metrics"):
        assert f'href="{path}"' in page
        assert client.get(f"/{path}").is_success


def test_paths_that_clients_make_up_are_one_route(service: Running, client: httpx.Client) -> None:
    """So are their methods; or clients could fill Prometheus."""
    for number in range(20):
        client.request(f"MADEUP{number}", f"/{number}")
        client.get(f"/predict/{number}")
    routes = [name for name in service.samples() if name.startswith("api_requests_total") and "404" in name]
    assert sorted(routes) == [
        'api_requests_total{method="GET",route="unmatched",status="404"}',
    ]


def test_the_log_is_json_and_holds_no_feature(client: httpx.Client, service: Running, asked: Any) -> None:
    """Not of answered requests, and not of refused ones."""
    asked["features"]["net_service"] = "a-telling-value"
    client.post("/predict", json=asked).raise_for_status()
    asked["features"]["monthly_fee"] = "another-telling-value"
    assert client.post("/predict", json=asked).status_code == 422
    assert service.lines()
    assert "telling-value" not in service.log.read_text()


def test_the_page_of_the_api_needs_nothing_from_outside(client: httpx.Client) -> None:
    """Script, style and icon of /docs come from the service itself."""
    page = client.get("/docs").text
    assert "http://" not in page
    assert "https://" not in page
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        assert f"docs/{name}" in page
        assert client.get(f"/docs/{name}").is_success
