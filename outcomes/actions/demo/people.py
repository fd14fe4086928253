"""The invented people of the demo cohort: who they are and how each one fares. Pure, seeded, without a database.

The cohort is made to be honest, not to sell: most people fluctuate around where they began, some improve and
some of those relapse, some get worse, and the ones who stop answering are more often the ill ones.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from random import Random

PEOPLE = 80
COMPARISON = 14


class Story(StrEnum):
    """How a person fares after FMT."""

    STEADY = "steady"
    SWINGING = "swinging"
    BETTER = "better"
    RELAPSE = "relapse"
    WORSE = "worse"
    AT_CEILING = "at_ceiling"
    EARLY = "early"


STORIES = {
    Story.STEADY: 30,
    Story.SWINGING: 11,
    Story.BETTER: 9,
    Story.RELAPSE: 8,
    Story.WORSE: 10,
    Story.AT_CEILING: 5,
    Story.EARLY: 7,
}
LEAVING = {
    Story.STEADY: 0.25,
    Story.SWINGING: 0.3,
    Story.BETTER: 0.1,
    Story.RELAPSE: 0.3,
    Story.WORSE: 0.5,
    Story.AT_CEILING: 0.5,
    Story.EARLY: 0.0,
}
"""Chance that a person stops answering before the last visit."""


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person.

    `days_since_fmt` counts to today; `fatigue` is the true Chalder total (0-33) before FMT, `thinking` the true
    summed score of cognition (8-40), `life` the true quality of life (0-10); `swing` is the SD of day-to-day
    fluctuation in Chalder points; `leaves_after` is the last day on which answers came, None for never leaving.
    """

    number: int
    first: str
    last: str
    story: Story
    days_since_fmt: int
    fatigue: float
    thinking: float
    life: float
    swing: float
    baselines: int
    qualified_by_score: bool
    comparison: bool
    second_course: bool
    donor: int
    leaves_after: int | None


def people(seed: int = 20260) -> Iterator[Person]:
    """Yield the demo cohort, the same for every start with the same seed."""
    dice = Random(seed)  # noqa: S311 - invented people need repeatable dice, not secret ones
    stories = [story for story, n in STORIES.items() for _ in range(n)]
    dice.shuffle(stories)
    compared = set(dice.sample([i for i, s in enumerate(stories) if s is not Story.EARLY], COMPARISON))
    names = dice.sample(_names(), PEOPLE)
    for index, story in enumerate(stories):
        yield _person(dice, index, story, names[index], index in compared)


def _names() -> list[tuple[str, str]]:
    text = resources.files(__package__).joinpath("names.toml").read_text(encoding="utf-8")
    known = tomllib.loads(text)
    return [(first, last) for first in known["first"] for last in known["last"]]


def _person(dice: Random, index: int, story: Story, name: tuple[str, str], comparison: bool) -> Person:
    since = dice.randint(3, 40) if story is Story.EARLY else dice.randint(45, 800)
    return Person(
        number=index + 101,
        first=name[0],
        last=name[1],
        story=story,
        days_since_fmt=since,
        fatigue=33.0 if story is Story.AT_CEILING else min(31.0, max(15.0, dice.gauss(25.0, 3.6))),
        thinking=min(34.0, max(10.0, dice.gauss(20.0, 4.5))),
        life=min(8.0, max(1.0, dice.gauss(3.4, 1.3))),
        swing=4.2 if story is Story.SWINGING else dice.uniform(1.4, 2.6),
        baselines=2 if dice.random() < 0.5 else 1,  # noqa: PLR2004 - an even chance
        qualified_by_score=dice.random() < 0.4,  # noqa: PLR2004 - two in five
        comparison=comparison,
        second_course=since > 330 and dice.random() < 0.3,  # noqa: PLR2004 - near a year and three in ten
        donor=dice.choice((1, 1, 1, 2, 2, 3, 3, 4)),
        leaves_after=_leaving(dice, story, since),
    )


def _leaving(dice: Random, story: Story, since: int) -> int | None:
    if dice.random() >= LEAVING[story]:
        return None
    return dice.choice([day for day in (20, 45, 110, 200, 400) if day < since] or [since])


def effect(story: Story, day: int) -> float:
    """Return the true shift of fatigue in Chalder points on a day after FMT (negative is better)."""
    if day <= 0:
        return 0.0
    ramp = min(1.0, day / 60)
    waning = max(0.0, 1 - max(0, day - 120) / 150)
    return {Story.BETTER: -10.5 * ramp, Story.RELAPSE: -10.0 * ramp * waning, Story.WORSE: 5.5 * ramp}.get(story, 0.0)


def answers_with_total(dice: Random, total: float, items: int, low: int, high: int) -> list[int]:
    """Return whole answers between `low` and `high` whose sum is `total`, rounded and kept within what is possible."""
    wanted = min(items * high, max(items * low, round(total)))
    answers = [wanted // items] * items
    for place in dice.sample(range(items), wanted - sum(answers)):
        answers[place] += 1
    for _ in range(items):
        give, take = dice.sample(range(items), 2)
        if answers[give] > low and answers[take] < high:
            answers[give] -= 1
            answers[take] += 1
    return answers
