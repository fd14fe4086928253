"""The rows that a record becomes in another clinic: new ids, the same words, days and answers.

What belongs to the clinic that wrote it does not come along: its donors and lots stay as words in the note of the
administration, its signatures, its members and the consents given to it stay where they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from outcomes.actions import assess, enrol
from outcomes.actions.assess import VisitRows
from outcomes.actions.enrol import PatientForm
from outcomes.actions.report_event import check_event, check_exposure
from outcomes.actions.taking_in import forms
from outcomes.actions.taking_in.scores import rows_of
from outcomes.actions.treat import course_values
from outcomes.actions.work import Work, add, sealed, somebody
from outcomes.exchange.writers.own_record import (
    ActivityRow,
    CourseRow,
    EventRow,
    ExposureRow,
    FilledRow,
    InfusionRow,
    ReportRow,
    VisitRow,
    WholeRecord,
)
from outcomes.records.tables import (
    ActivityScore,
    AdverseEvent,
    Arm,
    Course,
    DiaryDay,
    Exposure,
    Infusion,
    OwnActivity,
    PatientEnding,
    SelfReport,
    Visit,
)
from outcomes.terms import AssessmentState
from outcomes.voice import N_, Voice

FROM_DONOR = N_("From %(clinic)s: donor %(donor)s, lot %(lot)s")
RECALLED = N_("the lot was recalled on %(date)s")
NOT_STATED = "–"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One record on its way into the clinic: who the patient is here, and the new ids by the old ones."""

    work: Work
    record: WholeRecord
    run_id: UUID
    voice: Voice
    patient_id: UUID
    ids: dict[UUID, UUID] = field(default_factory=dict)

    @property
    def member(self) -> UUID:
        """The member who takes the record in; what needs somebody who wrote it down names them.

        Raises:
            NotAllowed: for the program itself.
        """
        return somebody(self.work, "take_in")

    def add(self, old: UUID | None, row: Any) -> None:  # noqa: ANN401 - any table of patients' rows
        """Store a row of the patient, and remember what it is called here."""
        row.patient_id = self.patient_id
        new = add(self.work, row)
        if old is not None:
            self.ids[old] = new


def write(work: Work, record: WholeRecord, run_id: UUID, voice: Voice, form: PatientForm) -> UUID:
    """Store a record that was found to be in order, and return the new patient's id.

    Raises:
        Invalid: for a code that is in use.
    """
    arrival = Arrival(work, record, run_id, voice, enrol.enrol(work, form))
    for store in (_treatments, _visits, _happenings, _own):
        store(arrival)
    return arrival.patient_id


def _treatments(to: Arrival) -> None:
    for arm in to.record.arms:
        if arm.label is not None:
            told = _named(arm, "blinded", "starts_on", "unblinded_on")
            to.add(None, Arm(**told, label=arm.label.strip(), comparison=bool(arm.comparison)))
    for course in to.record.courses:
        to.add(course.id, _course(course))
    for infusion in to.record.infusions:
        if infusion.material is not None:
            to.add(infusion.id, _infusion(to, infusion))
    for ending in to.record.endings:
        to.add(None, PatientEnding(**_named(ending, "kind", "on_date", "reason")))


def _course(row: CourseRow) -> Course:
    return Course(number=row.number, **course_values(forms.course(row)))


def _infusion(to: Arrival, row: InfusionRow) -> Infusion:
    told = [row.note, given_from(to.voice, to.record.clinic, row)]
    values = _of_form(forms.infusion(row)) | {"note": "\n".join(filter(None, told)) or None}
    return Infusion(course_id=to.ids[row.course_id], **values)


def given_from(voice: Voice, clinic: str, row: InfusionRow) -> str:
    """Say from which donor and lot of the other clinic an administration was; "" when the file does not."""
    if row.donor_code is None and row.lot_number is None:
        return ""
    donor, lot = row.donor_code or NOT_STATED, row.lot_number or NOT_STATED
    told = [voice.say(FROM_DONOR, clinic=clinic, donor=donor, lot=lot)]
    if row.lot_recalled_on is not None:
        told.append(voice.say(RECALLED, date=voice.date(row.lot_recalled_on)))
    return "; ".join(told)


