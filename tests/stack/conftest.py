"""One stack for all of these tests, brought up from nothing and always taken down."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.processes import program
from tests.support.stack.engine import engine_problem
from tests.support.stack.project import Stack, Started

LOG = ROOT / ".driftline" / "stack-test.log"
LEFT_OUT = pytest.StashKey[int]()
WITHOUT = pytest.StashKey[list[str]]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """They come first, for they take longest; where no engine is there they are left out, but not in CI."""
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    items[:] = [*ours, *(item for item in items if item not in ours)]
    if ours and engine_problem() and os.environ.get("CI") != "true":
        config.stash[LEFT_OUT] = len(ours)
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in ours]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    """Say in one line what was left out, and why."""
    left_out = config.stash.get(LEFT_OUT, 0)
    if left_out:
        terminalreporter.write_line(
            f"not run: the {left_out} tests of tests/stack: {engine_problem()}", yellow=True
        )
    for service in config.stash.get(WITHOUT, []):
        terminalreporter.write_line(f"not run: {service}; its image can't be had here", yellow=True)


@pytest.fixture(scope="session")
def started(pytestconfig: pytest.Config) -> Iterator[Started]:
    """The stack, brought up without an image, container or volume of the project; its logs are kept."""
    problem = engine_problem()
    if problem:
        pytest.fail(f"the tests of the stack need a container engine: {problem}", pytrace=False)
    stack = Stack()
    wanted = list(stack.configuration()["services"])
    stack.services = [service for service in wanted if _is_to_be_had(stack, service)]
    pytestconfig.stash[WITHOUT] = [service for service in wanted if service not in stack.services]
    try:
        yield Started(stack, stack.up("--build"))
    finally:
        try:
            LOG.parent.mkdir(exist_ok=True)
            LOG.write_text(stack.compose("logs", "--timestamps", "--no-color"))
        finally:
            stack.compose("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "10")
            services = stack.configuration("*")["services"].values()
            stack.docker("image", "rm", "--force", *{each["image"] for each in services if "build" in each})


@pytest.fixture(autouse=True)
def _mended(request: pytest.FixtureRequest) -> Iterator[None]:
    """However a test ended, the next one finds every service healthy."""
    stack = request.getfixturevalue("started").stack if "started" in request.fixturenames else None
    yield
    if stack is not None:
        stack.mend()


@pytest.fixture(scope="session")
def stack(started: Started) -> Stack:
    """The running stack; a test leaves it healthy, with one container of each service."""
    return started.stack


@pytest.fixture(scope="session")
def month(months_path: Path) -> Path:
    """The example's month in which one feature drifts."""
    return months_path / "month_001"


def _is_to_be_had(stack: Stack, service: str) -> bool:
    """Whether a service can run here: without a registry there is no image of Grafana."""
    if service != "grafana":
        return True
    image = stack.configuration()["services"][service]["image"]
    commands = (["docker", "image", "inspect", image], ["docker", "pull", "--quiet", image])
    return any(program.run(each, capture_output=True, check=False).returncode == 0 for each in commands)
