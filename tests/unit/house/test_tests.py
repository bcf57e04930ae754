"""How the tests themselves are kept."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.paths import ROOT

STARTERS = {"tests/support/processes/forked.py", "tests/support/processes/program.py"}
STARTS = re.compile(
    r"subprocess\.(?:Popen|run|call|check_call|check_output)\(|multiprocessing|os\.fork\(|posix_spawn\("
)


def sources() -> Iterator[Path]:
    """Every source file of the tests but this one."""
    return (path for path in sorted((ROOT / "tests").rglob("*.py")) if path != Path(__file__))


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports from."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_what_tests_share_is_imported_from_support_alone() -> None:
    """No file imports from a conftest or from another test."""
    found = [
        f"{path.relative_to(ROOT)}: {module}"
        for path in sources()
        for module in imported(path)
        if module.startswith("tests.") and not module.startswith("tests.support")
    ]

    assert found == []


def test_one_starter_starts_every_process() -> None:
    """No test starts a process in another way, so that none outlives the tests."""
    found = [
        str(path.relative_to(ROOT))
        for path in sources()
        if STARTS.search(path.read_text()) and str(path.relative_to(ROOT)) not in STARTERS
    ]

    assert found == []
