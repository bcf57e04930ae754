"""One shadow by itself: how its process is started, watched and ended."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from pydantic_core import to_json
from redis import Redis

from bundle import Bundle, parts_of, write_bundle
from contract.keys import Partition
from contract.stream.record import Record
from contract.versions.use import read_use
from feature_log import LogInstruments
from predict.metrics import Metrics
from predict.score.predictor import new_prediction_id
from predict.shadow.child import Patience
from predict.shadow.shadow import MAX_SENT, Shadow
from predict.shadow.waiting import MAX_WAITING
from predict.shadow.wire import Setup, decided_by
from tests.support.http.load import Logged
from tests.support.processes.shadows import LOADED, awake

PATIENCE = Patience(hung=2.0, first_pause=0.1)

Test = Callable[["Case"], Awaitable[None]]


class Case:
    """A shadow and its figures."""

    def __init__(self, bundle: Bundle, redis_url: str, spool_dir: Path) -> None:
        self.reader = InMemoryMetricReader()
        meter = MeterProvider([self.reader], shutdown_on_exit=False).get_meter("test")
        partition = Partition(bundle.name, bundle.version)
        setup = Setup(
            bundle=bundle.path,
            version=bundle.version,
            redis_url=redis_url,
            spool_dir=spool_dir,
            spool_max_bytes=1 << 20,
            window_rows=1000,
            window_period=None,
            log_level="info",
        )
        metrics, log_metrics = Metrics(meter, "1").of_shadow(partition), LogInstruments(meter).of(partition)
        self.decided = decided_by(bundle.metadata)
        self.shadow = Shadow(
            bundle,
            setup,
            metrics=metrics,
            log_metrics=log_metrics,
            patience=PATIENCE,
        )

    def value(self, name: str, **labels: str) -> float | None:
        """A figure; None where there is none."""
        data = self.reader.get_metrics_data()
        assert data is not None
        points: list[Any] = [
            point
            for scope in data.resource_metrics[0].scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
            if labels.items() <= (point.attributes or {}).items()
        ]
        return sum(point.value for point in points) if points else None

    def rows(self, outcome: str) -> float | None:
        """How many rows came to an outcome."""
        return self.value("predict.shadow.rows", outcome=outcome)

    async def until(self, what: str, probe: Callable[[], object], timeout: float = LOADED) -> None:
        """Wait on the shadow's own event loop."""
        try:
            async with asyncio.timeout(timeout):
                while not probe():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"waited {timeout:g} s for {what}") from None

    async def until_it_scores(self) -> None:
        """Wait until the model is loaded, and have its process run as any other does."""
        await self.until("it to score", lambda: self.shadow.state == "scoring")
        awake(self.shadow.pid or 0)


def threads(process: int) -> list[int]:
    """The threads of a process."""
    return [int(each.name) for each in Path(f"/proc/{process}/task").iterdir()]


@pytest.fixture
def run(redis_url: str, tmp_path: Path) -> Callable[[Bundle, Test], Case]:
    """Runs a test with a shadow that has started, and closes it."""

    def run_with(bundle: Bundle, test: Test) -> Case:
        async def whole() -> Case:
            case = Case(bundle, redis_url, tmp_path / "spool")
            case.shadow.start()
            try:
                await test(case)
            finally:
                await case.shadow.close()
            return case

        return asyncio.run(whole())

    return run_with


def records(request: dict[str, Any], count: int) -> list[Record]:
    """Records of one row that was answered again and again."""
    found = []
    for _ in range(count):
        prediction_id, time = new_prediction_id()
        features = to_json(request["features"])
        found.append(Record(prediction_id, time, "churn", "0" * 12, "u", features, 0.25, None))
    return found


Run = Callable[[Bundle, Test], Case]


def test_a_hung_process_is_ended_and_another_goes_on(
    run: Run, challengers: dict[str, Bundle], odd: dict[str, Any], requests: list[dict[str, Any]]
) -> None:
    """The rows that it had count as failed, and the next ones are scored."""

    async def test(case: Case) -> None:
        await case.until_it_scores()
        case.shadow.offer(records(odd, 1), case.decided)
        await case.until("its end", lambda: case.value("predict.shadow.ends", how="hung") == 1)
        assert case.shadow.problem == "its process has hung, and is started again"
        await case.until_it_scores()
        case.shadow.offer(records(requests[0], 5), case.decided)
        await case.until("rows to be scored", lambda: case.rows("scored") == 5)
        assert case.rows("failed") == 1
        assert case.shadow.problem is None

    run(challengers["hanging"], test)


