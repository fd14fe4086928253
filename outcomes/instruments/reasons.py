"""Says why there is no score, why an answer was refused, and which way a scale points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outcomes.instruments.errors import AnswerError, AnswerProblem
from outcomes.terms import Absence, Better
from outcomes.voice import N_, Voice

WRITABLE = 1e12
LONGEST = 40

ALL_NEEDED = N_("This score needs all %(items)s answers. Without an answer: %(missing)s.")
SOME_NEEDED = N_("This score needs at least %(needed)s of %(items)s answers. Without an answer: %(missing)s.")
OVERALL_NEEDED = N_("This score needs at least %(overall)s answers on the whole form.")
UNDECIDED = N_("The answers given do not decide this. Without an answer: %(missing)s.")

ABSENCES: Mapping[Absence, str] = {
    Absence.SKIPPED: N_("Nothing was answered."),
    Absence.ITEMS_MISSING: N_("Answers are missing that this score needs."),
    Absence.TOTAL_ONLY: N_("Only another total was entered; this scale cannot be worked out from it."),
    Absence.NOT_ASKED: N_("No value was entered."),
    Absence.TOO_ILL: N_("Too ill to answer that day."),
    Absence.OUT_OF_RANGE: N_("The value lies outside the range of the scale."),
}

REFUSALS: Mapping[AnswerProblem, str] = {
    AnswerProblem.UNKNOWN_ITEM: N_("%(instrument)s has no item %(item)s."),
    AnswerProblem.UNKNOWN_SCALE: N_("%(instrument)s has no scale %(item)s."),
    AnswerProblem.NOT_READABLE: N_("“%(value)s” cannot be read as answers; write them as 1=3, 2=0."),
    AnswerProblem.NOT_A_NUMBER: N_("%(item)s: the answer is not a number."),
    AnswerProblem.NOT_PERMITTED: N_("%(item)s: %(value)s is not one of the answers offered."),
    AnswerProblem.ITEMS_NOT_ACCEPTED: N_("%(instrument)s takes totals only, no single answers."),
    AnswerProblem.TOTALS_NOT_ACCEPTED: N_("%(instrument)s takes single answers only, no totals."),
    AnswerProblem.TOTAL_NOT_PERMITTED: N_("%(item)s: %(value)s cannot be a total of this scale."),
    AnswerProblem.TOTAL_DIFFERS: N_("%(item)s: the total %(value)s is not what the answers give."),
}

DIRECTIONS: Mapping[Better | None, str] = {
    Better.LOWER: N_("lower is better"),
    Better.HIGHER: N_("higher is better"),
    None: N_("neither end is better"),
}


@dataclass(frozen=True, slots=True)
class Why:
    """A sentence not yet said: the English message id and its values."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.values

    def say(self, voice: Voice) -> str:
        """Say it in the voice's language."""
        return voice.say(self.message, **self.values)


def items_missing(missing: Sequence[str], needed: int, items: int) -> Why:
    """Say that the scale lacks answers, how many it needs, and which are missing."""
    values = {"missing": ", ".join(missing), "needed": needed, "items": items}
    return Why(ALL_NEEDED if needed == items else SOME_NEEDED, values)


def form_incomplete(overall: int) -> Why:
    """Say that the form as a whole has too few answers."""
    return Why(OVERALL_NEEDED, {"overall": overall})


def undecided(missing: Sequence[str]) -> Why:
    """Say that a missing answer could still decide a yes or no."""
    return Why(UNDECIDED, {"missing": ", ".join(missing)})


def say_absence(voice: Voice, absence: Absence) -> str:
    """Say why a stored score is absent, where its answers are not at hand."""
    return voice.say(ABSENCES[absence])


def say_refusal(voice: Voice, error: AnswerError) -> str:
    """Say why an answer or a total was refused."""
    value = _written(voice, error.value)
    return voice.say(REFUSALS[error.code], instrument=error.instrument, item=error.item, value=value)


def _written(voice: Voice, value: object) -> str:
    """A number as the language writes it; anything else as it came, cut short."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < WRITABLE:
        return str(value)[:LONGEST]
    return voice.number(value)


def say_direction(voice: Voice, better: Better | None) -> str:
    """Say which way a scale points."""
    return voice.say(DIRECTIONS[better])
