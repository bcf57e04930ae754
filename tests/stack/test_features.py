"""The stack's own feature server: what it may do, and requests that hold the entity alone."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contract.schema import read_schema
from tests.support.evaluations.outcome import Outcome, outcome
from tests.support.http.replay import run
from tests.support.stack.project import WINDOW_ROWS, Stack
from tests.support.waiting import wait_for
from training.features.write import write_repository

pytestmark = pytest.mark.timeout(900)

ROWS = WINDOW_ROWS + 200
"""A full window, and one that is closed by hand."""


@pytest.fixture(scope="module")
def served(
    stack: Stack, bundle_path: Path, month: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """The stack with a feature server and the month in Redis; the server ends with these tests."""
    repository = tmp_path_factory.mktemp("features")
    now = datetime.now(UTC).replace(microsecond=0)
    write_repository(read_schema(bundle_path / "schema.json"), month, repository, "churn", now)
    for path in (repository, repository / "data"):
        path.chmod(0o755)  # the container's user reads them
    before = stack.environment["FEATURES_DIR"]
    stack.environment["FEATURES_DIR"] = str(repository)
    try:
        stack.compose("--profile", "feast", "up", "--build", "--wait", "features", timeout=600)
        materialize = ("run", "--rm", "--no-deps", "-T", "features", "materialize", "/repository")
        stack.compose("--profile", "feast", *materialize, timeout=300)
        yield stack
    finally:
        stack.compose("--profile", "feast", "rm", "--stop", "--force", "features")
        stack.environment["FEATURES_DIR"] = before


def test_the_server_is_confined(served: Stack) -> None:
    """It is not root's, may write nowhere and publishes no port; those who reach it reach Redis as well."""
    [container] = served.inspect("features")
    host, network = container["HostConfig"], container["NetworkSettings"]
    assert (host["ReadonlyRootfs"], host["CapDrop"], host["Memory"]) == (True, ["ALL"], 1024**3)
    assert [ports for ports in network["Ports"].values() if ports] == []
    assert {name.rsplit("_", 1)[-1] for name in network["Networks"]} == {"data", "features"}
    sharing = {
        each["Config"]["Labels"]["com.docker.compose.service"]
        for each in served.inspect()
        if each["NetworkSettings"]["Networks"].keys() & network["Networks"].keys()
    }
    assert sharing == {"features", "predict", "drift-worker", "drift-sweep", "redis"}
    lines = served.docker("top", container["Id"], "-eo", "uid,pid").splitlines()[1:]
    assert {line.split()[0] for line in lines} == {"10001"}


def test_its_user_reaches_no_other_keys(served: Stack) -> None:
    """What Driftline keeps in Redis can be neither read nor written by the feature server."""
    user = ("--no-auth-warning", "--user", "features", "--pass", "driftline")
    evaluations = served.partition.evaluations
    for command in (("HGETALL", evaluations), ("HSET", evaluations, "a", "b")):
        assert "NOPERM" in served.compose("exec", "-T", "redis", "redis-cli", *user, *command)


def test_entities_alone_give_the_same(served: Stack, month: Path, tmp_path: Path) -> None:
    """The same predictions, windows and evaluations as the features themselves."""
    given = outcomes(served, month, tmp_path / "given.csv", entities_only=False)
    looked_up = outcomes(served, month, tmp_path / "looked_up.csv", entities_only=True)

    assert [rows for rows, *_ in looked_up[1]] == [WINDOW_ROWS, ROWS - WINDOW_ROWS]
    assert looked_up == given
    found = 'sum(feature_lookups_total{outcome="found"})'
    wait_for("the look-ups to be counted", lambda: served.prometheus.value(found) == ROWS, timeout=60)


def outcomes(
    stack: Stack, month: Path, answers: Path, *, entities_only: bool
) -> tuple[list[tuple[str, str]], list[Outcome]]:
    """Send the rows in batches; gives each entity with its score, and what the windows' evaluations say."""
    stack.settle()
    before = set(stack.evaluations())
    sent = run(month, stack.predict_url, limit=ROWS, batch=100, entities_only=entities_only, answers=answers)
    assert sent.complete, sent.first_problem
    stack.settle()
    with answers.open() as lines:
        scores = [(row["entity"], row["score"]) for row in csv.DictReader(lines)]
    return scores, [outcome(each) for window, each in stack.evaluations().items() if window not in before]
