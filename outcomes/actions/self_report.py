"""A patient's own follow-up: what was answered in bed becomes a visit like any other, waiting for a clinician."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from outcomes.access.rules import Act
from outcomes.actions.assess import AssessmentForm, VisitForm, check_visit, store, visit_rows
from outcomes.actions.checks import fits, within
from outcomes.actions.errors import Invalid
from outcomes.actions.once import once
from outcomes.actions.work import Work, add, may, somebody, the_patient
from outcomes.records.tables import ActivityScore, Membership, OwnActivity, SelfReport
from outcomes.terms import AnsweredBy, Language, Reached
from outcomes.voice import N_

FLOOR = "own_fatigue"
"""The one question of a bad day."""
LONGEST_WORDS = 1000
WORST = 10


@dataclass(frozen=True, slots=True)
class ReportForm:
    """What a patient sends in. `assessments` hold what was answered or skipped on purpose, and nothing else.

    `activities` holds a score for each own activity that was answered. `asked` names what a day too ill to answer
    leaves unanswered.
    """

    patient_id: UUID
    on_date: date
    assessments: tuple[AssessmentForm, ...] = ()
    activities: Mapping[UUID, int] = field(default_factory=dict)
    answered_by: AnsweredBy = AnsweredBy.SELF
    language: Language = Language.ENGLISH
    crash: bool = False
    too_ill: bool = False
    short: bool = False
    words: str | None = None
    asked: tuple[str, ...] = ()


def send(work: Work, form: ReportForm, key: str | None = None) -> UUID:
    """Store a patient's answers as a visit with its scores, to be reviewed; return the id of the report.

    Raises:
        NotAllowed: for anybody but the patient.
        NotFound: for a patient who is not there.
        Invalid: when nothing was answered, or for a date, a number or a text that cannot be.
        AnswerError: for an answer that is not permitted.
        KeyReused: if the key came before with other answers.
    """
    may(work, Act.REPORT_ON_ONESELF, form.patient_id)
    return once(work, key, form, lambda: _send(work, form))


def too_ill(work: Work, patient_id: UUID, asked: tuple[str, ...], language: Language, key: str | None = None) -> UUID:
    """Record that the patient is too ill today to answer what is due; return the id of the report.

    Raises:
        NotAllowed, NotFound, KeyReused: as `send`.
    """
    return send(work, ReportForm(patient_id, work.today, too_ill=True, asked=asked, language=language), key)


def _send(work: Work, form: ReportForm) -> UUID:
    the_patient(work, form.patient_id)
    fits("words", form.words, LONGEST_WORDS)
    visit = _visit(work, form)
    if not visit.assessments and not form.activities and not form.too_ill:
        raise Invalid("empty_report", None, N_("There is nothing to send yet. One answer is enough."))
    check_visit(visit, work.today)
    rows = visit_rows(work, visit)
    store(work, [rows])
    _score_activities(work, form, rows.visit["id"])
    return _wait_for_review(work, form, rows.visit["id"], rows.visit["made_at"])


def _visit(work: Work, form: ReportForm) -> VisitForm:
    """The visit of a report; a carer's answers are a proxy's, whatever the form says."""
    unanswered = tuple(AssessmentForm(code) for code in form.asked if code in work.catalogue)
    return VisitForm(
        patient_id=form.patient_id,
        on_date=form.on_date,
        assessments=form.assessments or (unanswered if form.too_ill else ()),
        answered_by=AnsweredBy.PROXY if _is_carer(work) else form.answered_by,
        language=form.language,
        reached=Reached.ONLINE,
        crash=form.crash,
        too_ill=form.too_ill,
    )


def _is_carer(work: Work) -> bool:
    member = work.session.get(Membership, (work.clinic_id, somebody(work, "self_report")))
    return member is not None and member.carer


def _score_activities(work: Work, form: ReportForm, visit_id: UUID) -> None:
    if not form.activities:
        return
    own = select(OwnActivity.id).where(
        OwnActivity.clinic_id == work.clinic_id,
        OwnActivity.patient_id == form.patient_id,
        OwnActivity.deleted_at.is_(None),
    )
    known = set(work.session.scalars(own))
    for activity_id, value in form.activities.items():
        if activity_id not in known:
            raise Invalid("unknown_activity", None, N_("This activity is no longer on your list."))
        within("activity", value, 0, WORST)
    for activity_id, value in form.activities.items():
        add(work, ActivityScore(patient_id=form.patient_id, visit_id=visit_id, activity_id=activity_id, value=value))


def _wait_for_review(work: Work, form: ReportForm, visit_id: UUID, sent_at: datetime) -> UUID:
    row = SelfReport(
        patient_id=form.patient_id,
        visit_id=visit_id,
        membership_id=somebody(work, "self_report"),
        short=form.short,
        words=(form.words or "").strip() or None,
        sent_at=sent_at,
    )
    return add(work, row)


def floor(form: ReportForm, answer: float) -> ReportForm:
    """The report of a bad day: one question, and it counts as the follow-up."""
    day = {"1": form.on_date.isoformat()}
    return replace(form, short=True, assessments=(AssessmentForm(FLOOR, {"1": answer}, given_on=day),))
