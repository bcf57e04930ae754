"""Half a month, three ways: through the stack, through the demo's processes, and compared offline."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from bundle import open_bundle
from contract.keys import Partition
from dataset import read_dataset
from demo.machine.processes import Processes
from demo.machine.stack import start_stack
from drift_worker.decide.decision import Policy
from drift_worker.evaluate.compare import Comparison, Side, compare_data
from drift_worker.record.store import EvaluationStore
from tests.support.evaluations.outcome import Outcome, outcome
from tests.support.stack.project import WINDOW_ROWS, Stack
from tests.support.stack.traffic import send
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(900)

ROWS = 7 * WINDOW_ROWS + 200


@pytest.fixture(scope="module")
def through_the_stack(stack: Stack, month: Path) -> list[Outcome]:
    """What the stack makes of the rows, sent one by one."""
    stack.settle()
    before = set(stack.evaluations())
    send(stack.predict_url, month, ROWS)
    stack.settle()
    return [outcome(each) for window, each in stack.evaluations().items() if window not in before]


def assert_same(got: list[Outcome], expected: list[Outcome]) -> None:
    """Equal in everything, and in scores to 1e-9."""
    assert [each[:3] for each in got] == [each[:3] for each in expected]
    for (*_, got_findings), (*_, expected_findings) in zip(got, expected, strict=True):
        assert [f.model_copy(update={"score": None}) for f in got_findings] == [
            f.model_copy(update={"score": None}) for f in expected_findings
        ]
        scores = [
            [f.score for f in findings if f.score is not None]
            for findings in (got_findings, expected_findings)
        ]
        assert scores[0] == pytest.approx(scores[1], rel=0, abs=1e-9)


def test_the_demo_gives_the_same(
    through_the_stack: list[Outcome],
    bundle_path: Path,
    month: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same rows in the same order through the demo's processes give the same evaluations."""
    monkeypatch.setenv("WINDOW_ROWS", str(WINDOW_ROWS))
    model = open_bundle(bundle_path)
    full = [each for each in through_the_stack if each[0] == WINDOW_ROWS]
    with Processes(tmp_path) as processes:
        demo = start_stack(processes, tmp_path, [str(model.path)], ui=False, say=print)
        send(demo.predict_url, month, ROWS)
        store = EvaluationStore(demo.redis)
        partition = Partition(model.name, model.version)
        wait_for(
            "the demo's evaluations",
            lambda: len(store.all(partition)) == len(full),
            timeout=180,
            interval=0.5,
        )
        assert_same([outcome(each) for each in store.all(partition)], full)


def test_comparing_offline_gives_the_same(
    through_the_stack: list[Outcome], bundle_path: Path, month: Path, tmp_path: Path
) -> None:
    """`compare` of the reference with each slice of the month gives the same evaluations."""
    compared = comparisons(bundle_path, month, tmp_path)
    assert_same(
        through_the_stack,
        [
            (each.rows, each.verdict.decision, each.verdict.drift_share, list(each.findings))
            for each in compared
        ],
    )


def comparisons(bundle_path: Path, month: Path, folder: Path) -> Iterator[Comparison]:
    """The reference compared with the month's rows, a window's worth at a time."""
    model = open_bundle(bundle_path)
    rows = read_dataset(month, model.schema, label="optional").frame
    reference = folder / "reference.parquet"
    shutil.copy(model.reference_path, reference)
    for begin in range(0, ROWS, WINDOW_ROWS):
        current = folder / f"from_{begin}.parquet"
        pd.DataFrame(rows[begin : min(begin + WINDOW_ROWS, ROWS)]).to_parquet(current, index=False)
        yield compare_data(
            Side(reference),
            Side(current),
            model.schema,
            Policy(200, 0.30),
            bundle=model,
            progress=lambda _: None,
        )
        current.unlink()
