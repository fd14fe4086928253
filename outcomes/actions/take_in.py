"""Taking in a patient's own record from another clinic: looked through without writing, then all of it or none.

The file is the bundle of `outcomes.exchange.writers.fhir`. The patient is new here, and so is every id. Consents were
given to another clinic and are not taken over: neither as living ones, which they are not, nor as withdrawn ones,
which would be false; the clinic asks anew. Signatures, donors and members stay with the clinic that wrote the record.
Scores are computed from the answers by the key that the file names; where that gives another value than the file
states, the difference is told before anything is written.

A person who was taken in is known again: the row of the import keeps a mark made of the id that the person has in the
other clinic. A second file of the same person is refused, whatever else it holds.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from itertools import islice
from uuid import UUID, uuid4

from outcomes.access.rules import Act
from outcomes.access.scope import scope_of
from outcomes.actions.enrol import check_patient
from outcomes.actions.errors import Invalid, Refusal
from outcomes.actions.import_ import ImportDesk
from outcomes.actions.once import once
from outcomes.actions.taking_in import forms, rows
from outcomes.actions.taking_in.checking import Here, problems
from outcomes.actions.taking_in.scores import Difference, differences
from outcomes.actions.work import Work, add, because, lock_imports, may, somebody
from outcomes.exchange.readers.bundle import RecordProblem, read_record
from outcomes.exchange.readers.planned import ImportCounts
from outcomes.exchange.writers.own_record import ConsentRow, WholeRecord
from outcomes.records.queries.taken_in import MARK, WHOM, Twin, code_is_taken, mark_of, namesakes, twin
from outcomes.records.tables import ImportRun
from outcomes.terms import AssessmentState
from outcomes.voice import N_, Voice

MOST_TOLD = 200
REASON = "taken_in"
"""The word by which the trail names why these rows were written."""


@dataclass(frozen=True, slots=True)
class Staying:
    """What does not come along, and what of it is told: `donors` and `recalled` count administrations."""

    consents: tuple[ConsentRow, ...]
    signed: int
    donors: int
    recalled: int
    hidden_arm: bool
    hidden_infusions: int
    reviewers: int
    carers: int


@dataclass(frozen=True, slots=True)
class TakeInPlan:
    """What taking a record in would come to. Only one without problems and without a twin may be carried out."""

    record: WholeRecord
    problems: tuple[RecordProblem, ...]
    differences: tuple[Difference, ...]
    staying: Staying
    counts: ImportCounts
    twin: Twin | None
    namesakes: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.problems and self.twin is None


class TakeInRefused(Refusal):
    """A record with problems, or one that is here already; nothing of it was written."""

    code = "take_in_refused"
    sentence = N_("The record was not taken in. Nothing was written.")

    def __init__(self, plan: TakeInPlan) -> None:
        super().__init__(f"{self.code}: {len(plan.problems)} problems, twin {plan.twin is not None}")
        self.plan = plan


def look_through(desk: ImportDesk, content: bytes, now: datetime) -> TakeInPlan:
    """Work out what taking a record in would write, what would stay behind, and what stands in the way.

    Raises:
        RecordUnreadable: when the file is no record at all.
    """
    record = read_record(content)
    found = tuple(islice(problems(record, Here(desk.catalogue, desk.today, now)), MOST_TOLD))
    name = record.person.name
    return TakeInPlan(
        record=record,
        problems=found,
        differences=() if found else tuple(differences(record, desk.catalogue)),
        staying=_staying(record),
        counts=_counts(record),
        twin=twin(desk.scope, desk.session, record.person.id),
        namesakes=() if found else namesakes(desk.scope, desk.session, desk.keys, name, desk.today),
    )


def take_in(work: Work, content: bytes, code: str | None, key: str | None = None) -> UUID:
    """Make a new patient of a record, all of it or nothing, and return the id.

    Parameters:
        work: the actor's turn at the records.
        content: the file.
        code: the patient's code in this clinic; None or empty for the next free one.
        key: what makes the form count once.

    Raises:
        NotAllowed: if the actor may not import, or is nobody in particular.
        RecordUnreadable: when the file is no record at all.
        TakeInRefused: with what stands in the way.
        Invalid: for a code that is in use.
        KeyReused: if the key came before with another file or code.
    """
    may(work, Act.IMPORT_RECORDS)
    somebody(work, Act.IMPORT_RECORDS)
    body = (sha256(content).hexdigest(), code)
    return once(work, key, body, lambda: _take_in(work, content, code))


def _take_in(work: Work, content: bytes, code: str | None) -> UUID:
    clinic = lock_imports(work)
    scope = scope_of(work.actor)
    desk = ImportDesk(scope, work.session, work.keys, work.catalogue, work.today)
    plan = look_through(desk, content, work.now)
    if not plan.ready:
        raise TakeInRefused(plan)
    typed = (code or "").strip() or None
    if typed is not None and code_is_taken(scope, work.session, typed):
        raise Invalid("code_taken", "code", N_("This code is already in use."))
    person = forms.person(plan.record, typed)
    check_patient(person, work.today)
    with because(work, REASON):
        run = _run(work, content, plan)
        run_id = add(work, run)
        patient_id = rows.write(work, plan.record, run_id, Voice(clinic.language), person)
        run.mapping = dict(run.mapping) | {WHOM: str(patient_id)}
    return patient_id


def _run(work: Work, content: bytes, plan: TakeInPlan) -> ImportRun:
    told: Mapping[str, object] = {
        MARK: mark_of(work.clinic_id, plan.record.person.id),
        "clinic": plan.record.clinic,
        "differences": len(plan.differences),
    }
    return ImportRun(
        id=uuid4(),
        membership_id=work.actor.membership_id,
        file_sha256=sha256(content).hexdigest(),
        mapping=dict(told),
        counts=asdict(plan.counts),
        at=work.now,
    )


def _staying(record: WholeRecord) -> Staying:
    hidden = [each for each in record.infusions if each.material is None]
    return Staying(
        consents=record.consents,
        signed=sum(each.state is AssessmentState.SIGNED for each in record.filled),
        donors=sum(bool(each.donor_code or each.lot_number) for each in record.infusions),
        recalled=sum(each.lot_recalled_on is not None for each in record.infusions),
        hidden_arm=any(each.label is None for each in record.arms),
        hidden_infusions=len(hidden),
        reviewers=sum(each.reviewer is not None for each in record.reports),
        carers=sum(each.by_carer for each in record.reports),
    )


def _counts(record: WholeRecord) -> ImportCounts:
    return ImportCounts(
        patients_new=1,
        courses=len(record.courses),
        arms=sum(each.label is not None for each in record.arms),
        visits=len(record.visits),
        assessments=len(record.filled),
        scores=sum(each.value is not None for each in record.scores),
    )
