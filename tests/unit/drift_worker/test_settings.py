"""A setting that could not be kept to is refused when a command starts."""

import pytest
from pydantic import ValidationError

from contract.schema import first_problem
from drift_worker.settings import Settings

DURATIONS = ["WINDOW_MAX_AGE", "AUDIT_INTERVAL", "LEASE_TTL", "JOB_TIMEOUT", "SWEEP_INTERVAL"]


@pytest.mark.parametrize("name", DURATIONS)
@pytest.mark.parametrize("value", ["inf", "nan", "1e10", "1e-9", "0", "-1"])
def test_a_duration_that_no_clock_measures_is_refused(
    monkeypatch: pytest.MonkeyPatch, *, name: str, value: str
) -> None:
    """By its name, and before anything waits for so long."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refusal:
        Settings()
    assert first_problem(refusal.value).startswith(name.lower())


@pytest.mark.parametrize("name", ["WINDOW_ROWS", "REDIS_URL", "LOG_LEVEL"])
def test_an_empty_variable_is_as_none(monkeypatch: pytest.MonkeyPatch, *, name: str) -> None:
    """As Compose gives it where nothing is set."""
    monkeypatch.setenv(name, "")
    assert getattr(Settings(), name.lower()) == Settings.model_fields[name.lower()].default


@pytest.mark.parametrize("name", DURATIONS)
def test_an_hour_is_a_duration(monkeypatch: pytest.MonkeyPatch, *, name: str) -> None:
    """Whatever it is for."""
    monkeypatch.setenv(name, "3600")
    assert getattr(Settings(), name.lower()) == 3_600
