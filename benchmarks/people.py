"""Invented patients: when they began, how ill they are, how they fare, and what they answer. Seeded, no database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from math import comb
from random import Random

from outcomes.change.windows import TimePoint, default_time_points
from outcomes.instruments.definition import Instrument, Item, Scale
from outcomes.terms import Better

INSTRUMENTS = ("fss9", "dsq_pem", "rand36")
LOST = 0.05
YEARS = 8
LEVELS = 40
FIRST = (
    "Ada",
    "Ayşe",
    "Bengü",
    "Can",
    "Deniz",
    "Elif",
    "Emre",
    "Fatma",
    "Işık",
    "Kerem",
    "Mert",
    "Nil",
    "Ömer",
    "Suna",
)
LAST = ("Acar", "Bulut", "Çetin", "Demir", "Erdoğan", "Güneş", "Kaya", "Özkan", "Şahin", "Tunç", "Yıldız", "Zengin")


def time_points() -> tuple[TimePoint, ...]:
    """Return the plan of the invented clinics: a baseline and five follow-ups."""
    return tuple(point for point in default_time_points(INSTRUMENTS) if point.code != "week_2")


@dataclass(frozen=True)
class Invented:
    """One invented person. `level` is how ill, from 0 to 1; `change` is added to it after FMT."""

    code: str
    name: str
    born: date
    day_zero: date
    baselines: int
    level: float
    change: float
    lost_before: int | None  # the follow-up before which the person was lost


def invent(people: int, today: date, dice: Random) -> Iterator[Invented]:
    """Invent the patients of one clinic."""
    for number in range(1, people + 1):
        gone = next((turn for turn in range(5) if dice.random() < LOST), None)
        yield Invented(
            code=f"OC-{number:06}",
            name=f"{dice.choice(FIRST)} {dice.choice(LAST)}",
            born=today - timedelta(days=dice.randrange(7_000, 25_000)),
            day_zero=today - timedelta(days=dice.randrange(YEARS * 365)),
            baselines=dice.choice((1, 2)),
            level=min(0.95, max(0.3, dice.gauss(0.7, 0.12))),
            change=dice.gauss(-0.05, 0.12),
            lost_before=gone,
        )


def visit_days(person: Invented, today: date, dice: Random) -> Iterator[int]:
    """Return the days, counted from day 0, on which a person answered."""
    yield from sorted(dice.sample(range(-25, 1), person.baselines))
    ahead = [point for point in time_points() if not point.is_baseline]
    for point in ahead[: person.lost_before]:
        day = point.day + dice.randint(-point.before, point.after)
        if person.day_zero + timedelta(days=day) <= today:
            yield day


def answers(instrument: Instrument, level: float, dice: Random) -> dict[str, float | None]:
    """Return answers to every item, the worse the higher the level; one in thirty forms lacks an answer."""
    found: dict[str, float | None] = {}
    place = min(LEVELS, max(0, round((level + dice.gauss(0, 0.06)) * LEVELS)))
    for codes, items in _alike(instrument):
        given = dice.choices(codes, cum_weights=_weights(place, len(codes)), k=len(items))
        found |= zip(items, given, strict=True)
    if dice.random() < 1 / 30:
        found[dice.choice(list(found))] = None
    return found


_Groups = tuple[tuple[tuple[float, ...], tuple[str, ...]], ...]
_groups: dict[str, _Groups] = {}


def _alike(instrument: Instrument) -> _Groups:
    """Group the items by the codes they permit, the best one first."""
    if instrument.code not in _groups:
        found: dict[tuple[float, ...], list[str]] = {}
        for item in instrument.items:
            found.setdefault(_best_first(item, instrument.scales), []).append(item.code)
        _groups[instrument.code] = tuple((codes, tuple(items)) for codes, items in found.items())
    return _groups[instrument.code]


def _best_first(item: Item, scales: Sequence[Scale]) -> tuple[float, ...]:
    steps = round((item.maximum - item.minimum) / item.step)
    codes = tuple(item.minimum + item.step * step for step in range(steps + 1))
    upward = item.counts_as(codes[-1]) > item.counts_as(codes[0])
    better = next((scale.better for scale in scales if item.code in scale.items), Better.LOWER)
    return codes if upward == (better is Better.LOWER) else codes[::-1]


@lru_cache(maxsize=1000)
def _weights(place: int, size: int) -> tuple[float, ...]:
    """Cumulative chances of each of some codes at a level: those of so many throws of a coin."""
    share = place / LEVELS
    return tuple(accumulate(comb(size - 1, k) * share**k * (1 - share) ** (size - 1 - k) for k in range(size)))
