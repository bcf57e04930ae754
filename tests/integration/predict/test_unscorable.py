"""A model may have no answer to values that are each valid; the client is told so."""

from pathlib import Path

import httpx
import numpy as np
import pytest
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression

from bundle import write_bundle
from contract.schema import Schema
from tests.support.data.models import parts
from tests.support.processes.predict import EMBEDDED, is_ready, serving
from tests.support.processes.redis import RedisServer
from tests.support.waiting import wait_for

SCHEMA = Schema.model_validate(
    {
        "entity": "id",
        "label": {"name": "y", "positive": 1},
        "features": [{"name": "a", "kind": "numerical"}, {"name": "b", "kind": "numerical"}],
    }
)


@pytest.fixture
def linear_bundle(tmp_path: Path) -> Path:
    """A logistic regression of two features that pull in opposite directions."""
    rows = np.array([[0, 1], [1, 0], [2, 0], [0, 2]], dtype=np.float32)
    model = LogisticRegression(C=1e6).fit(rows, [0, 1, 1, 0])
    onnx = to_onnx(model, rows[:1], options={"zipmap": False})
    made = parts(name="linear", model=onnx.SerializeToString(), reference=b"", schema=SCHEMA, classes=(0, 1))
    return write_bundle(tmp_path / "linear", made).path


def test_values_without_a_score_are_refused_and_counted(
    linear_bundle: Path, redis_server: RedisServer, redis_url: str, tmp_path: Path
) -> None:
    """Opposing huge values make the sum infinite minus infinite: 422, never a 500."""
    with serving(tmp_path, redis_server.url, BUNDLE=str(linear_bundle), **EMBEDDED) as running:
        wait_for("predict to be ready", lambda: is_ready(running.url))
        before = running.rejections().get("no_score", 0)
        answer = httpx.post(f"{running.url}/predict", json={"features": {"a": 1e38, "b": 1e38}})
        assert answer.status_code == 422, answer.text
        assert answer.json()["reason"] == "no_score"
        assert running.rejections()["no_score"] == before + 1
