"""Which backups are kept: the newest of each of the last days, weeks and months, and always the newest of all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from outcomes.records.backup import STAMP, SUFFIX

PREFIX = "outcomes-"


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many days, weeks and months one backup each is kept."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 12


def made_on(path: Path) -> datetime | None:
    """Return when a backup was made, by its name; None for a file that is none."""
    stamp = path.name.removeprefix(PREFIX).removesuffix(SUFFIX).partition("_")[0]
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def superfluous(backups: Sequence[Path], retention: Retention) -> list[Path]:
    """Return the backups that need not be kept, the newest first. The newest of all is always kept."""
    dated = {path: made for path in backups if (made := made_on(path)) is not None}
    newest_first = sorted(dated, key=lambda path: (dated[path], path.name), reverse=True)
    kept = set(newest_first[:1])
    spans: tuple[tuple[int, Callable[[date], tuple[int, ...]]], ...] = (
        (retention.daily, lambda day: (day.year, day.month, day.day)),
        (retention.weekly, lambda day: tuple(day.isocalendar()[:2])),
        (retention.monthly, lambda day: (day.year, day.month)),
    )
    for most, span in spans:
        first_of_each: dict[tuple[int, ...], Path] = {}
        for path in newest_first:
            first_of_each.setdefault(span(dated[path].date()), path)
        kept |= set(list(first_of_each.values())[:most])
    return [path for path in newest_first if path not in kept]
