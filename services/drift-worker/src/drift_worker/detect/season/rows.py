"""Rows of a reference by the buckets of their times, which can be taken in any mix."""

from dataclasses import dataclass

import numpy as np

from baseline.buckets import BUCKETS, Places
from baseline.counts import Floats


@dataclass(frozen=True, slots=True)
class BucketRows:
    """The rows of a reference that count, each bucket's behind those of the one before."""

    places: Places
    """Where each row is in the reference; within a bucket in an order that has nothing to do with that."""

    buckets: Places
    """The bucket of each of these rows, ascending."""

    counts: Places
    """The rows of each bucket."""

    @classmethod
    def of(cls, buckets: Places, first: int = 0) -> "BucketRows":
        """The rows from the first one on that counts; `buckets` are those of all rows."""
        own = np.arange(first, len(buckets))
        order = np.lexsort((_scattered(own), buckets[own]))
        return cls(own[order], buckets[own][order], np.bincount(buckets[own], minlength=BUCKETS))

    def effective(self, mix: Places) -> float:
        """Say how many rows in this mix would tell as much as these, weighted."""
        return float(mixed(self.counts[:, np.newaxis].astype(float), mix)[0])

    def sample(self, mix: Places, size: int) -> Places:
        """Choose the places of so many rows in this mix, each row as often as is due, give or take one."""
        weights = np.divide(mix, self.counts, out=np.zeros(BUCKETS), where=self.counts > 0)[self.buckets]
        ends = np.cumsum(weights)
        chosen = np.searchsorted(ends, (np.arange(size) + 0.5) / size * ends[-1])
        found: Places = self.places[np.minimum(chosen, len(ends) - 1)]
        return found

    def covers(self, mix: Places) -> float:
        """Say what share of the rows of a mix is of buckets that have rows here."""
        return float(mix[self.counts > 0].sum() / max(mix.sum(), 1))


def mixed(rows: Floats, mix: Places | Floats) -> Floats:
    """Add up rows by bucket and cell in a mix: by its shares q of m rows they count as 1 / Σ(q²/m) rows."""
    there = rows.sum(axis=1)
    known = (mix > 0) & (there > 0)
    if not known.any():
        return np.zeros(rows.shape[1])
    shares = mix[known] / mix[known].sum()
    added: Floats = (shares / there[known]) @ rows[known] / (shares**2 / there[known]).sum()
    return added


def _scattered(numbers: Places) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint64]]":
    """Mix the bits of numbers, always in the same way; splitmix64 of Steele, Lea and Flood 2014."""
    mixed = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))
