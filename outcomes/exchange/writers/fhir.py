"""One patient's whole record as a bundle of FHIR R4 (4.0.1), as plain dicts.

Elements and codes are those of R4 where it has them; questionnaires, scales and items carry the program's own names
(`fhir_codes.OWN`), and a LOINC code beside them only where the instrument's definition has one that was verified.
Each resource is tagged with the kind of row that it holds, by which `outcomes.exchange.readers.fhir` reads it back.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID, uuid5

from outcomes.exchange.writers.fhir_codes import SYSTEMS, own
from outcomes.exchange.writers.fhir_fields import URN, Json, put_row, reference
from outcomes.exchange.writers.own_record import (
    ActivityRow,
    ActivityScoreRow,
    ArmRow,
    ConsentRow,
    CourseRow,
    DefinitionRow,
    DiaryRow,
    EndingRow,
    EventRow,
    ExposureRow,
    FilledRow,
    InfusionRow,
    PersonRow,
    ReportRow,
    ScoreRow,
    VisitRow,
    WholeRecord,
)
from outcomes.instruments.catalogue import Catalogue
from outcomes.terms import Absence, AnsweredBy, AssessmentState, Ending, EventOutcome, Onset, Reached

ANSWERS, TOTALS = "answers", "totals"
SKIPPED, GIVEN_ON = "skipped", "given_on"
ABSENT = {
    Absence.TOO_ILL: "temp-unknown",
    Absence.SKIPPED: "asked-declined",
    Absence.ITEMS_MISSING: "not-performed",
    Absence.NOT_ASKED: "not-asked",
    Absence.OUT_OF_RANGE: "error",
    Absence.TOTAL_ONLY: "unsupported",
}
"""The nearest reason of FHIR's own list; the program's own stands first."""
OUTCOMES = {
    EventOutcome.RECOVERED: "resolved",
    EventOutcome.RECOVERING: "recovering",
    EventOutcome.NOT_RECOVERED: "ongoing",
    EventOutcome.SEQUELAE: "resolvedWithSequelae",
    EventOutcome.FATAL: "fatal",
    EventOutcome.UNKNOWN: "unknown",
}
GRADES = {1: "mild", 2: "moderate"}
WORST = "severe"
MET_AT = {Reached.VIDEO: "VR", Reached.TELEPHONE: "VR", Reached.ONLINE: "VR", Reached.HOME: "HH"}
STATES = {AssessmentState.DRAFT: "in-progress"}


def as_bundle(record: WholeRecord, catalogue: Catalogue) -> Json:
    """Write a whole record as a bundle of the type "collection"."""
    writer = _Writer(record, catalogue)
    resources = list(writer.resources())
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": record.as_of.isoformat(),
        "entry": [{"fullUrl": f"{URN}{each['id']}", "resource": each} for each in resources],
    }


def coding(system: str, code: str, display: str | None = None) -> Json:
    """A coding of a known system, or of one of the program's own."""
    made = {"system": SYSTEMS.get(system) or own(system), "code": code}
    return made | {"display": display} if display else made


def concept(*codings: Json, text: str | None = None) -> Json:
    """A concept of one or more codings."""
    made: Json = {"coding": list(codings)} if codings else {}
    return made | {"text": text} if text else made


