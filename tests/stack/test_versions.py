"""Two versions of a model are served at once: one drifts, and is retired when it is no longer served."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bundle import Bundle, open_bundle
from contract.keys import Partition
from simulator.scenario.scenarios import Scenario
from tests.support.data.format_1 import as_format_1
from tests.support.processes.predict import is_healthy
from tests.support.stack.project import WINDOW_ROWS, Stack
from tests.support.stack.traffic import send
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(600)

SHIFTED = Scenario("shift", strength=1.5, first_row=1)
ALERT = 'ALERTS{alertname="DriftlineDriftDecided", alertstate="firing"}'


@dataclass(frozen=True)
class Canary:
    """A predict container with another version of the stack's model."""

    stack: Stack
    container: str
    partition: Partition
    beside: str
    """Where the stack's own predict is reached; asked for while it is the only container of its service."""

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://{self.stack.docker('port', self.container, '8000').strip()}"

    def stop(self) -> None:
        """Let it end as a replica does that is scaled down."""
        self.stack.docker("stop", self.container)


@contextmanager
def beside(stack: Stack, service: str, bundle: Bundle, *options: str) -> Iterator[str]:
    """One more container of a service, with another bundle; gives its id."""
    mounted = ["--volume", f"{bundle.path}:/other:ro", "--env", "BUNDLE=/other"]
    container = stack.compose("run", "--detach", *mounted, *options, service).strip()
    try:
        yield container
    finally:
        stack.docker("rm", "--force", container)


@pytest.fixture
def canary(stack: Stack, bundle_path: Path, tmp_path: Path) -> Iterator[Canary]:
    """Another version, served and evaluated beside that of the stack."""
    bundle = as_format_1(open_bundle(bundle_path), tmp_path / "other")
    own = stack.predict_url
    with ExitStack() as running:
        published = ("--publish", "127.0.0.1::8000")
        predict = running.enter_context(beside(stack, "predict", bundle, *published))
        running.enter_context(beside(stack, "drift-worker", bundle))
        canary = Canary(stack, predict, Partition(bundle.name, bundle.version), own)
        wait_for("the canary to answer", lambda: is_healthy(canary.url), timeout=60, interval=0.5)
        yield canary


def test_one_of_two_versions_drifts_and_is_retired(stack: Stack, canary: Canary, months_path: Path) -> None:
    """Its alert is its own, whatever the other says, and ends with it; its evaluations stay."""
    stack.settle()
    send(canary.url, months_path / "month_000", WINDOW_ROWS, concurrency=16, scenario=SHIFTED)
    expect_alerts(stack, canary.partition.version)
    decided_before = decided(stack)
    send(canary.beside, months_path / "month_000", WINDOW_ROWS, concurrency=16)
    wait_for("the other version's decision", lambda: decided(stack) > decided_before, timeout=180, interval=1)
    expect_alerts(stack, canary.partition.version)
    both = {str(stack.partition), str(canary.partition)}
    assert set(stack.worker("retire", canary.partition.model)["served"]) == both

    canary.stop()
    version = f'model_version="{canary.partition.version}"'
    served = f"model_version_served{{{version}}}"
    wait_for("its mark to be stale", lambda: stack.prometheus.value(served) == 0, timeout=90, interval=1)
    expect_alerts(stack, canary.partition.version)
    told = stack.worker("retire", canary.partition.model)
    assert told["retired"] == [str(canary.partition)]
    assert told["served"] == [
        str(stack.partition)
    ]  # other tests may have left versions that are retired already
    expect_alerts(stack)
    listed = [each["decision"] for each in stack.worker("evaluations") if _is_of(each, canary.partition)]
    assert listed == ["RETRAINING_TRIGGERED"]


def expect_alerts(stack: Stack, *versions: str) -> None:
    """Wait until the alert fires for these versions and no other."""
    wait_for(
        f"the alert to fire for {versions or 'no version'}",
        lambda: [labels["model_version"] for labels, _ in stack.prometheus.query(ALERT)] == [*versions],
        timeout=180,
        interval=1,
    )


def decided(stack: Stack) -> float:
    """How often it was decided that the stack's own version needs nothing."""
    count = f'drift_decisions_total{{action="NO_ACTION", model_version="{stack.partition.version}"}}'
    return stack.prometheus.value(count) or 0.0


def _is_of(evaluation: dict[str, str], partition: Partition) -> bool:
    return evaluation["model_version"] == partition.version
