"""The models as they stand: which version of each is served, and what is refused in its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from predict.request.models.served import ServedModel
from predict.score.models.bundles import DamagedModel, Model


@dataclass(frozen=True, slots=True)
class Refused:
    """What the source of a model holds, and why it is not served."""

    why: str
    at: datetime
    """When this process refused it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """All models of BUNDLE by name, in their order; a model that takes over is put here."""

    models: dict[str, Model]
    sources: Mapping[str, str]
    """Where each comes from, as BUNDLE names it."""

    served: dict[str, ServedModel] = field(default_factory=dict)
    refused: dict[str, Refused] = field(default_factory=dict)
    """What the sources hold instead of what is served."""

    problems: dict[str, str] = field(default_factory=dict)
    """Why it is not known what a source holds."""

    @property
    def names(self) -> Sequence[str]:
        """Of all models."""
        return list(self.models)

    @property
    def damaged(self) -> dict[str, str]:
        """Why models are not served, by name."""
        return {name: each.why for name, each in self.models.items() if isinstance(each, DamagedModel)}

    def reason(self, name: str) -> str | None:
        """Why what the source of a model holds is not served; None where nothing is wrong with it."""
        if name in self.refused:
            return self.refused[name].why
        return self.damaged.get(name)

    @property
    def limitations(self) -> dict[str, list[str]]:
        """What is wrong with the sources of the models that are served, by name."""
        refused = {name: [each.why] for name, each in self.refused.items() if name in self.served}
        unknown = {name: [why] for name, why in self.problems.items()}
        return {name: [*refused.get(name, []), *unknown.get(name, [])] for name in self.models}
