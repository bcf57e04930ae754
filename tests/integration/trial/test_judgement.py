"""A trial judges as the worker judges."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bundle import Acceptance, open_bundle, write_bundle
from contract.schema import DriftOptions, Schema
from drift_worker.decide.decision import Policy
from drift_worker.detect.drift import Reference
from drift_worker.evaluate.judge import judge
from drift_worker.record.bundles import reference_of
from drift_worker.trial.changes.breaks import Case, cases
from drift_worker.trial.monitor import Monitor
from drift_worker.trial.plan import Plan, work_of
from drift_worker.trial.population import Population, population_of
from drift_worker.trial.trial import run_trial
from tests.support.data.accepted import small_parts
from tests.support.data.models import SCHEMA
from tests.support.data.once import shop_bundle

POLICY = Policy(min_rows=50, drift_share_threshold=0.3)
STRICT = Policy(min_rows=50, drift_share_threshold=0.05, alert_budget=2_000.0)
OPTIONS = {
    "monthly_fee": DriftOptions(size=0.5, method="jensenshannon"),
    "skips_7d": DriftOptions(ignore=True),
    "watch_hours_30d": DriftOptions(size=0.01),
}


def with_options(schema: Schema, alert_budget: float | None) -> Schema:
    """The schema with options of single columns, and with a budget."""
    features = [each.model_copy(update={"drift": OPTIONS.get(each.name)}) for each in schema.features]
    return schema.model_copy(update={"features": features, "alert_budget": alert_budget})


@pytest.mark.parametrize(("policy", "budget"), [(POLICY, None), (STRICT, None), (STRICT, 0.01)])
def test_the_same_window_is_decided_alike(bundle_path: Path, policy: Policy, budget: float | None) -> None:
    """Also with sizes, methods and ignored columns of the schema, and with its budget or the worker's."""
    bundle = open_bundle(bundle_path)
    schema = bundle.schema if policy is POLICY else with_options(bundle.schema, budget)
    kept = reference_of(bundle)
    monitor = Monitor.of(kept.frame, schema, policy)
    population = Population(kept.frame, schema, policy, len(kept.frame))
    reference = Reference(kept.frame, schema, monitor.baseline, kept.outputs, kept.importance)
    rng = np.random.default_rng(2)
    decisions = set()
    for case in [None, *cases(kept.frame, schema)[::23]]:
        window = population.draw(300, rng)
        window = window if case is None else case.apply(window, rng)
        worker, tried = judge(reference, window, policy.for_schema(schema)), monitor.judge(window)
        decisions.add(worker.verdict.decision)
        assert tried.verdict.decision == worker.verdict.decision
        assert tried.verdict.reasons == worker.verdict.reasons
        assert [each.p_value for each in tried.findings] == [each.p_value for each in worker.findings]
    assert len(decisions) > 1


@pytest.mark.parametrize("rows", [50, 400])
def test_what_a_column_shows_alone_decides_with_the_others_too(bundle_path: Path, rows: int) -> None:
    """So a trial needs not look at the other columns once one alone calls somebody."""
    population = population_of(open_bundle(bundle_path), POLICY)
    monitor = population.draw_monitor(np.random.default_rng(1))
    alone = 0
    for case in cases(population.rows, population.schema)[::5]:
        window = _broken(population, case, rows)
        if any(monitor.acts_alone(column, window[[column]]) for column in case.columns):
            alone += 1
            assert monitor.judge(window).acted, case
    assert alone


def _broken(population: Population, case: Case, rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(rows)
    return case.apply(population.draw(rows, rng), rng)


def test_too_few_rows_are_never_an_action(bundle_path: Path) -> None:
    """Whatever is in them."""
    population = population_of(open_bundle(bundle_path), POLICY)
    monitor = population.draw_monitor(np.random.default_rng(1))
    window = population.draw(49, np.random.default_rng(1)).assign(monthly_fee=1e9)
    assert not monitor.acts_alone("monthly_fee", window)
    assert monitor.judge(window).verdict.decision == "INSUFFICIENT_DATA"


def test_after_an_accepted_change_the_accepted_rows_are_drawn(tmp_path: Path) -> None:
    """They alone have a value in each column; the columns' references keep their numbers of rows."""
    accepted = [
        Acceptance(windows=("a",), columns=("age",), first_row=300),
        Acceptance(windows=("b",), columns=("service", "score"), first_row=500),
    ]
    bundle = write_bundle(tmp_path / "small", small_parts(700, accepted))
    population = population_of(bundle, POLICY)
    assert (len(population.rows), population.reference_rows) == (200, 700)
    assert not population.rows[["age", "service", "score"]].isna().any().any()
    drawn = population.draw_monitor(np.random.default_rng(1)).baseline.columns
    assert {name: column.present for name, column in drawn.items()} == {
        "age": 400,
        "paperless": 700,
        "service": 200,
        "score": 200,
    }
    assert all(column.missing == 0 for column in drawn.values())


def test_ignored_features_are_neither_broken_nor_shifted(tmp_path: Path) -> None:
    """They are named, so that nobody relies on them."""
    age, *others = SCHEMA.features
    ignored = age.model_copy(update={"drift": DriftOptions(ignore=True)})
    schema = SCHEMA.model_copy(update={"features": [ignored, *others]})
    bundle = write_bundle(tmp_path / "small", small_parts(300, schema=schema))
    result = run_trial(Plan(bundle.path, bundle.version, POLICY, 50, 3, 1), 1, lambda *_: None)
    assert (result.ignored, result.features, result.shifts) == (("age",), 2, ())
    assert {name for each in result.breaks for name in each.columns} == {"paperless", "service"}


@pytest.mark.parametrize("label", ["grade", "amount"])
def test_several_classes_and_values_are_tried_as_well(
    label: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """By the output of the task; what is done is told from nothing to all."""
    bundle = shop_bundle(tmp_path_factory, label)
    plan = Plan(bundle.path, bundle.version, POLICY, 200, 45, 1)
    work = work_of(plan)
    assert {*work.population.schema.outputs} <= {*work.population.rows}
    told: list[tuple[int, int]] = []
    one = run_trial(plan, 1, lambda done, total: told.append((done, total)))
    assert [each.windows for each in one.no_drift] == [45] * 3
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]
    seen = {(each.what, each.name): each.seen_from for each in one.breaks}
    assert seen["x 1000", "x"] == 50
    assert seen["10 % never seen", "colour"] == 200


def test_the_number_of_processes_changes_nothing(tmp_path: Path) -> None:
    """What a piece finds depends on the plan alone; another seed draws other windows."""
    bundle = write_bundle(tmp_path / "small", small_parts(300))

    def tried(processes: int, seed: int) -> dict[str, object]:
        plan = Plan(bundle.path, bundle.version, POLICY, 100, 60, seed)
        return run_trial(plan, processes, lambda *_: None).model_dump(exclude={"made_at"})

    assert tried(1, seed=1) == tried(2, seed=1) != tried(1, seed=2)
