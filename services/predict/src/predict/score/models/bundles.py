"""Each bundle of BUNDLE opened and tried, or the reason why its model can't be served."""

import logging
import re
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import parent_process

from bundle import MODEL_NAME, Bundle, Scorer, open_bundle, read_check, verify_answers
from predict.errors import StartError
from predict.score.models.compatibility import cant_take_over, difference
from registry import RegisteredVersion
from sources import Edition, Follower, Refusal, Source, in_spare_time

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenedModel:
    """A model that can be served: it answers as it did where its bundle was built."""

    bundle: Bundle
    scorer: Scorer
    registered: RegisteredVersion | None = None
    """The version in MLflow's registry that it is; None of a folder."""

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


@dataclass(frozen=True, slots=True)
class FollowedModel:
    """A model as it was when predict started, and who tells when its source holds another bundle."""

    model: Model
    follower: Follower[OpenedModel]
    refused: str | None = None
    """Why the model is one that was good before, and not what its source holds; None where it is that."""

    @property
    def name(self) -> str:
        """The model's name, which stays."""
        return self.model.name


def open_models(sources: Sequence[Source]) -> list[FollowedModel]:
    """Open and try the bundle of each source, in their order; at least one of them can be served.

    Logs once which can't, and which are outdated. Raises StartError where none can be served, or where two
    have the same name.
    """
    followers = [Follower(source, open_model) for source in sources]
    found = [_look(follower) for follower in followers]
    models = [_model(each, name) for (each, _), name in zip(found, _names(sources), strict=True)]
    _refuse_repeated_names(sources, models)
    damaged = [model for model in models if isinstance(model, DamagedModel)]
    if len(damaged) == len(models):
        raise StartError("; ".join(model.why for model in damaged))
    if parent_process() is None:  # where several workers serve, their parent says it
        for model in models:
            _say(model)
    followed = [
        FollowedModel(model, follower, refused)
        for model, follower, (_, refused) in zip(models, followers, found, strict=True)
    ]
    for each in followed:
        if isinstance(each.model, OpenedModel) and each.refused is None:
            each.follower.confirm()
    return followed


def open_model(edition: Edition) -> OpenedModel:
    """Open the bundle of an edition, and see that it answers as it did; raises BundleError.

    The main thread does it while predict starts. Any other one does it beside requests, which come first
    where the cores have time.
    """
    is_starting = threading.current_thread() is threading.main_thread()
    with edition.told():
        bundle = open_bundle(edition.path)
        scorer = _scorer(bundle) if is_starting else in_spare_time(partial(_scorer, bundle))
    return OpenedModel(bundle, scorer, edition.registered)


def _scorer(bundle: Bundle) -> Scorer:
    scorer = Scorer(bundle.model_path, bundle.schema, bundle.metadata.signature)
    if bundle.check_path is not None:
        verify_answers(read_check(bundle.check_path), scorer)
    return scorer


def _look(follower: Follower[OpenedModel]) -> tuple[OpenedModel | Refusal, str | None]:
    """What a source holds or, if that is bad, what was served of it before, with what is wrong.

    predict as a whole takes what it finds. But one of its workers that is started again takes what the others
    serve, also where what it finds is good and asks clients for other requests.
    """
    found = follower.first()
    why = found.why if isinstance(found, Refusal) else None
    if why is None and parent_process() is None:
        return found, None
    before = follower.before()
    if isinstance(found, OpenedModel) and before is not None:
        why = difference(before.bundle, found.bundle)
        why = why and cant_take_over(follower.source, found.bundle, why)
    return (found, None) if why is None or before is None else (before, why)


def _model(found: OpenedModel | Refusal, name: str) -> Model:
    return DamagedModel(name, found.why) if isinstance(found, Refusal) else found


def _names(sources: Sequence[Source]) -> list[str]:
    """What each model is called: as its bundle says, else like its folder where no other is called so."""
    told = [source.told_name() for source in sources]
    likely = [name or source.short_name for name, source in zip(told, sources, strict=True)]
    counts = Counter(likely)
    return [
        name if known or (counts[name] == 1 and _is_name(name)) else str(source)
        for name, known, source in zip(likely, told, sources, strict=True)
    ]


def _is_name(name: str) -> bool:
    return re.fullmatch(MODEL_NAME, name) is not None


def _refuse_repeated_names(sources: Sequence[Source], models: Sequence[Model]) -> None:
    counts = Counter(model.name for model in models)
    for name, count in counts.items():
        if count > 1:
            where = " and ".join(
                str(source) for source, model in zip(sources, models, strict=True) if model.name == name
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
