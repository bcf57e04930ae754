"""Evaluations in Redis are logged to the run of their model version in a real MLflow, once each."""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from redis import Redis

from contract.keys import Partition
from contract.partition import open_window, pending_windows, register
from contract.stream.append import StreamWriter
from contract.windows import Window
from demo.machine.ports import HOST
from drift_worker.record.quality.store import QualityStore
from drift_worker.record.registered import kept_bundle, note_registered
from drift_worker.record.store import EvaluationStore
from drift_worker.tracking.follower import RunFollower
from drift_worker.tracking.runs import RunLog
from registry import RegisteredVersion, RegistryAccess, RegistryClient
from tests.support.evaluations.quality import quality_evaluation
from tests.support.evaluations.windows import HandClock, evaluation_of
from tests.support.processes.mlflow import MlflowServer
from tests.support.processes.wire import Wire
from tests.support.processes.worker import starting
from tests.support.records import PARTITION, append_now, record
from tests.support.registry.registered import now_ms
from tests.support.waiting import wait_for

PAGE = "https://reports.example/reports/"
JSON = "application/json"
OTHER = Partition("another", "0" * 12)
"""It comes before PARTITION."""


@dataclass
class Counted:
    """What was counted."""

    evaluations: int = 0
    failures: int = 0

    def logged(self, partition: Partition, evaluations: int) -> None:
        """Count evaluations."""
        assert partition in (PARTITION, OTHER)
        self.evaluations += evaluations

    def failed(self) -> None:
        """Count a failure."""
        self.failures += 1


@dataclass
class Tracked:
    """A model version with a run, and what logs to it."""

    redis: Redis
    client: RegistryClient
    runs: RunLog
    run_id: str
    counted: Counted
    wire: Wire
    clock: HandClock = field(default_factory=HandClock)

    def log(self) -> None:
        """Log as the sweep's thread does, from what Redis holds."""
        RunFollower(self.runs, 1, 1).log_once()

    def evaluate(self, window: Window, **changes: object) -> None:
        """Commit an evaluation of a window."""
        assert EvaluationStore(self.redis).commit(evaluation_of(window, **changes), {})

    def points(self, key: str, run_id: str | None = None) -> list[tuple[float, int, int]]:
        """Each point of a metric: value, time in milliseconds, step."""
        asked = {"run_id": run_id or self.run_id, "metric_key": key}
        answer = httpx.get(f"{self.client.uri}/api/2.0/mlflow/metrics/get-history", params=asked).json()
        found = [(each["value"], each["timestamp"], each["step"]) for each in answer.get("metrics", [])]
        return sorted(found, key=lambda point: point[2])

    @property
    def tags(self) -> dict[str, str]:
        """The run's tags of ours."""
        answer = httpx.get(f"{self.client.uri}/api/2.0/mlflow/runs/get", params={"run_id": self.run_id})
        tags = {each["key"]: each["value"] for each in answer.json()["run"]["data"]["tags"]}
        return {key: value for key, value in tags.items() if key.startswith("driftline.")}


@pytest.fixture
def tracked(
    redis: Redis, mlflow: MlflowServer, client: RegistryClient, name: str, tmp_path: Path
) -> Iterator[Tracked]:
    """A version whose kept bundle came from the registry; MLflow is behind a wire."""
    run = client.runs.create("tests", name, now_ms())
    keep(tmp_path, PARTITION, run.run_id)
    register(redis, PARTITION)
    wire, clock, counted = Wire(mlflow.port), HandClock(), Counted()

    def connect() -> RegistryClient:
        return RegistryClient(RegistryAccess(f"http://{HOST}:{wire.port}"))

    runs = RunLog(redis, tmp_path, PAGE, connect, counted, clock)
    yield Tracked(redis, client, runs, run.run_id, counted, wire, clock)
    runs.close()
    wire.close()


def keep(reports_dir: Path, partition: Partition, run_id: str | None) -> None:
    """Note of a kept bundle that it is version 3 of a registered model."""
    folder = kept_bundle(reports_dir, partition)
    folder.mkdir(parents=True, exist_ok=True)
    note_registered(folder, RegisteredVersion(name="churn", version=3, run_id=run_id))


