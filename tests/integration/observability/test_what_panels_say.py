"""What panels say of given series, asked of Prometheus's own engine by promtool."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.observability.dashboards import EVERYTHING, dashboards, panels, substituted
from tests.support.paths import ROOT
from tests.support.processes import program
from tests.support.processes.collector import on_path

VERSION = 'model="churn", model_version="v1"'
FEATURE = f'{VERSION}, feature="fee"'
METHOD = f'{FEATURE}, drift_method="Wasserstein distance (normed)"'
PROCESS = 'job="predict", instance="a"'
ONE_NAME = f'target_info{{{PROCESS}, host_name="vm", process_pid="7"}}'

DRIFTED, SMALL, CHANCE, UNTESTED, LASTING = 1, 2, 3, 4, 5
"""What the column `why` stands for."""

PREDICT_IS_DOWN = -1
"""What a figure of the service is while there is no service."""


def _asked(dashboard: str, title: str, ref: str = "A", rates_over: str = "20s") -> str:
    (panel,) = (each for each in panels(dashboards()[f"{dashboard}.json"]) if each["title"] == title)
    (target,) = (each for each in panel["targets"] if each["refId"] == ref)
    return substituted(target["expr"], {**EVERYTHING, "__rate_interval": rates_over})


def _says(folder: Path, series: dict[str, str], interval: str, asked: list[dict[str, Any]]) -> None:
    """Check answers: `series` gives values in promtool's notation, `asked` its cases of promql_expr_test."""
    rules = ROOT / "prometheus" / "rules"
    document = {
        "rule_files": [str(rules / "objectives.yml"), str(rules / "rejections.yml")],
        "evaluation_interval": interval,
        "group_eval_order": ["objectives", "objectives-short", "objectives-long", "rejections"],
        "tests": [
            {
                "interval": interval,
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": asked,
            }
        ],
    }
    file = folder / "asked.yml"
    file.write_text(yaml.safe_dump(document))
    command = [on_path("promtool"), "test", "rules", str(file)]
    ended = program.run(command, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def _case(expr: str, at: str, *values: float | tuple[str, float]) -> dict[str, Any]:
    """A question and its answers: a value without labels, or the labels and the value."""
    pairs = [each if isinstance(each, tuple) else ("{}", each) for each in values]
    return {
        "expr": expr,
        "eval_time": at,
        "exp_samples": [{"labels": labels, "value": value} for labels, value in pairs],
    }


def _requests_until_predict_ends() -> dict[str, str]:
    """An hour of a request a second, all of them good, and after it predict is down."""
    requests = f'{PROCESS}, route="/predict"'
    return {
        'up{job="predict"}': "1x60 0x60",
        f'api_requests_total{{{requests}, method="POST", status="200"}}': "0+60x60 3600x60",
        f'api_request_latency_seconds_bucket{{{requests}, le="0.25"}}': "0+60x60 3600x60",
        f"api_request_latency_seconds_count{{{requests}}}": "0+60x60 3600x60",
    }


def test_burn_rates_say_nothing_of_requests_that_nobody_answered(tmp_path: Path) -> None:
    """They are told while predict answers, and no more once it is down; what three days were stays."""
    cases = []
    for ref, good in (("B", 1), ("C", 1), ("D", 0), ("E", 0), ("F", 0), ("G", 0)):
        told = f"({_asked('service', 'Are the objectives met?', ref)}) >= 0"
        both = [(f'{{objective="{one}"}}', good) for one in ("availability", "latency")]
        later = both if ref in "BC" else []
        cases += [_case(told, "50m", *both), _case(told, "62m", *later), _case(told, "80m", *later)]
    for ref in "ABCD":
        burning = f"({_asked('service', 'How fast the budget of availability burns', ref)}) >= 0"
        cases += [_case(burning, "50m", 0), _case(burning, "62m"), _case(burning, "80m")]
    _says(tmp_path, _requests_until_predict_ends(), "1m", cases)


def test_figures_of_now_say_that_predict_is_down(tmp_path: Path) -> None:
    """A service that is down has not no requests: the figures stand for what happened, and then say so."""
    shown = {"Requests per second": 1, "Failed, 5 min": 0, "Slow, 5 min": 0, "Refused, 10 min": 0}
    cases = []
    for title, value in shown.items():
        expr = f"round({_asked('service', title, rates_over='4m')})"
        cases += [_case(expr, "50m", value), _case(expr, "62m", PREDICT_IS_DOWN)]
    down = _asked("service", "p95 latency")
    series = {**_requests_until_predict_ends(), ONE_NAME: "1x120"}
    _says(tmp_path, series, "1m", [*cases, _case(down, "62m", PREDICT_IS_DOWN)])


def test_figures_of_now_have_no_requests_to_tell_of_while_predict_is_idle(tmp_path: Path) -> None:
    """Their number is 0, and there is no share of them."""
    requests = f'{PROCESS}, route="/predict"'
    series = {
        'up{job="predict"}': "1x60",
        f'api_requests_total{{{requests}, method="POST", status="200"}}': "0x60",
        f"api_request_latency_seconds_count{{{requests}}}": "0x60",
        ONE_NAME: "1x60",
    }
    cases = [_case(_asked("service", "Requests per second", rates_over="4m"), "50m", 0)]
    cases += [_case(_asked("service", title), "50m") for title in ("Failed, 5 min", "Refused, 10 min")]
    _says(tmp_path, series, "1m", cases)


def test_busy_workers_are_shown_where_one_was_busy(tmp_path: Path) -> None:
    """No line lies at zero for a time in which nobody was seen at work; there are never more than workers."""
    expr = _asked("pipeline", "Workers, and how many are busy")
    series = {'drift_queue_jobs{state="started"}': "0x60 3 0x60", "drift_workers": "2x121"}
    cases = [_case(expr, "50m"), _case(expr, "61m", 2), _case(expr, "80m", 0)]
    _says(tmp_path, series, "1m", cases)


@pytest.mark.parametrize(
    ("title", "ledger", "imbalance", "labels"),
    [
        (
            "Ledger",
            f'feature_log_ledger_records{{{VERSION}, state="accepted"}}',
            f"feature_log_ledger_imbalance_records{{{VERSION}}}",
            f"{{{VERSION}}}",
        ),
        (
            "Label ledger",
            'label_ledger_labels{model="churn", state="received"}',
            'label_ledger_imbalance_labels{model="churn"}',
            '{model="churn"}',
        ),
    ],
)
def test_a_ledger_without_entries_is_not_balanced(
    tmp_path: Path, title: str, ledger: str, imbalance: str, labels: str
) -> None:
    """It is empty until there is something to account for, and then says by how much its sides differ."""
    series = {ledger: "0 5 5 0", imbalance: "0 0 2 2"}
    expr = _asked("pipeline", title)
    answers = [_case(expr, "0"), *(_case(expr, f"{i}m", (labels, of)) for i, of in ((1, 0), (2, 2), (3, 2)))]
    _says(tmp_path, series, "1m", answers)


def test_the_line_of_a_process_ends_with_it(tmp_path: Path) -> None:
    """The collector repeats for a minute what a dead process said last; its lines end before."""
    series = {
        ONE_NAME: "1x24",
        f"predict_build_info{{{PROCESS}}}": "1x24",
        f'process_cpu_time_seconds_total{{{PROCESS}, type="user"}}': "0+0.1x12 1.2x12",
        f"process_memory_usage_bytes{{{PROCESS}}}": "100x24",
        f"http_server_active_requests{{{PROCESS}}}": "2x24",
        f'api_requests_total{{{PROCESS}, route="/predict"}}': "0+5x12 60x12",
    }
    name = f'{{{PROCESS}, host_name="vm", process_pid="7"}}'
    cases = []
    shown = {"Memory by process": 100, "Requests being answered": 2, "Requests per second by process": 1}
    for title, value in shown.items():
        expr = _asked("service", title)
        cases += [_case(expr, "50s", (name, value)), _case(expr, "90s")]
    _says(tmp_path, series, "5s", cases)


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (("1", "0", "0.3", "0.0001"), DRIFTED),
        (("1", "1", "0.3", "0.0001"), DRIFTED),
        (("0", "1", "0.05", "0.0001"), LASTING),
        (("0", "0", "0.05", "0.0001"), SMALL),
        (("0", "0", "0.05", "_"), UNTESTED),
        (("0", "0", "0.3", "0.02"), CHANCE),
        (("0", "0", "0.3", "_"), UNTESTED),
        (("0", "0", "_", "_"), UNTESTED),
    ],
)
def test_a_feature_that_has_not_drifted_says_why(
    tmp_path: Path, shown: tuple[str, str, str, str], why: int
) -> None:
    """It moved a little for long, or too little to count, or as far as by chance, or could not be tested."""
    detected, lasting, score, chance = shown
    series = {
        f"drift_feature_detected{{{FEATURE}}}": detected,
        f"drift_feature_lasting{{{FEATURE}}}": lasting,
        f"drift_feature_score{{{METHOD}}}": score,
        f"drift_feature_threshold{{{METHOD}}}": "0.1",
        f"drift_feature_chance_ratio{{{FEATURE}}}": chance,
    }
    expr = _asked("model", "The last evaluated window, feature by feature", "F")
    _says(tmp_path, series, "1m", [_case(expr, "0", (f"{{{FEATURE}}}", why))])
