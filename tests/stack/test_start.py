"""What one sees after `docker compose up`."""

import pytest

from tests.support.stack.pages import page
from tests.support.stack.project import Stack, Started

pytestmark = pytest.mark.timeout(600)


def test_the_stack_is_healthy_soon_after_there_was_nothing(started: Started) -> None:
    """Built and started from nothing of the project's own, every service is healthy within 150 s."""
    assert started.seconds < 150
    states = {each["Name"]: each["State"] for each in started.stack.inspect()}
    assert {name: state["Status"] for name, state in states.items() if state["Status"] != "running"} == {}
    health = {name: state["Health"]["Status"] for name, state in states.items() if "Health" in state}
    assert {name: status for name, status in health.items() if status != "healthy"} == {}
    assert len(health) >= 5


def test_every_page_answers(stack: Stack) -> None:
    """The pages that the root page links to are there, and it links to them."""
    root = page(stack.predict_url)
    for name in ("REPORTS", "GRAFANA", "PROMETHEUS"):
        assert f"http://localhost:{stack.environment[f'{name}_PORT']}" in root
    assert 'href="docs"' in root
    assert "swagger" in page(f"{stack.predict_url}/docs").lower()
    assert "<html" in page(stack.url("evidently-ui", 8001)).lower()
    assert "report" in page(f"{stack.url('evidently-ui', 8001)}/reports/")
    assert "version" in page(f"{stack.url('prometheus', 9090)}/api/v1/status/buildinfo")
    if "grafana" in stack.services:
        assert "Grafana" in page(stack.url("grafana", 3000))


def test_the_collector_is_healthy(stack: Stack) -> None:
    """The collector, whose image has nothing to ask with, is healthy as seen from predict."""
    ask = (
        "from urllib.request import urlopen; print(urlopen('http://otel-collector:13133/', timeout=5).status)"
    )
    assert stack.compose("exec", "-T", "predict", "python", "-c", ask).strip() == "200"


def test_a_default_password_is_said(stack: Stack) -> None:
    """Without a password of one's own the log says what to set; Redis asks for the default one."""
    assert "REDIS_PASSWORD is not set" in stack.compose("logs", "redis")
    answer = stack.compose("exec", "-T", "-e", "REDISCLI_AUTH=", "redis", "redis-cli", "PING")
    assert "NOAUTH" in answer


def test_a_password_that_would_break_the_configuration_is_refused(stack: Stack) -> None:
    """A password with a line end ends Redis at once, with a message; others are taken as they are."""
    with pytest.raises(AssertionError, match=r"REDIS_PASSWORD must not hold line ends"):
        stack.compose("run", "--rm", "--no-deps", "-T", "-e", "REDISCLI_AUTH=a\nb", "redis")
    with pytest.raises(AssertionError, match=r"FEATURES_PASSWORD may hold letters, digits"):
        stack.compose("run", "--rm", "--no-deps", "-T", "-e", "FEATURES_PASSWORD=a@b", "redis")


def test_what_has_not_changed_is_not_made_anew(stack: Stack) -> None:
    """Brought up once more, and built once more, every service keeps its container."""
    before = {each["Id"] for each in stack.inspect()}
    stack.up("--build")
    assert {each["Id"] for each in stack.inspect()} == before
