"""Times as a person reads them."""

from datetime import UTC, datetime

_UNITS = (("year", 365 * 86_400), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def moment(when: datetime, now: datetime) -> str:
    """A time as an element: the day, the minute by UTC, and how long ago it was. Both times have a zone."""
    utc = when.astimezone(UTC)
    said = f"{utc.day} {utc:%b %Y, %H:%M} UTC"
    return f'<time datetime="{utc.isoformat(timespec="seconds")}">{said}</time> ({_ago(when, now)})'


def _ago(when: datetime, now: datetime) -> str:
    passed = int((now - when).total_seconds())
    for unit, size in _UNITS:
        if count := passed // size if passed > 0 else 0:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "now"
