"""The command `drift-worker compare`, run in the project's folder."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from drift_worker.cli.app import main
from tests.support.paths import ROOT

DAYS = ("--as-of", "2024-01-31", "2024-02-29")


class Command:
    """Runs the command in the project's folder."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(ROOT)
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def run(self, reference: Path, current: Path, reports: Path, *more: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        options = ["--reference", reference, "--current", current, "--reports", reports, *more]
        self._monkeypatch.setattr(sys, "argv", ["drift-worker", "compare", *map(str, options)])
        with pytest.raises(SystemExit) as ended:
            main()
        written = self._capsys.readouterr()
        return int(ended.value.code or 0), written.out, written.err

    def document(self, reference: Path, current: Path, reports: Path, *more: str) -> dict[str, Any]:
        """The document that --json prints."""
        code, out, _ = self.run(reference, current, reports, "--json", *more)
        assert code == 0
        document: dict[str, Any] = json.loads(out)
        return document