class _Writer:
    """Makes the resources of one record; every one points to the patient."""

    def __init__(self, record: WholeRecord, catalogue: Catalogue) -> None:
        self.record, self.catalogue = record, catalogue
        self.person = record.person.id
        self.subject = reference(self.person)
        self.clinic_id, self.helper_id = uuid5(self.person, "clinic"), uuid5(self.person, "helper")
        self.visits = {each.id: each for each in record.visits}

    def resources(self) -> Iterable[Json]:
        """Every resource, the patient first."""
        record = self.record
        yield self._patient(record.person)
        yield {"resourceType": "Organization", "id": str(self.clinic_id), "name": record.clinic}
        yield self._condition(record.person)
        if any(each.answered_by is AnsweredBy.PROXY for each in record.filled):
            yield {"resourceType": "RelatedPerson", "id": str(self.helper_id), "patient": self.subject}
        kinds: tuple[tuple[str, Iterable[Any], Callable[[Any], Json]], ...] = (
            ("definition", record.definitions, self._definition),
            ("consent", record.consents, self._consent),
            ("ending", record.endings, self._ending),
            ("arm", record.arms, self._arm),
            ("course", record.courses, self._course),
            ("infusion", record.infusions, self._infusion),
            ("visit", record.visits, self._visit),
            ("filled", record.filled, self._filled),
            ("score", record.scores, self._score),
            ("exposure", record.exposures, self._exposure),
            ("event", record.events, self._event),
            ("activity", record.activities, self._activity),
            ("activity_score", record.activity_scores, self._activity_score),
            ("diary", record.diary, self._diary),
            ("report", record.reports, self._report),
        )
        for kind, rows, write in kinds:
            for row in rows:
                yield tagged(put_row(write(row), row), kind)
        for each in record.filled:
            yield self._provenance(each)

    def _patient(self, row: PersonRow) -> Json:
        resource: Json = {
            "resourceType": "Patient",
            "identifier": [{"system": own("patient"), "assigner": {"display": self.record.clinic}}],
            "managingOrganization": reference(self.clinic_id),
        }
        if row.contact:
            resource["telecom"] = [{"system": "other"}]
        died = next((each.on_date for each in self.record.endings if each.kind is Ending.DEATH), None)
        if died:
            resource["deceasedDateTime"] = died.isoformat()
        return tagged(put_row(resource, row), "person")

    def _condition(self, row: PersonRow) -> Json:
        """The illness as FHIR tells it; its facts are read back from the patient."""
        resource: Json = {
            "resourceType": "Condition",
            "id": str(uuid5(self.person, "condition")),
            "clinicalStatus": concept(coding("condition-clinical", "active")),
            "verificationStatus": concept(
                coding("condition-verification", "confirmed" if row.diagnosed_on else "unconfirmed")
            ),
            "code": concept(coding("condition", "me_cfs"), text="ME/CFS"),
            "subject": self.subject,
        }
        if row.onset_year:
            resource["onsetDateTime"] = f"{row.onset_year:04}" + (f"-{row.onset_month:02}" if row.onset_month else "")
        elif row.onset_kind is not Onset.UNKNOWN:
            resource["onsetString"] = row.onset_kind.value
        return resource | ({"recordedDate": row.diagnosed_on.isoformat()} if row.diagnosed_on else {})

    def _definition(self, row: DefinitionRow) -> Json:
        return self._observation(row.id, "exam", "case_definition", row.definition)

    def _ending(self, row: EndingRow) -> Json:
        value = {"coding": [{"system": own("ending")}]}
        return self._observation(row.id, "exam", "fact", "ending") | {"valueCodeableConcept": value}

    def _arm(self, row: ArmRow) -> Json:
        resource = self._observation(row.id, "exam", "fact", "arm")
        return (
            resource if row.label else resource | {"dataAbsentReason": concept(coding("data-absent-reason", "masked"))}
        )

    def _consent(self, row: ConsentRow) -> Json:
        return {
            "resourceType": "Consent",
            "status": "inactive" if row.withdrawn_on else "active",
            "scope": concept(coding("consent-scope", "research" if "research" in row.purpose else "patient-privacy")),
            "category": [concept({"system": own("purpose")})],
            "patient": self.subject,
            "policyRule": concept(coding("policy", "consent_text")),
            "provision": {"type": "permit"},
        }

    def _course(self, row: CourseRow) -> Json:
        given = any(each.course_id == row.id for each in self.record.infusions)
        return self._procedure("fmt_course") | {"status": "completed" if given else "preparation"}

    def _infusion(self, _row: InfusionRow) -> Json:
        return self._procedure("fmt_infusion") | {"status": "completed", "category": concept({"system": own("route")})}

    def _procedure(self, code: str) -> Json:
        what = concept(coding("procedure", code), text="Faecal microbiota transplantation (FMT)")
        return {"resourceType": "Procedure", "code": what, "subject": self.subject}

    def _visit(self, row: VisitRow) -> Json:
        return {
            "resourceType": "Encounter",
            "status": "finished",
            "class": coding("act-code", MET_AT.get(row.reached, "AMB")),
            "subject": self.subject,
            "serviceProvider": reference(self.clinic_id),
        }

    def _filled(self, row: FilledRow) -> Json:
        groups = ((ANSWERS, answer_items(row)), (TOTALS, total_items(row)))
        return {
            "resourceType": "QuestionnaireResponse",
            "questionnaire": f"{own('questionnaire')}:{row.instrument}|{row.key_version}",
            "status": STATES.get(row.state, "completed"),
            "subject": self.subject,
            "source": reference(self.helper_id if row.answered_by is AnsweredBy.PROXY else self.person),
            "item": [{"linkId": name} | ({"item": items} if items else {}) for name, items in groups],
        }

    def _score(self, row: ScoreRow) -> Json:
        row_id = uuid5(row.assessment_id, row.scale)
        resource = self._observation(row_id, "survey", "scale", row.scale, *self._loinc(row.scale))
        if row.value is not None:
            resource["valueQuantity"] = {"system": SYSTEMS["ucum"], "code": "{score}", "unit": "score"}
        elif row.absence:
            nearest = coding("data-absent-reason", ABSENT[row.absence])
            resource["dataAbsentReason"] = concept({"system": own("absence")}, nearest)
        return resource

    def _loinc(self, scale: str) -> tuple[Json, ...]:
        known = scale.partition(".")[0] in self.catalogue
        code = self.catalogue.scale(scale).loinc if known else None
        return (coding("loinc", code),) if code else ()

    def _exposure(self, row: ExposureRow) -> Json:
        resource = self._observation(row.id, "social-history", "exposure", row.kind)
        return resource | {"performer": [self.subject if row.by_patient else reference(self.clinic_id)]}

    def _event(self, row: EventRow) -> Json:
        resource: Json = {
            "resourceType": "AdverseEvent",
            "actuality": "actual",
            "subject": self.subject,
            "outcome": concept(coding("event-outcome", OUTCOMES[row.outcome])),
            "severity": concept(coding("event-severity", GRADES.get(row.grade, WORST))),
        }
        if row.infusion_id:
            judged = {"assessment": concept(coding("relation", row.relation_to_fmt))}
            resource["suspectEntity"] = [{"instance": {}, "causality": [judged]}]
        if row.seriousness:
            resource["seriousness"] = concept({"system": own("seriousness")})
        return resource

    def _activity(self, row: ActivityRow) -> Json:
        return {
            "resourceType": "Goal",
            "lifecycleStatus": "active" if row.open else "on-hold",
            "description": concept(coding("goal", "own_activity")),
            "subject": self.subject,
            "startDate": row.made_at.date().isoformat(),
        }

    def _activity_score(self, row: ActivityScoreRow) -> Json:
        return self._observation(uuid5(row.activity_id, str(row.visit_id)), "survey", "fact", "own_activity")

    def _diary(self, row: DiaryRow) -> Json:
        row_id = uuid5(self.person, f"{row.scale} {row.on_date}")
        return self._observation(row_id, "survey", "scale", row.scale, *self._loinc(row.scale))

    def _report(self, row: ReportRow) -> Json:
        sender = reference(self.person) | {"display": "carer"} if row.by_carer else reference(self.person)
        return {"resourceType": "Communication", "status": "completed", "subject": self.subject, "sender": sender}

    def _observation(self, row_id: UUID, category: str, system: str, code: str, *more: Json) -> Json:
        return {
            "resourceType": "Observation",
            "id": str(row_id),
            "status": "final",
            "category": [concept(coding("observation-category", category))],
            "code": concept(coding(system, str(code)), *more),
            "subject": self.subject,
        }

    def _provenance(self, row: FilledRow) -> Json:
        """Who gave the answers of a questionnaire, and who wrote them down."""
        visit = self.visits.get(row.visit_id)
        at = row.finished_at or (visit.made_at if visit else self.record.as_of)
        whose = reference(self.helper_id if row.answered_by is AnsweredBy.PROXY else self.person)
        by_clinic = row.answered_by in {AnsweredBy.CLINICIAN_READ, AnsweredBy.PAPER}
        agents = [("author", whose), *([("enterer", reference(self.clinic_id))] if by_clinic else [])]
        scores = (uuid5(row.id, each.scale) for each in self.record.scores if each.assessment_id == row.id)
        return {
            "resourceType": "Provenance",
            "id": str(uuid5(row.id, "provenance")),
            "target": [reference(row.id), *map(reference, scores)],
            "recorded": at.isoformat(),
            "activity": concept(coding("answered_by", row.answered_by)),
            "agent": [{"type": concept(coding("participant", role)), "who": who} for role, who in agents],
        }


