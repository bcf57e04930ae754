"""Each bundle of BUNDLE opened and tried, or the reason why its model can't be served."""

import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import parent_process
from pathlib import Path

from bundle import (
    MODEL_NAME,
    Bundle,
    BundleError,
    Scorer,
    open_bundle,
    read_check,
    told_name,
    verify_answers,
)

from predict.errors import StartError

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenedModel:
    """A model that can be served: it answers as it did where its bundle was built."""

    bundle: Bundle
    scorer: Scorer

    @property
    def name(self) -> str:
        """The model's name."""
        return self.bundle.name

    @property
    def has_path(self) -> bool:
        """Whether the name can be part of a path; every bundle's can."""
        return True


@dataclass(frozen=True, slots=True)
class DamagedModel:
    """A model that can't be served."""

    name: str
    """As its bundle says; where that can't be read, the name of its folder, or the whole path."""

    why: str
    """What is wrong with the bundle, and what to do."""

    @property
    def has_path(self) -> bool:
        """Whether the name can be part of a path."""
        return _is_name(self.name)


Model = OpenedModel | DamagedModel


def open_models(paths: Sequence[Path]) -> list[Model]:
    """Open and try the bundle in each folder, in their order; at least one of them can be served.

    Logs once which can't, and which are outdated. Raises StartError where none can be served, or where two
    have the same name.
    """
    models = [_open(path, name) for path, name in zip(paths, _names(paths), strict=True)]
    _refuse_repeated_names(paths, models)
    damaged = [model for model in models if isinstance(model, DamagedModel)]
    if len(damaged) == len(models):
        raise StartError("; ".join(model.why for model in damaged))
    if parent_process() is None:  # where several workers serve, their parent says it
        for model in models:
            _say(model)
    return models


def _names(paths: Sequence[Path]) -> list[str]:
    """What each model is called: as its bundle says, else like its folder where no other is called so."""
    told = [told_name(path) for path in paths]
    likely = [name or path.resolve().name for name, path in zip(told, paths, strict=True)]
    counts = Counter(likely)
    return [
        name if known or (counts[name] == 1 and _is_name(name)) else str(path)
        for name, known, path in zip(likely, told, paths, strict=True)
    ]


def _is_name(name: str) -> bool:
    return re.fullmatch(MODEL_NAME, name) is not None


def _open(path: Path, name: str) -> Model:
    try:
        bundle = open_bundle(path)
        scorer = Scorer(bundle.model_path, bundle.schema, bundle.metadata.signature)
        if bundle.check_path is not None:
            verify_answers(read_check(bundle.check_path), scorer)
    except BundleError as error:
        return DamagedModel(name, str(error))
    return OpenedModel(bundle, scorer)


def _refuse_repeated_names(paths: Sequence[Path], models: Sequence[Model]) -> None:
    counts = Counter(model.name for model in models)
    for name, count in counts.items():
        if count > 1:
            where = " and ".join(
                str(path) for path, model in zip(paths, models, strict=True) if model.name == name
            )
            raise StartError(
                f"BUNDLE: {where} hold models of the same name, {name}; requests, streams and figures go by "
                "the name, so leave one out, or build it with another --name"
            )


def _say(model: Model) -> None:
    if isinstance(model, DamagedModel):
        _logger.error("the model %s is not served: %s", model.name, model.why)
    elif model.bundle.outdated:
        _logger.warning("%s", model.bundle.outdated)
