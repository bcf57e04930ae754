"""The names of a model's labels in Redis; labels belong to a model, whichever of its versions predicted."""

from dataclasses import dataclass

from contract.keys import PREFIX


@dataclass(frozen=True, slots=True)
class LabelKeys:
    """The keys of one model's labels, all in one hash slot."""

    model: str

    def key(self, name: str) -> str:
        """The key of that name."""
        return f"{PREFIX}:{{{self.model}}}:{name}"

    @property
    def waiting(self) -> str:
        """Stream: the labels that are neither joined nor unmatched yet, in the order in which they came."""
        return self.key("labels")

    @property
    def ledger(self) -> str:
        """Hash: the counts by which every received label is accounted for."""
        return self.key("labels:ledger")

    @property
    def windows(self) -> str:
        """Hash: window id to the counts of the labels in its labels.parquet."""
        return self.key("labels:windows")

    @property
    def unmatched(self) -> str:
        """Stream: labels that belong to no logged prediction, each with its reason."""
        return self.key("labels:unmatched")

    @property
    def implied(self) -> str:
        """Set: ids of the windows whose horizon has passed and whose implied labels are written."""
        return self.key("labels:implied")

    @property
    def copied(self) -> str:
        """Set: ids of the windows that have the labels which other versions' windows had before them."""
        return self.key("labels:copied")

    @property
    def progress(self) -> str:
        """Hash: how far the last job got."""
        return self.key("labels:progress")

    @property
    def lease(self) -> str:
        """The worker that joins the model's labels."""
        return self.key("labels:lease")

    def idempotency(self, digest: str) -> str:
        """What was sent under a client's Idempotency-Key."""
        return self.key(f"labels:idempotency:{digest}")
