"""Reading one spool file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from contract.stream.append import Batch, Counts
from feature_log.spool.lines import BadLineError, Header, SpooledRecord, read_line


@dataclass(slots=True)
class SpoolFile:
    """The lines of a file that can be read."""

    path: Path
    header: Header | None = None
    records: list[SpooledRecord] = field(default_factory=list)
    bad_lines: int = 0
    bad_at_end: int = 0
    """How many of the bad lines were records after the last one that can be read."""

    def batches(self, size: int) -> Iterator[Batch]:
        """Give the records as batches of at most `size`, in order, counted as the header says.

        Without a header nobody knows whether the records were announced as spooled. They are then sent as
        records of unknown outcome.
        """
        last = self.records[-1].number if self.records else 0
        header = self.header or Header("", "", announce=0, unknown_until=last)
        unknown = [each for each in self.records if each.number <= header.unknown_until]
        spooled = self.records[len(unknown) :]
        sent = Counts(header.counts_number, header.counts) if header.counts else None
        yield from _batches(unknown, size, sent, spooled=False)
        if sent and not unknown:
            yield Batch(header.unknown_until + 1, counts=sent)
        added = {"accepted": len(spooled), "spooled": len(spooled)}
        yield from _batches(spooled, size, Counts(header.announce, added), spooled=True)


def read_file(path: Path) -> SpoolFile:
    """Read a file; raises OSError where it can't be read now, which says nothing about its lines.

    A last line without an end was being written when its process died; its request was never answered.
    """
    found = SpoolFile(path)
    *lines, _ = path.read_bytes().split(b"\n")
    for line in lines:
        try:
            content = read_line(line)
        except BadLineError:
            found.bad_lines += 1
            found.bad_at_end += 1
            continue
        if isinstance(content, Header):
            found.header = content
        else:
            found.records.append(content)
            found.bad_at_end = 0
    if found.header is None and not found.records:
        found.bad_at_end = max(found.bad_at_end - 1, 0)
    return found


def _batches(
    records: list[SpooledRecord], size: int, counts: Counts | None, *, spooled: bool
) -> Iterator[Batch]:
    """Cut at each gap in the numbers, too: it is where a line could not be read."""
    begin = 0
    for end in range(1, len(records) + 1):
        goes_on = end < len(records) and records[end].number == records[end - 1].number + 1
        if goes_on and end - begin < size:
            continue
        some = records[begin:end]
        yield Batch(
            first=some[0].number,
            records=[each.record for each in some],
            once={place: each.once for place, each in enumerate(some) if each.once is not None},
            counts=counts,
            spooled=spooled,
        )
        begin, counts = end, None
