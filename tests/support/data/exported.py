"""Models of other people: trained with scikit-learn on a small table, and exported as they do it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import LogisticRegression

ROWS = 300
NUMBERS = ["x", "y", "age"]
KINDS: Mapping[str, str] = {
    "x": "numerical",
    "y": "numerical",
    "age": "numerical",
    "colour": "categorical",
    "member": "boolean",
}


@dataclass(frozen=True)
class Shop:
    """A folder with rows.csv and schema.yaml, and the frame of the rows."""

    folder: Path
    frame: pd.DataFrame

    @property
    def data(self) -> Path:
        """The table."""
        return self.folder / "rows.csv"

    def schema(self, features: list[str], head: str) -> Path:
        """Write a schema of these features; `head` is the rest of it."""
        lines = [f"  - {{name: '{name}', kind: {KINDS.get(name, 'numerical')}}}\n" for name in features]
        path = self.folder / "schema.yaml"
        path.write_text(f"entity: id\n{head}\nfeatures:\n{''.join(lines)}")
        return path

    def save(self, model: Any, name: str = "model.onnx") -> Path:
        """Write a model beside the table."""
        path = self.folder / name
        path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
        return path


def shop(folder: Path) -> Shop:
    """Bad payers are those with a large x; the number of the class is there too, and an amount."""
    rng = np.random.default_rng(3)
    x, y, age = rng.normal(50, 20, ROWS), rng.normal(10, 4, ROWS), rng.integers(18, 80, ROWS)
    bad = x + rng.normal(0, 10, ROWS) > 50
    frame = pd.DataFrame(
        {
            "id": [f"k{row}" for row in range(ROWS)],
            "x": x.round(3),
            "y": y.round(3),
            "age": age.astype(float),
            "colour": rng.choice(["red", "green", "blue"], ROWS),
            "member": rng.random(ROWS) < 0.5,
            "verdict": np.where(bad, "bad", "good"),
            "code": bad.astype(int),
            "grade": np.array(["c", "a", "b"])[np.digitize(x, [35, 65])],
            "amount": (3 * x - y).round(3),
        }
    )
    frame.to_csv(folder / "rows.csv", index=False)
    return Shop(folder, frame)


def linear(frame: pd.DataFrame, label: str, features: list[str]) -> LogisticRegression:
    """A classifier of these features."""
    return LogisticRegression(max_iter=2000).fit(
        frame[features].to_numpy(np.float32), frame[label].to_numpy()
    )


def exported(model: Any, width: int, zipmap: Any = False) -> Any:
    """The model with one tensor of floats as its input, and a zipmap of that kind."""
    options = {id(model): {"zipmap": zipmap}} if hasattr(model, "predict_proba") else {}
    return to_onnx(model, initial_types=[("X", FloatTensorType([None, width]))], options=options)
