"""All shadows of one service: those of each model, and those that shadow none."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from bundle import Bundle
from contract.keys import Partition
from feature_log import LogInstruments
from predict.metrics import Metrics
from predict.settings import Settings
from predict.shadow.child import Patience
from predict.shadow.opening import Candidates, model_of
from predict.shadow.shadow import Shadow
from predict.shadow.shadows import ModelShadows
from predict.shadow.wire import Setup
from sources import in_daemon

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Shadows:
    """Knows the candidates of SHADOW, and has each shadow the model of its name."""

    settings: Settings
    metrics: Metrics
    instruments: LogInstruments
    candidates: Candidates
    patience: Patience = field(default_factory=Patience)
    _served: dict[str, Bundle] = field(default_factory=dict)
    _following: asyncio.Task[None] | None = None
    _models: dict[str, ModelShadows] = field(default_factory=dict)
    _told_strays: frozenset[str] = frozenset()

    def of(self, model: str) -> ModelShadows:
        """Those of one model: the same object whatever becomes of its versions and of its shadows."""
        if model not in self._models:
            rate = self.settings.log_sample_rate
            self._models[model] = ModelShadows(self._shadow, self.metrics.of_shadow, rate)
        return self._models[model]

    async def start(self, served: Iterable[Bundle]) -> None:
        """Begin to shadow the versions that are served; the service doesn't wait for the first look."""
        await asyncio.gather(*(self.serve(each) for each in served))
        if (interval := self.candidates.interval) is not None:
            self._following = asyncio.create_task(self._follow(interval), name="follow SHADOW")

    async def look(self) -> None:
        """Look at the sources once, and let other bundles that they hold be the shadows from now on."""
        changed = await in_daemon(self.candidates.look, "look for SHADOW")
        for name in changed & self._served.keys():
            await self.serve(self._served[name])
        if changed - self._served.keys():
            self._tell_strays()

    async def _follow(self, interval: float) -> None:
        while True:
            try:
                await self.look()
            except Exception:  # the shadows go on as they are, whatever the defect
                _logger.exception("the sources of SHADOW could not be followed")
            await asyncio.sleep(interval)

    def _tell_strays(self) -> None:
        before, self._told_strays = self._told_strays, frozenset(self._stray_names)
        for name in before - self._told_strays - self._served.keys():
            self.metrics.of_shadow(Partition(name, "")).gone()
        for name in self._told_strays:
            self.metrics.of_shadow(Partition(name, "")).unusable()
        for stray in self.strays:
            _logger.error("%s", stray)

    async def serve(self, served: Bundle) -> None:
        """Have the shadows of a model follow the version that is served now."""
        self._served[served.name] = served
        self.metrics.of_shadow(Partition(served.name, "")).gone()
        own = [each for each in self.candidates.found if model_of(each) == served.name]
        await self.of(served.name).exchange(served, own)

    @property
    def strays(self) -> list[str]:
        """What is said of shadows that have the name of no model that is served."""
        served = ", ".join(sorted(self._served))
        return [
            f"SHADOW has a bundle of {name}, but BUNDLE serves {served}; "
            "a shadow has the name of the model that it shadows"
            for name in self._stray_names
        ]

    @property
    def _stray_names(self) -> list[str]:
        names = dict.fromkeys(map(model_of, self.candidates.found))
        return [name for name in names if name not in self._served]

    async def close(self) -> None:
        """Let all shadows score what there is, and end."""
        if self._following:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await asyncio.gather(*(each.close() for each in self._models.values()))

    def _shadow(self, bundle: Bundle) -> Shadow:
        settings, partition = self.settings, Partition(bundle.name, bundle.version)
        setup = Setup(
            bundle=bundle.path,
            version=bundle.version,
            redis_url=str(settings.redis_url),
            spool_dir=settings.spool_dir,
            spool_max_bytes=settings.spool_max_bytes,
            window_rows=settings.window_rows,
            window_period=settings.window_period,
            log_level=settings.log_level,
        )
        metrics = self.metrics.of_shadow(partition)
        return Shadow(
            bundle,
            setup,
            metrics=metrics,
            log_metrics=self.instruments.of(partition),
            patience=self.patience,
        )
