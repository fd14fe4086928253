"""The form of enrolment: every field of a patient, the case definitions and the consents."""

from typing import Any

from outcomes.actions.enrol import CaseDefinitionForm, ConsentForm, PatientForm
from outcomes.records.queries.header import PatientHeader
from outcomes.terms import (
    CaseDefinitionName,
    Comorbidity,
    EntryBasis,
    Onset,
    Purpose,
    Sex,
    Trigger,
    WorkStatus,
)
from outcomes.voice import N_
from outcomes.web.clinic.fields import RecordForm, day, several, text, whole, word, yes_no
from outcomes.web.words import WORDS

CONSENT_TEXT = "1"
"""Version of the consent text that the clinic's paper form refers to."""


class EnrolmentForm(RecordForm):
    """Who a patient is and how the illness is described."""

    groups = (
        (N_("Who"), ("name", "code", "birth_date", "sex", "contact", "country")),
        (N_("Illness"), ("onset_kind", "onset_year", "onset_month", "trigger", "diagnosed_on", "work_status")),
        (N_("Besides"), ("comorbidities", "medication", "diet", "antibiotics_last_3_months", "entry_basis")),
        (N_("Case definitions"), tuple(f"case_{d}_{part}" for d in CaseDefinitionName for part in ("met", "on", "by"))),
        (N_("Consent"), tuple(f"consent_{p}_{part}" for p in Purpose for part in ("given", "withdrawn"))),
    )
    name = text(N_("Name"), 200, N_("Sealed: only members of this clinic can read it."))
    code = text(N_("Number"), 40, N_("Left empty, the next free number is given."))
    birth_date = day(N_("Birth date"), N_("Sealed as well."))
    sex = word(N_("Sex"), Sex, default=Sex.UNKNOWN)
    contact = text(N_("Contact"), 500, N_("E-mail, telephone or address. Sealed."))
    country = text(N_("Country"), 2, N_("Two letters, such as TR."))
    onset_kind = word(N_("How it began"), Onset, default=Onset.UNKNOWN)
    onset_year = whole(N_("Year it began"), 1900, 2100)
    onset_month = whole(N_("Month it began"), 1, 12, N_("1 to 12; may stay empty."))
    trigger = word(N_("What it began with"), Trigger, empty=True)
    diagnosed_on = day(N_("Date of diagnosis"))
    work_status = word(N_("Work"), WorkStatus, default=WorkStatus.UNKNOWN)
    comorbidities = several(N_("Other conditions"), Comorbidity)
    medication = text(N_("Medication"), 2000)
    diet = text(N_("Diet"), 500)
    antibiotics_last_3_months = yes_no(N_("Antibiotics in the last three months"))
    entry_basis = word(
        N_("Treated because of"),
        EntryBasis,
        default=EntryBasis.UNKNOWN,
        hint=N_("A qualifying score tends to improve by itself; charts then say so."),
    )

    def details(self) -> PatientForm:
        """Return what the action takes."""
        return self.into(
            PatientForm,
            country=(self.country.data or "").strip().upper() or None,
            comorbidities=tuple(self.comorbidities.data or ()),
            case_definitions=tuple(self._case_definitions()),
            consents=tuple(self._consents()),
        )

    def _case_definitions(self) -> list[CaseDefinitionForm]:
        found = []
        for definition in CaseDefinitionName:
            met = self[f"case_{definition}_met"].data
            if met is not None:
                by = (self[f"case_{definition}_by"].data or "").strip() or None
                found.append(CaseDefinitionForm(definition, met, self[f"case_{definition}_on"].data, by))
        return found

    def _consents(self) -> list[ConsentForm]:
        found = []
        for purpose in Purpose:
            given = self[f"consent_{purpose}_given"].data
            if given is not None:
                withdrawn = self[f"consent_{purpose}_withdrawn"].data
                found.append(ConsentForm(purpose, given, CONSENT_TEXT, withdrawn))
        return found


def _add_fields() -> None:
    for definition in CaseDefinitionName:
        name, title = f"case_{definition}", WORDS[CaseDefinitionName][definition]
        setattr(EnrolmentForm, f"{name}_met", yes_no(title))
        setattr(EnrolmentForm, f"{name}_on", day(N_("Assessed on")))
        setattr(EnrolmentForm, f"{name}_by", text(N_("Assessed by"), 200))
    for purpose in Purpose:
        name, title = f"consent_{purpose}", WORDS[Purpose][purpose]
        setattr(EnrolmentForm, f"{name}_given", day(title, N_("Date on which consent was given.")))
        setattr(EnrolmentForm, f"{name}_withdrawn", day(N_("Withdrawn on")))


_add_fields()


def filled_from(header: PatientHeader) -> dict[str, Any]:
    """Return the data of a form for a patient on record."""
    data: dict[str, Any] = {name: getattr(header, name) for group in EnrolmentForm.groups[:3] for name in group[1]}
    data["version"] = str(header.version)
    for each in header.case_definitions:
        name = f"case_{each.definition}"
        data |= {f"{name}_met": each.met, f"{name}_on": each.on_date, f"{name}_by": each.assessor}
    for consent in sorted(header.consents, key=lambda each: (each.withdrawn_on is None, each.given_on)):
        name = f"consent_{consent.purpose}"
        data |= {f"{name}_given": consent.given_on, f"{name}_withdrawn": consent.withdrawn_on}
    return data
