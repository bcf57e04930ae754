"""Each model has its own log: what it spools comes to its own stream, whoever drains it."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import httpx
from redis import Redis

from bundle import Bundle
from contract.keys import Partition
from contract.partition import ledger
from tests.support.data.three import asked, joined, known_rows, partition_of
from tests.support.http.load import Logged
from tests.support.paths import ROOT
from tests.support.processes.predict import EMBEDDED, Running, is_ready, serving
from tests.support.waiting import wait_for

NO_REDIS = "redis://127.0.0.1:1/0"
EACH = 20
BEFORE = ROOT / "tests" / "integration" / "upgrade" / "version_0_1_0"
OF_BEFORE = Partition("churn", "a16af92fae09")


def ask_each(running: Running, bundles: Mapping[str, Bundle]) -> dict[str, list[str]]:
    """Ask each model EACH times, one after the other; gives the prediction ids of each."""
    ids: dict[str, list[str]] = {name: [] for name in bundles}
    with httpx.Client(base_url=running.url, timeout=20) as client:
        for number in range(EACH):
            for name, bundle in bundles.items():
                body = asked(bundle, known_rows(bundle)[0], number)
                answer = client.post(f"/models/{name}/predict", json=body).raise_for_status()
                ids[name].append(answer.json()["prediction_id"])
    return ids


def test_what_a_killed_service_has_spooled_comes_to_each_models_stream(
    bundles: Mapping[str, Bundle], redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    """In its order, once, and counted as that model's, whichever log has drained it."""
    several = {**EMBEDDED, "BUNDLE": joined(*bundles.values())}
    with serving(tmp_path, NO_REDIS, **several) as running:
        ids = ask_each(running, bundles)
        for bundle in bundles.values():
            labels = partition_of(bundle).labels
            assert running.value("feature_log_spool_records", **labels) == EACH
        running.process.kill()
        running.process.wait()
    with serving(tmp_path, redis_url, **several) as running:
        for name, bundle in bundles.items():
            partition = partition_of(bundle)
            wait_for(
                f"the records of {name}",
                lambda partition=partition: ledger(redis, partition).appended == EACH,  # type: ignore[misc]
            )
            assert Logged(redis, partition).ids == ids[name]
            assert ledger(redis, partition).differences == []
            counted = {"outcome": "drained", **partition.labels}
            assert running.value("feature_log_records_total", **counted) == EACH


def test_while_redis_is_away_each_model_spools_and_says_so(
    bundles: Mapping[str, Bundle], tmp_path: Path
) -> None:
    """Ready all the same, with the name of each in front of what is wrong."""
    with serving(tmp_path, NO_REDIS, **EMBEDDED, BUNDLE=joined(*bundles.values())) as running:
        ask_each(running, bundles)
        told = httpx.get(f"{running.url}/ready").raise_for_status().json()["limitations"]
        assert {each.partition(": ")[0] for each in told} == set(bundles)
        own = httpx.get(f"{running.url}/models/grades/ready").raise_for_status().json()["limitations"]
    assert len(own) == 1
    assert f"grades: {own[0]}" in told


def test_one_model_that_drops_its_records_leaves_the_others_ready(
    bundles: Mapping[str, Bundle], redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    """Its own readiness says it, and /ready names it; a load balancer takes nothing from the others."""
    redis.set(partition_of(bundles["grades"]).stream, "no stream")
    limits = {"SPOOL_MAX_BYTES": "0", "BUNDLE": joined(*bundles.values())}
    with serving(tmp_path, redis_url, **EMBEDDED, **limits) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        ask_each(running, bundles)
        wait_for(
            "the model to say it",
            lambda: httpx.get(f"{running.url}/models/grades/ready").status_code == 503,
        )
        assert httpx.get(f"{running.url}/models/amounts/ready").is_success
        ready = httpx.get(f"{running.url}/ready")
        dropped = {"outcome": "dropped", **partition_of(bundles["grades"]).labels}
        assert running.value("feature_log_records_total", **dropped) > 0
    assert ready.status_code == 200
    assert any(each.startswith("grades: the spool") for each in ready.json()["limitations"])


def test_the_spool_of_a_service_of_before_is_drained(
    bundles: Mapping[str, Bundle], redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    """It had one model, whose version nobody serves any more; its records come to its stream all the same."""
    shutil.copytree(BEFORE / "spool", tmp_path / "spool")
    (file,) = (tmp_path / "spool").glob("*/*.spool")
    waiting = len(file.read_bytes().splitlines()) - 1  # the first line is the header
    answered = json.loads((BEFORE / "answered.json").read_text())
    served = joined(bundles["grades"], bundles["amounts"])
    with serving(tmp_path, redis_url, **EMBEDDED, BUNDLE=served):
        wait_for("the spool to be drained", lambda: not [*(tmp_path / "spool").glob("*/*.spool")])
        ids = Logged(redis, OF_BEFORE).ids
    assert 0 < len(ids) == waiting
    assert ids == answered[-waiting:]
