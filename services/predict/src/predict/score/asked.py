"""What is asked of the model."""

from dataclasses import dataclass

from contract.schema import Features


@dataclass(frozen=True, slots=True)
class Asked:
    """One valid row: the features in the schema's order, and the entity's key where it was given."""

    entity: str | None
    features: Features
