"""A label's whole way through real processes: POST /labels → Redis → job → labels.parquet → ledger."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from bundle import Bundle
from contract.keys import Partition
from contract.labels.ledger import label_ledger
from predict.request.openapi import request_example
from tests.support.labels import account, counting
from tests.support.processes.pipeline import pipeline
from tests.support.waiting import wait_for

ROWS = 50


@pytest.fixture
def asked(bundle: Bundle) -> dict[str, Any]:
    """Two windows of rows."""
    example = request_example(bundle.schema)
    return {"rows": [{**example, "user_id": f"user-{number}"} for number in range(2 * ROWS)]}


def test_labels_meet_their_predictions(bundle: Bundle, asked: dict[str, Any], tmp_path: Path) -> None:
    """Sent before and after the windows are evaluated; the sweep finds those whose job came too early."""
    with pipeline(tmp_path, WINDOW_ROWS=str(ROWS)) as running, Redis.from_url(running.redis.url) as redis:
        running.start("predict")
        answers = httpx.post(f"{running.url}/predict/batch", json=asked).json()["predictions"]
        ids = [each["prediction_id"] for each in answers]
        early = [{"prediction_id": each, "label": True} for each in ids[::2]]
        assert httpx.post(f"{running.url}/labels", json={"labels": early}).status_code == 202
        running.start("worker")
        running.start("sweep")
        wait_for("the early labels to be joined", lambda: label_ledger(redis, "churn").joined == ROWS)
        late = [{"prediction_id": each, "label": False} for each in ids[1::2]]
        assert httpx.post(f"{running.url}/labels", json={"labels": late}).status_code == 202
        wait_for("all labels to be joined", lambda: label_ledger(redis, "churn").joined == 2 * ROWS)
        account(redis, "churn")
        prefix = Partition(bundle.name, bundle.version).window_prefix
        folders = sorted(running.reports.glob(f"{prefix}-*"))
        found = {id_: label for folder in folders for id_, label in counting(folder).items()}

    assert len(folders) == 2
    assert found == {id_: ("true" if place % 2 == 0 else "false") for place, id_ in enumerate(ids)}
