"""What a patient is asked now: the questionnaires of the windows that are open, as they can be answered at home."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from outcomes.change.windows import DueState, DueVisit, TimePoint, place
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.queries.record import PatientRecord, VisitRow
from outcomes.terms import Domain, Language

STANDS_IN = {
    Domain.FATIGUE: "own_fatigue",
    Domain.COGNITION: "own_thinking",
    Domain.QUALITY_OF_LIFE: "own_quality_of_life",
}
"""The program's own scale that a patient answers at home where the clinic enters the questionnaire from paper."""


@dataclass(frozen=True, slots=True)
class DueForm:
    """A follow-up to answer.

    `asked` holds the codes of the questionnaires that have words in the patient's language; `on_paper` those without,
    which the clinic enters. `closes` is None before any infusion. `too_ill` is the last day in the window on which
    the patient was too ill to answer.
    """

    point: TimePoint
    state: DueState
    closes: date | None
    asked: tuple[str, ...]
    on_paper: tuple[str, ...]
    too_ill: date | None


def due_forms(record: PatientRecord, catalogue: Catalogue, language: Language) -> tuple[DueForm, ...]:
    """What is due of a patient today, the earliest window first.

    A window whose visit was made in part stays: what was not answered in it can still be, until it closes. One that
    closed unfilled stays as long as its visit is overdue; late answers keep their true day. Where a questionnaire has
    no words for the patient, the program's own 0 to 10 scale of its domain is asked beside it.
    """
    forms = (_form(record, catalogue, language, due) for due in record.due if _is_open(due, record.today))
    return tuple(form for form in forms if form is not None)


def due_form(record: PatientRecord, catalogue: Catalogue, language: Language, point: str) -> DueForm | None:
    """The follow-up of one time point; None when there is nothing to answer in it now."""
    return next((each for each in due_forms(record, catalogue, language) if each.point.code == point), None)


def _is_open(due: DueVisit, today: date) -> bool:
    return due.opens <= today <= due.closes or due.state is DueState.OVERDUE


def _form(record: PatientRecord, catalogue: Catalogue, language: Language, due: DueVisit) -> DueForm | None:
    visits = [visit for visit in record.visits if _belongs(record, due, visit)]
    answered = _answered(record, visits)
    planned = [code for code in _planned(record, due.point) if code in catalogue]
    at_home = [code for code in planned if _has_words(catalogue, code, language)]
    paper = [code for code in planned if code not in at_home and not _is_marker(catalogue, code)]
    asked = [*at_home, *(code for code in _stand_ins(catalogue, paper) if code not in at_home)]
    left = tuple(code for code in asked if code not in answered)
    if not left:
        return None
    return DueForm(
        point=due.point,
        state=due.state,
        closes=None if record.day_zero is None else due.closes,
        asked=left,
        on_paper=tuple(code for code in paper if code not in answered),
        too_ill=max((visit.on_date for visit in visits if visit.too_ill), default=None),
    )


def _planned(record: PatientRecord, point: TimePoint) -> Sequence[str]:
    primary = record.plan.primary_scale
    return point.instruments or ((primary.partition(".")[0],) if primary else tuple(STANDS_IN.values()))


def _belongs(record: PatientRecord, due: DueVisit, visit: VisitRow) -> bool:
    """Whether a visit lies in the window of a time point, or came late for it where nothing else is due since.

    Before any infusion, whether it is a fresh baseline.
    """
    if record.day_zero is None:
        return (record.today - visit.on_date).days <= -due.point.opens
    late = due.state is DueState.OVERDUE and visit.on_date > due.closes
    return late or place((visit.on_date - record.day_zero).days, record.plan.points) == due.point


def _answered(record: PatientRecord, visits: Sequence[VisitRow]) -> set[str]:
    """The questionnaires dealt with on these visits; what a day too ill left without a score is still open."""
    scored = {row.assessment_id for rows in record.scores.values() for row in rows if row.value is not None}
    return {each.instrument for visit in visits for each in visit.assessments if not visit.too_ill or each.id in scored}


def _has_words(catalogue: Catalogue, code: str, language: Language) -> bool:
    return catalogue[code].accepts_items and catalogue.wording(code, language) is not None


def _is_marker(catalogue: Catalogue, code: str) -> bool:
    return all(scale.domain is Domain.MARKER for scale in catalogue[code].scales)


def _stand_ins(catalogue: Catalogue, paper: Sequence[str]) -> list[str]:
    domains = [scale.domain for code in paper for scale in catalogue[code].scales]
    return [code for domain, code in STANDS_IN.items() if domain in domains]