def tagged(resource: Json, kind: str) -> Json:
    """Mark a resource with the kind of row that it holds."""
    return resource | {"meta": {"tag": [coding("row", kind)]}}


def answer_items(row: FilledRow) -> list[Json]:
    """Every answer as given; an item with a day and no answer was skipped on purpose and says so."""
    days = row.given_on or {}
    return [_item(each, row.answers, days.get(each)) for each in dict.fromkeys((*row.answers, *days))]


def total_items(row: FilledRow) -> list[Json]:
    """The totals entered for a form whose answers were not."""
    return [_item(each, row.totals, None) for each in row.totals]


def _item(name: str, values: Mapping[str, Any], day: str | None) -> Json:
    item: Json = {"linkId": name}
    marks: list[Json] = [{"url": own(GIVEN_ON), "valueDate": day}] if day else []
    value = values.get(name)
    if value is not None:
        item["answer"] = [_answer(value)]
    elif name not in values:
        marks.append({"url": own(SKIPPED), "valueBoolean": True})
    return item | ({"extension": marks} if marks else {})


def _answer(value: Any) -> Json:  # noqa: ANN401 - an answer as stored
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int):
        return {"valueInteger": value}
    return {"valueDecimal": value} if isinstance(value, float) else {"valueString": str(value)}
