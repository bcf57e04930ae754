"""Prometheus's rules and their tests, as they are in the files."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import yaml

from tests.support.paths import ROOT

FOLDER: Final = ROOT / "prometheus"

Rule = dict[str, Any]


@cache
def rules() -> list[Rule]:
    """Every rule of every group."""
    files = sorted((FOLDER / "rules").glob("*.yml"))
    groups = [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> list[Rule]:
    """The rules that alert."""
    return [rule for rule in rules() if "alert" in rule]


def recorded() -> list[Rule]:
    """The rules that record."""
    return [rule for rule in rules() if "record" in rule]


def alert_cases() -> Iterator[tuple[str, list[Rule]]]:
    """Each tested alert with what is expected of it; nothing where it must not fire."""
    for file in sorted((FOLDER / "tests").glob("*.yml")):
        for test in yaml.safe_load(file.read_text())["tests"]:
            for case in test.get("alert_rule_test", []):
                yield case["alertname"], case["exp_alerts"]
