"""How the service starts, refuses to start, and ends."""

import shutil
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from redis import Redis

from bundle import CheckRow, check_bytes, write_bundle
from demo.machine.ports import HOST, free_port
from tests.support.data.models import parts
from tests.support.http.load import Logged, Outcomes, send
from tests.support.paths import ROOT
from tests.support.processes.forked import Forked
from tests.support.processes.predict import EMBEDDED, environment, is_ready, serving
from tests.support.waiting import wait_for


def expect_failure(folder: Path, said: str, **variables: str) -> None:
    """The service ends with exit code 2 and one message, before anything else happens."""
    printed = folder / "printed"
    code = Forked([], environment(**variables), printed, "predict").wait(60)
    (line,) = printed.read_text().splitlines()
    assert code == 2
    assert line.startswith("predict: ")
    assert said in line


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PREDICT_PORT": "99999"}, "PREDICT_PORT"),
        ({"APPEND_TIMEOUT": "soon"}, "APPEND_TIMEOUT"),
        ({"REDIS_URL": "localhost:6379"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://localhost:6379/0?socket_timeout=abc"}, "REDIS_URL"),
        ({"OTEL_METRICS_EXPORTER": "prometheus", "PREDICT_WORKERS": "2"}, "PREDICT_WORKERS"),
        ({"BUNDLE": "/nowhere"}, "/nowhere"),
        ({"BUNDLE": "/nowhere", "PREDICT_WORKERS": "2", "PREDICT_PORT": "0"}, "/nowhere"),
        ({"PREDICT_HOST": "192.0.2.1"}, "PREDICT_HOST"),
        ({"PREDICT_HOST": "no.such.host.invalid"}, "PREDICT_HOST"),
        ({"PREDICT_HOST": "a..b"}, "can't listen on a..b:"),
        ({"PREDICT_HOST": "a" * 64}, "PREDICT_HOST"),
    ],
)
def test_wrong_settings_are_told_in_one_line(tmp_path: Path, variables: dict[str, str], said: str) -> None:
    """Naming the variable."""
    expect_failure(tmp_path, said, **variables)


def test_workers_end_with_a_master_that_is_killed(
    redis_url: str, tmp_path: Path, asked: dict[str, Any]
) -> None:
    """Else they would hold the port, and it could not be started again."""
    variables = {"PREDICT_WORKERS": "2", "OTEL_SDK_DISABLED": "true"}
    with serving(tmp_path, redis_url, **variables) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        assert send(running.url, asked, 5).statuses == {200: 5}
        pid = running.process.pid
        workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        running.process.kill()
        host, port = urlsplit(running.url).hostname, urlsplit(running.url).port
        wait_for("the port to be free", lambda: not _listens(str(host), port or 0))
        wait_for(
            "the workers to be gone", lambda: not any(map(_runs, workers))
        )  # they tell Redis their counts