def windows(redis: Redis, count: int, partition: Partition = PARTITION) -> list[Window]:
    """Closed windows of ten rows each."""
    register(redis, partition)
    writer = StreamWriter(partition, 10, "test")
    append_now(writer, redis, 1, [record(number) for number in range(10 * count)])
    return pending_windows(redis, partition)


def judged(number: int, share: float, decision: str, **more: object) -> dict[str, Any]:
    """What an evaluation says of a window; its last record is of minute `number`."""
    last = f"2026-01-31T00:{number:02d}:00+00:00"
    output = {"kind": "prediction_drift", "column": "score", "method": "wasserstein", "drifted": False}
    finding = {**output, "score": 0.1, "threshold": 0.1, "size": 0.02}
    said = {"drift_share": share, "decision": decision, "reasons": ["because"], "last_time": last}
    return {**said, "findings": [finding], **more}


def at(number: int) -> int:
    """The time of that minute's window, in milliseconds."""
    return round(datetime.fromisoformat(f"2026-01-31T00:{number:02d}:00+00:00").timestamp() * 1000)


def test_each_evaluation_is_logged_once_with_its_time_and_number(tracked: Tracked) -> None:
    """Drift of windows, quality by labels, and what stands as tags; a repeat adds nothing."""
    first, second, third = windows(tracked.redis, 3)
    tracked.evaluate(first, **judged(1, 0.1, "NO_ACTION"))
    tracked.log()
    tracked.evaluate(
        second,
        **judged(2, 0.5, "RETRAINING_TRIGGERED"),
        reports={"html": "w/report.html", "json": "w/report.json", "window": "w/window.parquet"},
    )
    tracked.evaluate(third, status="expired", decision=None, reasons=["too late"], last_time=first.last)
    looked = quality_evaluation(PARTITION, reports={name: f"q/{name}" for name in ("html", "json", "rows")})
    QualityStore(tracked.redis).commit(looked, None)
    tracked.log()
    tracked.log()
    assert tracked.counted == Counted(evaluations=3)
    tracked.redis.delete(PARTITION.logged)  # as if the sweep had been killed before it kept that
    tracked.runs._seen.clear()
    tracked.log()

    assert tracked.points("drift/share") == [(0.1, at(1), 1), (0.5, at(2), 2)]
    assert tracked.points("drift/action") == [(0, at(1), 1), (1, at(2), 2)]
    assert tracked.points("drift/prediction") == [(0.02, at(1), 1), (0.02, at(2), 2)]
    newest = round(datetime.fromisoformat(looked.shown.last_time).timestamp() * 1000)
    assert tracked.points("quality/auc") == [(0.48, newest, 1)]
    assert tracked.points("quality/auc_z") == [(11.0, newest, 1)]
    assert tracked.points("quality/action") == [(1, newest, 1)]
    assert tracked.tags == {
        "driftline.window": second.id,
        "driftline.decision": "RETRAINING_TRIGGERED",
        "driftline.reasons": "because",
        "driftline.report": f"{PAGE}w/report.html",
        "driftline.quality": looked.quality_id,
        "driftline.quality.decision": "RETRAINING_TRIGGERED",
        "driftline.quality.reasons": "auc 0.48 < 0.83 (z=11.0, labels=500)",
        "driftline.quality.report": f"{PAGE}q/html",
    }


def test_windows_are_logged_in_whatever_order_they_are_evaluated(tracked: Tracked) -> None:
    """Also one that failed, once `retry` has given it another evaluation; the newest's decision stands."""
    first, second, third = windows(tracked.redis, 3)
    tracked.evaluate(third, **judged(3, 0.3, "RETRAINING_TRIGGERED"))
    tracked.evaluate(first, status="failed", decision=None)
    tracked.log()
    tracked.evaluate(second, **judged(2, 0.2, "NO_ACTION"))
    tracked.log()
    assert [point[2] for point in tracked.points("drift/share")] == [2, 3]
    again = evaluation_of(first, **judged(1, 0.1, "NO_ACTION"))
    assert EvaluationStore(tracked.redis).commit(again, {}, instead_of_failed=True)
    tracked.log()
    assert tracked.points("drift/share") == [(0.1, at(1), 1), (0.2, at(2), 2), (0.3, at(3), 3)]
    assert tracked.tags["driftline.window"] == third.id