def _visits(to: Arrival) -> None:
    answered: dict[UUID, list[FilledRow]] = {}
    for each in to.record.filled:
        answered.setdefault(each.visit_id, []).append(each)
    assess.store(to.work, [_visit(to, row, answered.get(row.id, [])) for row in to.record.visits])


def _visit(to: Arrival, row: VisitRow, answered: list[FilledRow]) -> VisitRows:
    to.ids[row.id] = uuid4()
    place = {"clinic_id": to.work.clinic_id, "id": to.ids[row.id], "patient_id": to.patient_id}
    values = _like(row, VisitRow) | place | {"import_id": to.run_id}
    rows = VisitRows(sealed(to.work, Visit, to.patient_id, values), [], [])
    for each in answered:
        instrument = assess.the_instrument(to.work.catalogue, each.instrument, each.key_version)
        found, scores = rows_of(instrument, each, row, place | {"id": uuid4()})
        rows.assessments.append(_like(each, FilledRow) | found | _as_kept(each, to.ids[row.id]))
        rows.scores.extend(scores)
    return rows


def _as_kept(row: FilledRow, visit_id: UUID) -> dict[str, Any]:
    """What differs from the file: the visit here, and a state without the other clinic's signature."""
    signed = row.state is AssessmentState.SIGNED
    return {
        "visit_id": visit_id,
        "state": AssessmentState.COMPLETE if signed else row.state,
        "given_on": dict(row.given_on) if row.given_on is not None else None,
    }


def _happenings(to: Arrival) -> None:
    for exposure in to.record.exposures:
        to.add(None, _exposure(to, exposure))
    for event in to.record.events:
        to.add(None, _event(to, event))


def _exposure(to: Arrival, row: ExposureRow) -> Exposure:
    form = forms.exposure(row)
    values = _of_form(form) | {"text": check_exposure(form, to.work.today)}
    return Exposure(**values, **_named(row, "by_patient", "how_bad"))


def _event(to: Arrival, row: EventRow) -> AdverseEvent:
    form = forms.event(row, to.ids.get(row.infusion_id) if row.infusion_id else None)
    return AdverseEvent(**_of_form(form) | {"term": check_event(form, to.work.today)})


def _own(to: Arrival) -> None:
    for activity in to.record.activities:
        to.add(activity.id, _activity(to, activity))
    for score in to.record.activity_scores:
        place = {"activity_id": to.ids[score.activity_id], "visit_id": to.ids[score.visit_id]}
        to.add(None, ActivityScore(**place, value=score.value))
    for tap in to.record.diary:
        told = _named(tap, "scale", "on_date", "value")
        to.add(None, DiaryDay(**told, membership_id=to.member, given_at=to.work.now))
    for report in to.record.reports:
        to.add(None, _report(to, report))


def _activity(to: Arrival, row: ActivityRow) -> OwnActivity:
    """An own activity; when it was laid aside is not told, and was by the time the record was written."""
    ended = None if row.open else max(row.made_at, min(to.record.as_of, to.work.now))
    return OwnActivity(words=(row.words or "").strip(), made_at=row.made_at, ended_at=ended)


def _report(to: Arrival, row: ReportRow) -> SelfReport:
    told = _named(row, "short", "words", "sent_at", "reviewed_at", "note")
    return SelfReport(visit_id=to.ids[row.visit_id], membership_id=to.member, **told)


def _named(row: Any, *names: str) -> dict[str, Any]:  # noqa: ANN401 - any kind of entry
    return {name: getattr(row, name) for name in names}


def _like(row: Any, kind: Any) -> dict[str, Any]:  # noqa: ANN401 - any kind of entry
    return _named(row, *kind.__dataclass_fields__)


def _of_form(form: Any) -> dict[str, Any]:  # noqa: ANN401 - any form
    """The fields of a form; an empty text is none."""
    values: Mapping[str, Any] = _like(form, type(form))
    return {name: None if value == "" else value for name, value in values.items()}