def test_a_shadow_counts_as_served(run: Run, redis: Redis, challengers: dict[str, Bundle]) -> None:
    """Its window waits for rows, and it isn't retired, though nobody asks it."""
    partition = Partition("churn", challengers["hanging"].version)

    async def test(case: Case) -> None:
        await case.until("the mark", lambda: read_use(redis, partition).is_served)

    run(challengers["hanging"], test)


def test_rows_that_find_no_room_are_shed(
    run: Run, challengers: dict[str, Bundle], odd: dict[str, Any], requests: list[dict[str, Any]]
) -> None:
    """While it is loaded or hangs, memory is bounded; closing it doesn't wait for ever."""

    async def test(case: Case) -> None:
        case.shadow.offer(records(odd, 1), case.decided)
        await case.until_it_scores()
        case.shadow.offer(records(requests[0], 2 * MAX_WAITING), case.decided)
        shed = case.rows("shed")
        assert shed is not None
        assert MAX_WAITING <= shed <= MAX_WAITING + 1
        began = asyncio.get_running_loop().time()
        await case.shadow.close()
        assert asyncio.get_running_loop().time() - began < PATIENCE.close + PATIENCE.end + 2

    case = run(challengers["hanging"], test)
    settled = sum(case.rows(each) or 0 for each in ("scored", "shed", "failed", "refused"))
    assert settled == 2 * MAX_WAITING + 1
    assert 0 < (case.rows("failed") or 0) <= MAX_SENT
    assert case.value("predict.shadow.running") is None


@pytest.mark.parametrize(
    ("before", "after"),
    [(b'"score": 0.', b'"score": 0.99'), (b'"monthly_fee"', b'"fee"')],
    ids=["otherwise", "not at all"],
)
def test_a_model_that_answers_otherwise_than_its_check_is_not_used(
    run: Run,
    challengers: dict[str, Bundle],
    requests: list[dict[str, Any]],
    tmp_path: Path,
    *,
    before: bytes,
    after: bytes,
) -> None:
    """It is told, its process is not started again, and rows are shed."""
    parts = parts_of(challengers["good"])
    check = parts.check.replace(before, after, 1)
    bundle = write_bundle(tmp_path / "wrong", replace(parts, check=check))

    async def test(case: Case) -> None:
        await case.until("it to be tried", lambda: case.shadow.state == "unusable")
        assert "row 1 of check.json" in (case.shadow.problem or "")
        case.shadow.offer(records(requests[0], 3), case.decided)
        assert case.rows("shed") == 3
        assert case.value("predict.shadow.running") == 0
        await case.until("its process to be gone", lambda: case.shadow.pid is None)

    run(bundle, test)


def test_rows_that_do_not_fit_are_refused(
    run: Run, challengers: dict[str, Bundle], requests: list[dict[str, Any]], redis: Redis
) -> None:
    """The others are scored; features that it doesn't know are left out."""
    fitting = {**requests[0], "features": {**requests[0]["features"], "new": 1.0}}
    lacking = {"features": {**requests[0]["features"]}}
    del lacking["features"]["monthly_fee"]
    of_another_kind = {"features": {**requests[0]["features"], "monthly_fee": "much"}}
    rows = [records(each, 1)[0] for each in (lacking, fitting, of_another_kind)]

    async def test(case: Case) -> None:
        await case.until_it_scores()
        case.shadow.offer(rows, case.decided)
        await case.until("rows to be settled", lambda: case.rows("refused") == 2)
        await case.until("the other one", lambda: case.rows("scored") == 1)

    bundle = challengers["good"]
    run(bundle, test)
    shadowed = Logged(redis, Partition(bundle.name, bundle.version))
    assert shadowed.ids == [rows[1].prediction_id]
    assert b"new" not in shadowed.entries[0][b"features"]


def test_it_gives_way_and_hides_the_password(run: Run, challengers: dict[str, Bundle]) -> None:
    """Its process runs while nothing else wants the core, ends first where memory runs out, and its command
    does not show REDIS_URL.
    """

    async def test(case: Case) -> None:
        await case.until("it to score", lambda: case.shadow.state == "scoring")
        process = case.shadow.pid or 0
        policies = [os.sched_getscheduler(thread) for thread in threads(process)]
        assert set(policies) == {os.SCHED_IDLE}
        assert b"redis" not in Path(f"/proc/{process}/cmdline").read_bytes()
        assert Path(f"/proc/{process}/oom_score_adj").read_text().strip() == "1000"

    run(challengers["good"], test)