def _runs(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


def _listens(host: str, port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((host, port)) == 0


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    """Naming the port."""
    with socket.create_server((HOST, 0)) as taken:
        port = str(taken.getsockname()[1])
        expect_failure(tmp_path, port, PREDICT_PORT=port)


@pytest.mark.parametrize(
    "broken",
    ["model.onnx", "schema.json", "metadata.json", "reference.parquet", "baseline.json", "check.json"],
)
@pytest.mark.parametrize("how", ["missing", "changed"])
def test_a_broken_bundle_is_told(tmp_path: Path, broken: str, how: str) -> None:
    """A missing file by its name, a changed one by its hash or its content."""
    bundle = Path(shutil.copytree(ROOT / "bundles" / "churn", tmp_path / "bundle"))
    if how == "missing":
        (bundle / broken).unlink()
    else:
        (bundle / broken).write_bytes((bundle / broken).read_bytes()[:-2] + b"xx")
    expect_failure(tmp_path, str(bundle), BUNDLE=str(bundle), PREDICT_PORT=str(free_port()))


def test_a_model_that_answers_otherwise_here_is_told(tmp_path: Path) -> None:
    """Than it did where the bundle was built: its check has the answers."""
    row = CheckRow(features={"age": 1.0, "paperless": True, "service": "DSL"}, score=0.123)
    bundle = write_bundle(tmp_path / "bundle", parts(check=check_bytes([row])))
    expect_failure(tmp_path, "expected 0.123", BUNDLE=str(bundle.path), PREDICT_PORT=str(free_port()))


def test_told_to_end_it_answers_what_is_under_way(
    redis_url: str, redis: Redis, logged: Logged, tmp_path: Path, asked: Any
) -> None:
    """Every request that reached it is answered, and every 200 is in the stream."""
    with serving(tmp_path, redis_url, APPEND_TIMEOUT="20", **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        redis.client_pause(1500)
        found: list[Outcomes] = []
        load = threading.Thread(target=lambda: found.append(send(running.url, asked, 24, at_once=24)))
        load.start()
        active = 'http_server_active_requests{http_request_method="POST",url_scheme="http"}'
        wait_for("the requests to be under way", lambda: running.samples().get(active) == 24)
        running.process.terminate()
        load.join()
        assert running.process.wait(20) == 0
    assert found[0].statuses == {200: 24}
    assert sorted(logged.ids) == sorted(found[0].predicted)
    assert not [line for line in running.lines() if line["level"] == "error"]


def test_told_to_end_without_redis_it_ends(tmp_path: Path) -> None:
    """There is nothing to wait for."""
    with serving(tmp_path, f"redis://{HOST}:{free_port()}/0", **EMBEDDED) as running:
        running.process.terminate()
        assert running.process.wait(10) == 0


def test_ctrl_c_ends_it_without_a_traceback(redis_url: str, tmp_path: Path) -> None:
    """As a user of a terminal does."""
    with serving(tmp_path, redis_url, **EMBEDDED) as running:
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(10) == 130
    assert "Traceback" not in running.log.read_text()


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
@pytest.mark.parametrize("collector", ["absent", "silent"])
def test_a_dead_collector_delays_no_request_and_no_end(
    redis_url: str, tmp_path: Path, asked: Any, protocol: str, collector: str
) -> None:
    """It refuses connections, or takes them and never answers."""
    with socket.create_server((HOST, 0)) as listener:
        if collector == "absent":
            listener.close()
        port = free_port() if collector == "absent" else listener.getsockname()[1]
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{HOST}:{port}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
            "OTEL_METRIC_EXPORT_INTERVAL": "200",
            "OTEL_TRACES_SAMPLER": "always_on",
            "APPEND_TIMEOUT": "5",
        }
        with serving(tmp_path, redis_url, **variables) as running:
            wait_for("predict to be ready", lambda: is_ready(running.url))
            assert send(running.url, asked, 50).statuses == {200: 50}
            started = time.monotonic()
            running.process.terminate()
            assert running.process.wait(20) == 0
            assert time.monotonic() - started < 5 + 1, "the limit, and what a busy machine adds"


def test_several_workers_share_the_port(
    redis_url: str, redis: Redis, logged: Logged, tmp_path: Path, asked: Any
) -> None:
    """Each is a writer of its own, and all of them end when they are told to."""
    variables = {"PREDICT_WORKERS": "2", "OTEL_SDK_DISABLED": "true"}
    with serving(tmp_path, redis_url, **variables) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        writers = f"{logged.partition.key('writer')}:*"
        wait_for("both workers to run", lambda: len(redis.keys(writers)) == 2)
        outcomes = send(running.url, asked, 200, at_once=32)
        assert outcomes.statuses == {200: 200}
        assert sorted(logged.ids) == sorted(outcomes.predicted)
        assert len(redis.keys(writers)) == 2
        running.process.terminate()
        assert running.process.wait(20) == 0
    parts = urlsplit(running.url)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://{parts.netloc}/health")