def test_while_mlflow_is_away_evaluations_wait(tracked: Tracked, caplog: pytest.LogCaptureFixture) -> None:
    """That is said once, and counted each time; afterwards all of them are logged."""
    caplog.set_level(logging.INFO)
    first, second = windows(tracked.redis, 2)
    follower = RunFollower(tracked.runs, 1, 1)
    tracked.wire.is_cut.set()
    tracked.evaluate(first, **judged(1, 0.1, "NO_ACTION"))
    follower.log_once()
    tracked.evaluate(second, **judged(2, 0.2, "NO_ACTION"))
    follower.log_once()
    assert tracked.counted == Counted(failures=2)
    assert [line.levelname for line in caplog.records].count("WARNING") == 1
    assert "evaluations wait to be logged to MLflow" in caplog.text

    tracked.wire.is_cut.clear()
    follower.log_once()
    assert caplog.messages[-1] == "evaluations are logged to MLflow again"
    assert len(tracked.points("drift/share")) == 2


def test_a_run_that_takes_nothing_keeps_no_other_waiting(
    tracked: Tracked, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """One that was deleted, say; restored, it gets what it has missed."""
    run = tracked.client.runs.create("tests", f"{name} other", now_ms())
    keep(tracked.runs.reports_dir, OTHER, run.run_id)
    [window] = windows(tracked.redis, 1)
    [others] = windows(tracked.redis, 1, OTHER)
    tracked.evaluate(window, **judged(1, 0.1, "NO_ACTION"))
    tracked.evaluate(others, **judged(1, 0.1, "NO_ACTION"))
    deleted, kept = sorted([(PARTITION, tracked.run_id), (OTHER, run.run_id)], key=lambda each: str(each[0]))
    tracked.client.http.post("runs/delete", run_id=deleted[1])
    for _ in range(3):
        tracked.log()
    assert len(tracked.points("drift/share", kept[1])) == 1
    assert tracked.counted == Counted(1, 1)
    assert f"evaluations of {deleted[0]} can't be logged to the run of version 3 of churn: " in caplog.text
    tracked.client.http.post("runs/restore", run_id=deleted[1])
    tracked.clock.now += 601
    tracked.log()
    assert len(tracked.points("drift/share", deleted[1])) == 1


@pytest.mark.parametrize(
    ("status", "code", "seconds"), [(500, "INTERNAL_ERROR", 61), (403, "PERMISSION_DENIED", 601)]
)
def test_a_run_that_fails_in_mlflow_keeps_no_other_waiting(  # noqa: PLR0917 - fixtures and cases
    tracked: Tracked, name: str, status: int, code: str, seconds: float, caplog: pytest.LogCaptureFixture
) -> None:
    """Its files are damaged, say, or its experiment may not be written; it is tried again later."""
    run = tracked.client.runs.create("tests", f"{name} other", now_ms())
    runs = {PARTITION: tracked.run_id, OTHER: run.run_id}
    keep(tracked.runs.reports_dir, OTHER, run.run_id)
    for partition in runs:
        [window] = windows(tracked.redis, 1, partition)
        tracked.evaluate(window, **judged(1, 0.1, "NO_ACTION"))
    failing, other = sorted(runs, key=str)
    with failing_for(runs[failing], tracked.client.uri, status, code) as url:
        tracked.runs.connect = lambda: RegistryClient(RegistryAccess(url))
        for _ in range(3):
            tracked.log()
    assert len(tracked.points("drift/share", runs[other])) == 1
    assert tracked.points("drift/share", runs[failing]) == []
    assert tracked.counted == Counted(evaluations=1, failures=1)
    assert f"evaluations of {failing} can't be logged to the run of version 3 of churn: " in caplog.text
    tracked.clock.now += seconds
    tracked.runs._client = tracked.client
    tracked.log()
    assert len(tracked.points("drift/share", runs[failing])) == 1


@contextmanager
def failing_for(run_id: str, uri: str, failure: int, code: str) -> Iterator[str]:
    """A server before MLflow that answers what is about a run with a failure."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if run_id.encode() in body:
                told = {"error_code": code, "message": "boom"}
                status, content = failure, json.dumps(told).encode()
            else:
                answer = httpx.post(f"{uri}{self.path}", content=body, headers={"Content-Type": JSON})
                status, content = answer.status_code, answer.content
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://{HOST}:{server.server_address[1]}"
        server.shutdown()


def test_what_redis_holds_unexpectedly_keeps_no_other_waiting(
    tracked: Tracked, caplog: pytest.LogCaptureFixture
) -> None:
    """A progress that can't be read is begun anew; an unreadable evaluation is said, without its text."""
    keep(tracked.runs.reports_dir, OTHER, "0" * 32)
    [window] = windows(tracked.redis, 1)
    [others] = windows(tracked.redis, 1, OTHER)
    tracked.evaluate(window, **judged(1, 0.1, "NO_ACTION"))
    tracked.evaluate(others, **judged(1, 0.1, "NO_ACTION"))
    tracked.redis.set(PARTITION.logged, "s3cret")
    tracked.redis.hset(OTHER.evaluations, others.id, "s3cret")
    tracked.log()
    assert tracked.points("drift/share") == [(0.1, at(1), 1)]
    assert tracked.counted == Counted(evaluations=1, failures=1)
    assert (
        f"evaluations of {OTHER} can't be logged to the run of version 3 of churn: Validation" in caplog.text
    )
    assert "s3cret" not in caplog.text


def test_of_a_bundle_from_a_folder_nothing_is_logged(redis: Redis, tmp_path: Path) -> None:
    """Nor of a version without a run: MLflow isn't even asked."""
    asked = Asked()
    runs = RunLog(redis, tmp_path, PAGE, asked, Counted())
    [window] = windows(redis, 1)
    EvaluationStore(redis).commit(evaluation_of(window), {})
    runs.log_all()
    keep(tmp_path, PARTITION, None)
    runs.log_all()
    assert asked.times == 0


class Asked:
    """Counts how often a client is wanted."""

    times = 0

    def __call__(self) -> RegistryClient:
        """Give none."""
        self.times += 1
        raise AssertionError


def test_the_sweep_goes_on_while_mlflow_hangs(
    tracked: Tracked, redis_url: str, bundle_path: Path, tmp_path: Path
) -> None:
    """Its answers are lost: windows are closed by their age meanwhile, and what was logged is there once."""
    [window] = windows(tracked.redis, 1)
    tracked.wire.loses_answers.set()
    variables = {
        "MLFLOW_TRACKING_URI": f"http://{HOST}:{tracked.wire.port}",
        "REGISTRY_POLL": "0.2",
        "REPORTS_URL": "https://reports.example",
        "WINDOW_MIN_ROWS": "5",
        "WINDOW_MAX_AGE": "0.5",
    }
    with starting(redis_url, bundle_path, tmp_path) as start:
        tracked.evaluate(window, **judged(1, 0.1, "NO_ACTION"))
        start("sweep", **variables)
        wait_for("MLflow to be told", lambda: tracked.wire.lost > 0)
        began = time.monotonic()
        append_now(StreamWriter(PARTITION, 10, "more"), tracked.redis, 1, [record(each) for each in range(7)])
        wait_for("a window to be closed by its age", lambda: closed(tracked.redis))
        assert time.monotonic() - began < 5
        assert tracked.redis.get(PARTITION.logged) is None
        tracked.wire.is_cut.set()
        wait_for("the loss to be said", lambda: "evaluations wait" in (tmp_path / "sweep.log").read_text())
        tracked.wire.loses_answers.clear()
        tracked.wire.is_cut.clear()
        wait_for("what was logged to be kept", lambda: tracked.redis.get(PARTITION.logged))
    assert tracked.points("drift/share") == [(0.1, at(1), 1)]


def closed(redis: Redis) -> bool:
    """Whether the window of seven rows is closed."""
    return open_window(redis, PARTITION).rows == 0 and pending_windows(redis, PARTITION)[-1].rows == 7
