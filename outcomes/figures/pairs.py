"""One person before and after: what the before–after plot and the waterfall are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from outcomes.figures import words
from outcomes.figures.figure import Band, LinkedRow, Measure, Table, columns
from outcomes.figures.sampling import said, sample
from outcomes.terms import Verdict
from outcomes.voice import N_, Voice


@dataclass(frozen=True, slots=True)
class Pair:
    """One person: baseline, score at the visit shown, and the verdict; a side that is not known is None.

    `name` is what a clinician calls the record, `band` this person's own half-width, `link` opens the record.
    """

    name: str
    before: float | None
    after: float | None
    verdict: Verdict = Verdict.NOT_MEASURABLE
    band: float | None = None
    link: str | None = None

    @property
    def change(self) -> float | None:
        """Follow-up minus baseline, in raw sign."""
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everybody of a cohort at one visit, and the band of most of them."""

    measure: Measure
    pairs: Sequence[Pair]
    visit: str
    band: Band | None

    @property
    def lost(self) -> tuple[Pair, ...]:
        """The people without a change."""
        return tuple(pair for pair in self.pairs if pair.change is None)


def changed(pairs: Iterable[Pair]) -> list[tuple[Pair, float]]:
    """The people with both sides, with their change."""
    return [(pair, change) for pair in pairs if (change := pair.change) is not None]


def tally(pairs: Iterable[Pair], *verdicts: Verdict) -> int:
    """How many have one of these verdicts."""
    return sum(pair.verdict in verdicts for pair in pairs)


def table(voice: Voice, told: Comparison, everybody: Sequence[Pair], direction: str) -> Table:
    """Everybody in the given order, the missing too; a sample above 1,000."""
    titles = (N_("Person"), N_("Before FMT"), N_("After"), N_("Change"), N_("Band"), N_("Verdict"))
    listed = sample(everybody)
    parts = (told.measure.title, told.visit, direction, said(voice, len(listed), len(everybody)))
    return Table(
        ", ".join(part for part in parts if part),
        columns(*(voice.say(title) for title in titles), numeric=(1, 2, 3, 4)),
        lambda: (row(voice, told.measure, pair, told.band) for pair in listed),
    )


def row(voice: Voice, measure: Measure, pair: Pair, band: Band | None) -> LinkedRow:
    """One person in a table: name, before, after, change, band, verdict."""
    own = "" if pair.band is None else "±" + voice.number(pair.band, measure.change_decimals)
    lost = pair.change is None
    return pair.link, (
        pair.name,
        words.score_mean(voice, measure, pair.before),
        words.score(voice, measure, pair.after),
        words.change(voice, measure, pair.change),
        own,
        voice.say("not measured") if lost else words.verdict(voice, pair.verdict, band),
    )


def mismatch(pairs: Sequence[Pair], band: Band | None) -> bool:
    """Whether some people have a band of another width than the one drawn."""
    if band is None:
        return False
    tolerance = 1e-6 * max(1.0, band.width)
    return any(pair.band is not None and abs(pair.band - band.width) > tolerance for pair in pairs)
