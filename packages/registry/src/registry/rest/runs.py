"""Runs of MLflow: where it keeps what was measured of a model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from registry.errors import UnknownModelError
from registry.rest.http import MlflowHttp

MOST_METRICS: Final = 1_000
"""In one request of log-batch; 100 tags."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run and where its files go."""

    run_id: str
    location: str


@dataclass(frozen=True, slots=True)
class Metric:
    """One point of a run's metric; a point that is there already stays one."""

    key: str
    value: float
    timestamp_ms: int
    step: int = 0


class Runs:
    """The runs of one server; each method raises RegistryError."""

    def __init__(self, http: MlflowHttp) -> None:
        self._http = http

    def create(
        self, experiment: str, name: str, started_ms: int, tags: Mapping[str, str] | None = None
    ) -> Run:
        """Begin a run in an experiment, which is made if there is none of that name."""
        answer = self._http.post(
            "runs/create",
            experiment_id=self.experiment(experiment),
            run_name=name,
            start_time=started_ms,
            tags=_tags(tags or {}),
        )
        text = self._http.text
        return Run(text(answer, "run", "info", "run_id"), text(answer, "run", "info", "artifact_uri"))

    def end(self, run_id: str, ended_ms: int, *, failed: bool = False) -> None:
        """Say that a run has ended, well or not."""
        status = "FAILED" if failed else "FINISHED"
        self._http.post("runs/update", run_id=run_id, status=status, end_time=ended_ms)

    def log(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        tags: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> None:
        """Add points to a run's metrics, set tags, and params, which stay; at most 1,000, 100 and 100."""
        points = [
            {"key": each.key, "value": each.value, "timestamp": each.timestamp_ms, "step": each.step}
            for each in metrics
        ]
        self._http.post(
            "runs/log-batch",
            run_id=run_id,
            metrics=points,
            tags=_tags(tags or {}),
            params=_tags(params or {}),
        )

    def experiment(self, name: str) -> str:
        """The id of an experiment; one is made if there is none of that name."""
        try:
            answer = self._http.get("experiments/get-by-name", experiment_name=name)
            return self._http.text(answer, "experiment", "experiment_id")
        except UnknownModelError:
            return self._http.text(self._http.post("experiments/create", name=name), "experiment_id")


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]
