"""An alias in the stack's own MLflow says which version is served, and predict is not restarted for it."""

import time
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from bundle import Bundle, open_bundle
from registry import RegisteredVersion, RegistryAccess, RegistryClient
from tests.support.data.three import asked, known_rows
from tests.support.data.versions import EXAMPLE, broken, version
from tests.support.figures import Figures
from tests.support.http.steady_load import steady_load, throughput
from tests.support.registry.registered import register
from tests.support.registry.takeovers import LIMIT, NOISE, seconds_until_answered_by, take_turns
from tests.support.stack.project import Stack
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.alone, pytest.mark.timeout(900)]

MEASURED = 5.0
"""Seconds in which the throughput is measured."""

REPLICAS = 2

REFUSED = 'ALERTS{alertname="DriftlineModelRefused", alertstate="firing"}'

WINDOWS = """
import pathlib, pyarrow.parquet
for path in pathlib.Path("/reports").glob("*/window.parquet"):
    version = path.parent.name.rsplit("-", 2)[0].rsplit("-", 1)[1]
    for each in pyarrow.parquet.read_table(path)["prediction_id"].to_pylist():
        print(version, each)
"""


@pytest.fixture
def client(stack: Stack) -> Iterator[RegistryClient]:
    """A client of the stack's MLflow, which ends with the test."""
    stack.compose("--profile", "mlflow", "up", "--build", "--wait", "mlflow", timeout=600)
    try:
        with RegistryClient(RegistryAccess(stack.url("mlflow", 5000))) as client:
            yield client
    finally:
        stack.compose("--profile", "mlflow", "rm", "--stop", "--force", "mlflow")


def test_a_version_is_served_when_the_alias_means_it(
    stack: Stack, client: RegistryClient, tmp_path: Path, figures: Figures
) -> None:
    """At half the throughput no request fails, and each record is in one window of its own version.

    The slowest hundredth of the requests takes at most twice as long meanwhile. A broken version is refused
    and alerted of, replicas follow alike, and MLflow may be stopped. The drift of each version's windows is
    in its run.
    """
    _is_confined(stack, client)
    first, second = open_bundle(EXAMPLE), version(tmp_path / "second", 0.4)
    request = asked(first, known_rows(first)[0])
    registered = [register(client, first.path, "churn", "champion")]
    with stack.having(BUNDLE="models:/churn@champion"):
        url = stack.predict_url
        wait_for("the first version", partial(_all_serve, url, first), timeout=60)
        throughput(url, request, MEASURED / 5)
        rate = throughput(url, request, MEASURED) / 2
        with steady_load(url, request, rate) as load:
            wait_for("requests before", load.goes_on(3 * rate), timeout=120)
            registered.append(register(client, second.path, "churn", "champion"))
            seconds = seconds_until_answered_by(load, second.version, rate, time.monotonic())
            takeovers = take_turns(client, list(zip(registered, (first, second), strict=True)), load, rate)
        figures.add("an alias of the stack moves", **takeovers.figures(load, rate))
        assert max(seconds, takeovers.slowest) <= LIMIT
        assert takeovers.meanwhile <= 2 * takeovers.before + NOISE
        register(client, broken(tmp_path / "broken"), "churn", "champion")
        wait_for("the alert", partial(stack.prometheus.query, REFUSED), timeout=180, interval=1)
        assert _all_serve(url, first)
        stack.up("--scale", f"predict={REPLICAS}")
        wait_for("two replicas of the first version", partial(_replicas_serve, stack, first))
        client.set_alias("churn", "champion", registered[1].version)
        wait_for("the second version again", partial(_replicas_serve, stack, second), timeout=LIMIT)
        wait_for("no alert", lambda: not stack.prometheus.query(REFUSED), timeout=120, interval=1)
        stack.settle()
        wait_for("every version's windows", partial(_nothing_pending, stack, [first, second]), timeout=120)
        told = {str(each.prediction_id): str(each.version) for each in load.asked}
        found = _windows(stack)
        assert {each: found[each] for each in told} == {each: [by] for each, by in told.items()}
        wait_for("each run to be told of a window", lambda: all(_points(client, each) for each in registered))
        stack.compose("--profile", "mlflow", "stop", "mlflow")
        stack.compose("restart", "predict")
        stack.wait_until_healthy()
        wait_for("the second version without MLflow", partial(_replicas_serve, stack, second))


def _all_serve(url: str, bundle: Bundle) -> bool:
    """Whether whichever process answers serves the version."""
    try:
        answers = [httpx.get(f"{url}/model") for _ in range(8)]
    except httpx.TransportError:
        return False
    return all(each.is_success and each.json()["metadata"]["version"] == bundle.version for each in answers)


def _replicas_serve(stack: Stack, bundle: Bundle) -> bool:
    """Whether each process of each replica serves the version."""
    return all(_all_serve(stack.url("predict", 8000, 1 + number), bundle) for number in range(REPLICAS))


def _is_confined(stack: Stack, client: RegistryClient) -> None:
    """MLflow is two processes, not root's, that may write to its volume alone; other names get nothing."""
    [container] = stack.inspect("mlflow")
    host = container["HostConfig"]
    assert (host["ReadonlyRootfs"], host["CapDrop"], host["Memory"]) == (True, ["ALL"], 1024**3)
    lines = stack.docker("top", container["Id"], "-eo", "uid,pid,args").splitlines()[1:]
    assert {line.split()[0] for line in lines} == {"10001"}
    assert len([line for line in lines if "/python" in line]) == 2
    asked = httpx.get(f"{client.uri}/api/2.0/mlflow/registered-models/search", headers={"Host": "a.example"})
    assert asked.status_code == httpx.codes.FORBIDDEN


def _points(client: RegistryClient, registered: RegisteredVersion) -> list[dict[str, Any]]:
    """The drift shares in a version's run."""
    asked = {"run_id": registered.run_id or "", "metric_key": "drift/share"}
    return list(client.http.get("metrics/get-history", **asked).get("metrics", []))


def _nothing_pending(stack: Stack, bundles: list[Bundle]) -> bool:
    ledgers: dict[str, Any] = stack.worker("ledger")
    wanted = {bundle.version for bundle in bundles}
    found = [each for name, each in ledgers.items() if any(version in name for version in wanted)]
    return len(found) == len(bundles) and all(each["balanced"] and not each["pending"] for each in found)


def _windows(stack: Stack) -> dict[str, list[str]]:
    """The versions in whose windows each prediction is."""
    lines = stack.compose("exec", "-T", "evidently-ui", "python", "-c", WINDOWS).splitlines()
    found = defaultdict[str, list[str]](list)
    for version_of, prediction in (line.split() for line in lines):
        found[prediction].append(version_of)
    return found
