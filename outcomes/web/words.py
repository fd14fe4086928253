"""The words of the records on screen: one table for each enumeration of `outcomes.terms` that a page shows."""

from enum import StrEnum

from flask import Flask

from outcomes.terms import (
    AnsweredBy,
    AssessmentState,
    CaseDefinitionName,
    ChangeReason,
    Comorbidity,
    DonorKind,
    Ending,
    EntryBasis,
    ErasureGround,
    EventOutcome,
    ExposureKind,
    Intent,
    Material,
    MaterialState,
    Meaning,
    Onset,
    Purpose,
    Reached,
    Relation,
    Role,
    Route,
    ScreeningResult,
    Seriousness,
    Severity,
    Sex,
    Trigger,
    VisitState,
    WorkStatus,
)
from outcomes.voice import N_, Voice
from outcomes.web.i18n import voice

WORDS: dict[type[StrEnum], dict[StrEnum, str]] = {
    Role: {
        Role.CLINICIAN: N_("clinician"),
        Role.PATIENT: N_("patient"),
        Role.RESEARCHER: N_("researcher"),
        Role.ADMINISTRATOR: N_("administrator"),
    },
    AnsweredBy: {
        AnsweredBy.SELF: N_("patient"),
        AnsweredBy.PROXY: N_("carer"),
        AnsweredBy.CLINICIAN_READ: N_("read out"),
        AnsweredBy.PAPER: N_("paper"),
    },
    AssessmentState: {
        AssessmentState.DRAFT: N_("draft"),
        AssessmentState.COMPLETE: N_("complete"),
        AssessmentState.SIGNED: N_("signed"),
    },
    Sex: {
        Sex.FEMALE: N_("woman"),
        Sex.MALE: N_("man"),
        Sex.OTHER: N_("other"),
        Sex.UNKNOWN: N_("not stated"),
    },
    Severity: {
        Severity.MILD: N_("mild"),
        Severity.MODERATE: N_("moderate"),
        Severity.SEVERE: N_("severe"),
        Severity.VERY_SEVERE: N_("very severe"),
    },
    CaseDefinitionName: {
        CaseDefinitionName.FUKUDA_1994: N_("Fukuda 1994"),
        CaseDefinitionName.CANADIAN_2003: N_("Canadian consensus 2003"),
        CaseDefinitionName.ICC_2011: N_("International consensus 2011"),
        CaseDefinitionName.IOM_2015: N_("IOM 2015"),
        CaseDefinitionName.NICE_2021: N_("NICE 2021"),
    },
    Onset: {
        Onset.SUDDEN: N_("sudden"),
        Onset.GRADUAL: N_("gradual"),
        Onset.UNKNOWN: N_("not known"),
    },
    Trigger: {
        Trigger.INFECTION: N_("infection"),
        Trigger.GASTROINTESTINAL_INFECTION: N_("gastrointestinal infection"),
        Trigger.COVID_19: N_("COVID-19"),
        Trigger.OTHER: N_("something else"),
        Trigger.NONE_KNOWN: N_("none known"),
    },
    WorkStatus: {
        WorkStatus.FULL_TIME: N_("works full time"),
        WorkStatus.PART_TIME: N_("works part time"),
        WorkStatus.SICK_LEAVE: N_("on sick leave"),
        WorkStatus.DISABILITY: N_("disability pension"),
        WorkStatus.STUDYING: N_("studies"),
        WorkStatus.HOME: N_("at home"),
        WorkStatus.RETIRED: N_("retired"),
        WorkStatus.UNKNOWN: N_("not known"),
    },
    Comorbidity: {
        Comorbidity.IBS: N_("irritable bowel syndrome"),
        Comorbidity.FIBROMYALGIA: N_("fibromyalgia"),
        Comorbidity.ORTHOSTATIC_INTOLERANCE: N_("orthostatic intolerance or POTS"),
        Comorbidity.MCAS: N_("mast cell activation syndrome"),
        Comorbidity.HEDS: N_("hypermobile Ehlers–Danlos syndrome"),
        Comorbidity.DEPRESSION: N_("depression"),
        Comorbidity.ANXIETY: N_("anxiety"),
        Comorbidity.MIGRAINE: N_("migraine"),
    },
    EntryBasis: {
        EntryBasis.REFERRAL: N_("referral, not on a score"),
        EntryBasis.QUALIFYING_SCORE: N_("a qualifying score"),
        EntryBasis.TRIAL: N_("a trial"),
        EntryBasis.UNKNOWN: N_("not known"),
    },
    Intent: {
        Intent.CLINICAL: N_("clinical"),
        Intent.TRIAL: N_("trial"),
        Intent.COMPASSIONATE: N_("compassionate use"),
    },
    Route: {
        Route.COLONOSCOPY: N_("colonoscopy"),
        Route.SIGMOIDOSCOPY: N_("sigmoidoscopy"),
        Route.ENEMA: N_("enema"),
        Route.NASODUODENAL: N_("nasoduodenal tube"),
        Route.GASTROSCOPY: N_("gastroscopy"),
        Route.CAPSULE: N_("capsules"),
    },
    Material: {
        Material.DONOR: N_("donor stool"),
        Material.AUTOLOGOUS: N_("own stool"),
        Material.PLACEBO: N_("placebo"),
        Material.CULTURED: N_("cultured bacteria"),
        Material.DEFINED: N_("defined product"),
    },
    MaterialState: {
        MaterialState.FRESH: N_("fresh"),
        MaterialState.FROZEN: N_("frozen"),
        MaterialState.LYOPHILISED: N_("freeze-dried"),
    },
    DonorKind: {
        DonorKind.RELATED: N_("related to the patient"),
        DonorKind.UNIVERSAL: N_("universal donor"),
        DonorKind.POOLED: N_("pooled donors"),
        DonorKind.BANK: N_("stool bank"),
    },
    ScreeningResult: {
        ScreeningResult.PASSED: N_("passed"),
        ScreeningResult.FAILED: N_("failed"),
        ScreeningResult.PENDING: N_("pending"),
    },
    ExposureKind: {
        ExposureKind.DIET: N_("diet"),
        ExposureKind.DRUG: N_("drug"),
        ExposureKind.ANTIBIOTIC: N_("antibiotic"),
        ExposureKind.PROBIOTIC: N_("probiotic"),
        ExposureKind.INFECTION: N_("infection"),
        ExposureKind.TRAVEL: N_("travel"),
        ExposureKind.CRASH: N_("crash after exertion"),
        ExposureKind.OTHER: N_("something else"),
    },
    Relation: {
        Relation.UNRELATED: N_("unrelated"),
        Relation.UNLIKELY: N_("unlikely"),
        Relation.POSSIBLE: N_("possible"),
        Relation.PROBABLE: N_("probable"),
        Relation.DEFINITE: N_("definite"),
    },
    Seriousness: {
        Seriousness.DEATH: N_("death"),
        Seriousness.LIFE_THREATENING: N_("life-threatening"),
        Seriousness.HOSPITALISATION: N_("stay in hospital"),
        Seriousness.DISABILITY: N_("lasting disability"),
        Seriousness.CONGENITAL: N_("congenital anomaly"),
        Seriousness.IMPORTANT_MEDICAL: N_("medically important"),
    },
    EventOutcome: {
        EventOutcome.RECOVERED: N_("over"),
        EventOutcome.RECOVERING: N_("getting better"),
        EventOutcome.NOT_RECOVERED: N_("not over"),
        EventOutcome.SEQUELAE: N_("over, with lasting effects"),
        EventOutcome.FATAL: N_("fatal"),
        EventOutcome.UNKNOWN: N_("not known"),
    },
    ErasureGround: {
        ErasureGround.ASKED: N_("the patient asked for it"),
        ErasureGround.WITHDREW_CONSENT: N_("consent was withdrawn"),
        ErasureGround.NO_LONGER_NEEDED: N_("the time of keeping is over"),
        ErasureGround.ORDERED: N_("an authority ordered it"),
    },
    Ending: {
        Ending.DEATH: N_("died"),
        Ending.WITHDRAWAL: N_("withdrew"),
        Ending.LOST: N_("lost to follow-up"),
    },
    Purpose: {
        Purpose.RECORD: N_("keeping this record"),
        Purpose.RESEARCH_AGGREGATE: N_("research with counts and means"),
        Purpose.RESEARCH_RECORD_LEVEL: N_("research with single records under agreement"),
        Purpose.REMINDERS: N_("reminders by e-mail"),
        Purpose.CARER_ACCESS: N_("access for a carer"),
    },
    Reached: {
        Reached.CLINIC: N_("at the clinic"),
        Reached.VIDEO: N_("by video"),
        Reached.TELEPHONE: N_("by telephone"),
        Reached.POST: N_("by post"),
        Reached.HOME: N_("at home"),
        Reached.ONLINE: N_("online"),
        Reached.IMPORTED: N_("imported"),
    },
    VisitState: {
        VisitState.DRAFT: N_("draft"),
        VisitState.COMPLETE: N_("complete, not signed"),
        VisitState.SIGNED: N_("signed"),
        VisitState.UNLOCKED: N_("unlocked, not signed again"),
    },
    Meaning: {
        Meaning.REVIEWED: N_("I have reviewed it"),
        Meaning.RESPONSIBLE: N_("I am responsible for it"),
        Meaning.AUTHORED: N_("I have written it down myself"),
    },
    ChangeReason: {
        ChangeReason.MISTYPED: N_("It was typed wrongly"),
        ChangeReason.NEW_INFORMATION: N_("More became known"),
        ChangeReason.ASKED_AGAIN: N_("The patient was asked again"),
        ChangeReason.CHANGED_SINCE: N_("It has changed since"),
        ChangeReason.WRONG_RECORD: N_("It belongs to another record"),
        ChangeReason.OTHER: N_("Another reason"),
    },
}


def word(speaker: Voice, term: StrEnum) -> str:
    """Return the word for one value."""
    return speaker.say(WORDS[type(term)][term])


def choices(speaker: Voice, terms: type[StrEnum], empty: str | None = None) -> list[tuple[str, str]]:
    """Return value and word of every member, for a list to choose from; `empty` is the words of no choice."""
    listed = [(term.value, speaker.say(text)) for term, text in WORDS[terms].items()]
    return listed if empty is None else [("", empty), *listed]


def show_words(app: Flask) -> None:
    """Let templates say a term with the filter `word`."""
    app.jinja_env.filters["word"] = lambda term: word(voice(), term)
