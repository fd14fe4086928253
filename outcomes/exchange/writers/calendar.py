"""A calendar of the days on which something waits: whole days, no times, and not one word about health.

After RFC 5545; the calendar program of somebody else may show it, send it on or store it anywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

LONGEST_LINE = 75


@dataclass(frozen=True, slots=True)
class Days:
    """Some days in a row, both ends included, under a title."""

    uid: str
    title: str
    first: date
    last: date


def as_calendar(entries: Iterable[Days], made_at: datetime) -> bytes:
    """Write a calendar file.

    Parameters:
        entries: What stands in it; an entry of the same `uid` in a later file takes the place of the earlier one.
        made_at: When it was made, in UTC.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Outcomes//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    for each in entries:
        lines += _entry(each, made_at)
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"]).encode()


def _entry(each: Days, made_at: datetime) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{each.uid}",
        f"DTSTAMP:{made_at:%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{each.first:%Y%m%d}",
        f"DTEND;VALUE=DATE:{each.last + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escaped(each.title)}",
        "TRANSP:TRANSPARENT",
        "CLASS:PRIVATE",
        "END:VEVENT",
    ]


def _escaped(text: str) -> str:
    r"""Write a text as RFC 5545 wants it.

    >>> _escaped("a, b; c")
    'a\\, b\\; c'
    """
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Break a line after 75 bytes, never within a letter."""
    parts, rest = [""], 0
    for letter in line:
        size = len(letter.encode())
        if rest + size > LONGEST_LINE:
            parts.append("")
            rest = 1
        parts[-1] += letter
        rest += size
    return "\r\n ".join(parts)
