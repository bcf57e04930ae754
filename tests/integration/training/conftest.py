"""What the tests of training share."""

import pytest

from tests.support.data.training import Training


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Training:
    """The command line."""
    return Training(monkeypatch, capsys)
