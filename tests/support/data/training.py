"""Running the command line inside the test's process."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from training.cli import main


@dataclass(frozen=True)
class Answer:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What was printed, as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The one line by which the command says why it failed, behind those of its steps; nothing else."""
        [line] = [each for each in self.err.splitlines() if each.startswith("error: ")]
        assert self.err.endswith(f"{line}\n")
        return line


class Training:
    """The `training` command."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Answer:
        """Run it with these arguments."""
        self._monkeypatch.setattr("sys.argv", ["training", *map(str, arguments)])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self._capsys.readouterr()
        return Answer(int(ended.value.code or 0), printed.out, printed.err)
