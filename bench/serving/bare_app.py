"""The other side: the example's model behind FastAPI as one writes it by hand; no log, no telemetry."""

from typing import Any, Final

import numpy as np
import onnxruntime
from fastapi import FastAPI
from pydantic import BaseModel

from bench.example import BUNDLE

THRESHOLD: Final = 0.5


class Features(BaseModel):
    """What the model takes."""

    months_active: float
    monthly_fee: float
    paperless_billing: bool
    plan_stream_tv: bool | None
    plan_stream_movies: bool | None
    net_service: str
    watch_hours_30d: float
    avg_session_mins_7d: float
    unique_devices_30d: float
    skips_7d: float
    rebuffer_events_7d: float
    failed_payments_90d: float
    support_tickets_90d: float
    ticket_avg_resolution_hrs_90d: float


class Question(BaseModel):
    """The body of a request."""

    user_id: str | None = None
    features: Features


class Answer(BaseModel):
    """The body of an answer."""

    prediction: bool
    probability: float


def create_app() -> FastAPI:
    """The application."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(BUNDLE / "model.onnx", options)
    app = FastAPI()

    @app.post("/predict")
    async def predict(question: Question) -> Answer:
        inputs = {name: _tensor(value) for name, value in question.features}
        probability = float(session.run(["probabilities"], inputs)[0][0, 1])
        return Answer(prediction=probability >= THRESHOLD, probability=probability)

    @app.get("/ready")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    return app


def _tensor(value: Any) -> Any:
    if isinstance(value, str):
        return np.array([[value]], dtype=object)
    return np.array([[np.nan if value is None else value]], dtype=np.float32)
