"""What a command imports before it says its first line."""

import sys

import pytest

from tests.support.processes import program

SLOW = ("evidently", "pandas", "scipy")
"""Together they take seconds."""


@pytest.mark.parametrize(
    "module", ["drift_worker.cli.app", "drift_worker.sweep.process", "drift_worker.worker.health"]
)
def test_a_command_that_compares_nothing_imports_nothing_slow(module: str) -> None:
    """`evaluations`, `ledger`, `close`, `sweep` and their like answer at once."""
    code = f"import sys, {module}; print(*({set(SLOW)} & sys.modules.keys()))"
    ended = program.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == []
