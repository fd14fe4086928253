"""What a file says of a day, beside what is recorded of it: which visit is meant, and whether they say the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from outcomes.exchange.readers.planned import KnownAssessment, KnownVisit
from outcomes.instruments.definition import NEAR, Instrument
from outcomes.instruments.errors import AnswerError, AnswerProblem
from outcomes.instruments.scoring import STANDARD_ERROR, ScaleScore, agrees, score
from outcomes.terms import Absence


@dataclass(frozen=True, slots=True)
class Said:
    """What one row says of one instrument: answers by item, totals and reasons by scale, and where they stand.

    `columns` names the column of each total and reason; `column` is the instrument's first.
    """

    instrument: Instrument
    row: int
    column: str
    answers: Mapping[str, float]
    totals: Mapping[str, float]
    reasons: Mapping[str, Absence]
    columns: Mapping[str, str]

    def __bool__(self) -> bool:
        return bool(self.answers or self.totals or self.reasons)

    @property
    def stated(self) -> dict[str, float | Absence]:
        """What is said of each scale: its total, or why there is none."""
        return {**self.reasons, **self.totals}


def scored(said: Said) -> tuple[dict[str, float], tuple[ScaleScore, ...]]:
    """Score what is said, and return the totals that its answers do not give.

    Totals of an instrument that takes single answers only are compared with what these give.

    Raises:
        AnswerError: for what the instrument does not permit, or a total that its answers contradict.
    """
    instrument = said.instrument
    results = score(instrument, said.answers, said.totals) if instrument.accepts_totals else _compared(said)
    worked_out = {each.scale for each in results if each.items_used}
    kept = {code: x for code, x in said.totals.items() if f"{instrument.code}.{code}" not in worked_out}
    return kept if instrument.accepts_totals else {}, results


def _compared(said: Said) -> tuple[ScaleScore, ...]:
    instrument = said.instrument
    if said.totals and not said.answers:
        code = next(iter(said.totals))
        raise AnswerError(instrument.code, code, said.totals[code], AnswerProblem.TOTALS_NOT_ACCEPTED)
    results = score(instrument, said.answers)
    for each in results:
        scale = instrument.scale(each.scale)
        total = said.totals.get(scale.code)
        if total is not None and not agrees(scale, each.value, total):
            raise AnswerError(instrument.code, scale.code, total, AnswerProblem.TOTAL_DIFFERS)
    return results


def unfounded(said: Said, results: Sequence[ScaleScore], *, too_ill: bool) -> Iterator[tuple[str, Absence | None]]:
    """Yield each scale whose stated reason is not the one that would be recorded, with the latter."""
    given = {each.scale.partition(".")[2]: each.absence for each in results}
    for code, reason in said.reasons.items():
        absence = Absence.TOO_ILL if too_ill and given[code] else given[code]
        if absence is not reason:
            yield code, absence


def differences(said: Said, recorded: KnownAssessment) -> dict[str, tuple[float | Absence, float | Absence]]:
    """Return what is stated of each scale and recorded otherwise: what is recorded, what is said."""
    return {
        code: (recorded.scores[code], stated)
        for code, stated in said.stated.items()
        if code in recorded.scores and not _alike(said.instrument, code, recorded, stated)
    }


def _alike(instrument: Instrument, code: str, recorded: KnownAssessment, stated: float | Absence) -> bool:
    """Whether a score is the one that is stated; one worked out from answers may have been written out shorter."""
    value = recorded.scores[code]
    if isinstance(value, Absence) or isinstance(stated, Absence):
        return value is stated
    shorter = recorded.answers and not code.endswith(STANDARD_ERROR)
    return agrees(instrument.scale(code), value, stated) if shorter else abs(value - stated) < NEAR


def says_the_same(said: Said, recorded: KnownAssessment) -> bool:
    """Whether all that is said is recorded just so: the same answers and totals, or every score by itself."""
    if differences(said, recorded):
        return False
    same_answers = said.answers == recorded.answers
    within = bool(said.answers) and recorded.totals.items() <= said.totals.items()
    if same_answers and (said.totals == recorded.totals or within):
        return True
    whole = bool(recorded.scores) and said.stated.keys() >= recorded.scores.keys()
    return whole and (same_answers or not said.answers)


def matched(
    turns: Mapping[int, Sequence[Said]], known: Sequence[KnownVisit]
) -> Iterator[tuple[int, KnownVisit | None]]:
    """Find the recorded visit that each of a day's visits is: the one that says the same, else one it can join.

    A visit that contradicts the only ones left is matched with one of them, so that the contradiction is told.
    """
    free, found = list(known), dict[int, KnownVisit | None]()
    for fits in (_is, _joins, _anyhow):
        for turn in [each for each in sorted(turns) if each not in found]:
            visit = next((each for each in free if fits(turns[turn], each)), None)
            if visit is not None:
                free.remove(visit)
                found[turn] = visit
    yield from ((turn, found.get(turn)) for turn in sorted(turns))


def _is(said: Sequence[Said], visit: KnownVisit) -> bool:
    pairs = [(each, visit.assessments.get(each.instrument.code)) for each in said]
    return all(recorded is not None and says_the_same(each, recorded) for each, recorded in pairs)


def _joins(said: Sequence[Said], visit: KnownVisit) -> bool:
    pairs = [(each, visit.assessments.get(each.instrument.code)) for each in said]
    return all(recorded is None or says_the_same(each, recorded) for each, recorded in pairs)


def _anyhow(_said: Sequence[Said], _visit: KnownVisit) -> bool:
    return True


def as_one(visits: Sequence[KnownVisit]) -> tuple[KnownVisit, ...]:
    """Return a day's visits as one, for a file that does not tell them apart: whatever they hold is recorded."""
    if not visits:
        return ()
    together = {code: each for visit in reversed(visits) for code, each in visit.assessments.items()}
    return (replace(visits[0], assessments=together),)
