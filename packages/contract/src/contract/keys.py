"""The names of everything in Redis; one model version is one partition, and one hash slot."""

from dataclasses import dataclass

PREFIX = "driftline"

MODEL_PATTERN = "[a-z0-9][a-z0-9_-]{0,63}"
VERSION_PATTERN = "[0-9a-f]{12}"

PARTITIONS = f"{PREFIX}:partitions"
"""A set of `model:version`: every partition that has ever been written."""


def heartbeat_key(worker: str) -> str:
    """A key that lives as long as the worker of that name beats."""
    return f"{PREFIX}:heartbeat:{worker}"


SWEEP_HEARTBEAT = f"{PREFIX}:sweep-heartbeat"
"""A key that lives as long as a sweep looks after the partitions."""


@dataclass(frozen=True, slots=True)
class Partition:
    """One version of one model: its stream, its windows and what became of them."""

    model: str
    version: str

    def __str__(self) -> str:
        return f"{self.model}:{self.version}"

    @classmethod
    def parse(cls, text: str) -> "Partition":
        """Read `model:version` as it stands in PARTITIONS."""
        model, _, version = text.partition(":")
        return cls(model, version)

    @property
    def labels(self) -> dict[str, str]:
        """What every metric about this partition is labelled with, so that no two versions share a series."""
        return {"model": self.model, "model_version": self.version}

    def key(self, name: str) -> str:
        """The key of that name; the braces keep a partition's keys in one slot of a Redis Cluster."""
        return f"{PREFIX}:{{{self}}}:{name}"

    @property
    def window_prefix(self) -> str:
        """What the ids of this partition's windows begin with."""
        return f"{self.model}-{self.version}"

    @property
    def stream(self) -> str:
        """The stream of records."""
        return self.key("stream")

    @property
    def open_window(self) -> str:
        """Hash: number, start, first, last, rows and period of the window that is being filled."""
        return self.key("open")

    @property
    def pending(self) -> str:
        """Hash: window id to window, for closed windows without an evaluation."""
        return self.key("pending")

    @property
    def evaluations(self) -> str:
        """Hash: window id to evaluation."""
        return self.key("evaluations")

    @property
    def evaluated(self) -> str:
        """Sorted set: window ids by window number."""
        return self.key("evaluated")

    @property
    def decisions(self) -> str:
        """Stream: one entry per decision, for others to react to."""
        return self.key("decisions")

    @property
    def incidents(self) -> str:
        """Stream: one entry per incident, when its first window is decided, for others to call somebody."""
        return self.key("incidents")

    @property
    def quality(self) -> str:
        """Hash: id to quality evaluation."""
        return self.key("quality")

    @property
    def quality_order(self) -> str:
        """Sorted set: ids of quality evaluations by their number."""
        return self.key("quality-order")

    @property
    def logged(self) -> str:
        """JSON: which evaluations stand in the version's run in MLflow."""
        return self.key("logged")

    @property
    def dead_letters(self) -> str:
        """Stream: entries that could not be read, each with its reason."""
        return self.key("dead-letters")

    @property
    def ledger(self) -> str:
        """Hash: the counts by which every accepted record is accounted for."""
        return self.key("ledger")

    @property
    def attempts(self) -> str:
        """Hash: how often the evaluation of each pending window was begun, and how often it failed."""
        return self.key("attempts")

    @property
    def tally(self) -> str:
        """Hash: how many windows came to each status, to each decision, and when last; of quality too."""
        return self.key("tally")

    @property
    def served(self) -> str:
        """Hash: since when the version is served, and when one that serves it said so last."""
        return self.key("served")

    @property
    def retired(self) -> str:
        """When the version was retired, in milliseconds since the epoch."""
        return self.key("retired")

    def writer(self, writer: str) -> str:
        """Hash: the numbers of the last record and of the last counts taken from that writer."""
        return self.key(f"writer:{writer}")

    def idempotency(self, digest: str) -> str:
        """What was answered to a client's Idempotency-Key."""
        return self.key(f"idempotency:{digest}")

    def lease(self, window_id: str) -> str:
        """The worker that is evaluating that window."""
        return self.key(f"lease:{window_id}")
