"""The words of coded columns, in every language of the house."""

from collections.abc import Iterable, Mapping
from typing import Any

from outcomes.exchange.writers.contents import Code, said
from outcomes.privacy.tiers import OTHER, UNKNOWN
from outcomes.terms import (
    DonorKind,
    EventOutcome,
    Material,
    MaterialState,
    Relation,
    Route,
    Seriousness,
    Sex,
    Trigger,
    Verdict,
    WorkStatus,
)
from outcomes.voice import N_

ANY = "*"
NOBODY = "none"
YES, NO = "yes", "no"
TOO_EARLY = "too_early"
SHARED = {
    OTHER: N_("other, or too rare to be named"),
    UNKNOWN: N_("not known"),
}
WORDS: Mapping[str, Mapping[str, str]] = {
    "sex": {
        Sex.FEMALE: N_("woman"),
        Sex.MALE: N_("man"),
        Sex.OTHER: N_("other"),
        Sex.UNKNOWN: N_("not stated"),
        ANY: N_("withheld to protect the patient"),
    },
    "work_status": {
        WorkStatus.FULL_TIME: N_("works full time"),
        WorkStatus.PART_TIME: N_("works part time"),
        WorkStatus.SICK_LEAVE: N_("on sick leave"),
        WorkStatus.DISABILITY: N_("disability pension"),
        WorkStatus.STUDYING: N_("studies"),
        WorkStatus.HOME: N_("at home"),
        WorkStatus.RETIRED: N_("retired"),
    },
    "trigger": {
        Trigger.INFECTION: N_("infection"),
        Trigger.GASTROINTESTINAL_INFECTION: N_("gastrointestinal infection"),
        Trigger.COVID_19: N_("COVID-19"),
        Trigger.NONE_KNOWN: N_("none known"),
    },
    "antibiotics": {YES: N_("yes"), NO: N_("no")},
    "route": {
        Route.COLONOSCOPY: N_("colonoscopy"),
        Route.SIGMOIDOSCOPY: N_("sigmoidoscopy"),
        Route.ENEMA: N_("enema"),
        Route.NASODUODENAL: N_("nasoduodenal tube"),
        Route.GASTROSCOPY: N_("gastroscopy"),
        Route.CAPSULE: N_("capsules"),
    },
    "material": {
        Material.DONOR: N_("donor stool"),
        Material.AUTOLOGOUS: N_("own stool"),
        Material.PLACEBO: N_("placebo"),
        Material.CULTURED: N_("cultured bacteria"),
        Material.DEFINED: N_("defined product"),
    },
    "state": {
        MaterialState.FRESH: N_("fresh"),
        MaterialState.FROZEN: N_("frozen"),
        MaterialState.LYOPHILISED: N_("freeze-dried"),
    },
    "donor_kind": {
        DonorKind.RELATED: N_("related to the patient"),
        DonorKind.UNIVERSAL: N_("universal donor"),
        DonorKind.POOLED: N_("pooled donors"),
        DonorKind.BANK: N_("stool bank"),
    },
    "grade": {str(grade): str(grade) for grade in range(1, 6)},
    "seriousness": {
        NOBODY: N_("not serious"),
        Seriousness.DEATH: N_("death"),
        Seriousness.LIFE_THREATENING: N_("life-threatening"),
        Seriousness.HOSPITALISATION: N_("stay in hospital"),
        Seriousness.DISABILITY: N_("lasting disability"),
        Seriousness.CONGENITAL: N_("congenital anomaly"),
        Seriousness.IMPORTANT_MEDICAL: N_("medically important"),
    },
    "relation": {
        Relation.UNRELATED: N_("unrelated"),
        Relation.UNLIKELY: N_("unlikely"),
        Relation.POSSIBLE: N_("possible"),
        Relation.PROBABLE: N_("probable"),
        Relation.DEFINITE: N_("definite"),
    },
    "outcome": {
        EventOutcome.RECOVERED: N_("over"),
        EventOutcome.RECOVERING: N_("getting better"),
        EventOutcome.NOT_RECOVERED: N_("not over"),
        EventOutcome.SEQUELAE: N_("over, with lasting effects"),
        EventOutcome.FATAL: N_("fatal"),
    },
    "crash": {YES: N_("yes"), NO: N_("no")},
    "class": {
        Verdict.BETTER_BEYOND: N_("better, beyond usual variation"),
        Verdict.BETTER_WITHIN: N_("better, within usual variation"),
        Verdict.NO_CHANGE: N_("no measurable change"),
        Verdict.WORSE_WITHIN: N_("worse, within usual variation"),
        Verdict.WORSE_BEYOND: N_("worse, beyond usual variation"),
        Verdict.NOT_MEASURABLE: N_("cannot be measured"),
        "missing": N_("not measured"),
        TOO_EARLY: N_("this visit has not come round yet"),
    },
}


def codes(name: str, extra: Iterable[Code] = ()) -> tuple[Code, ...]:
    """The values that a coded column may hold, each with its words, and `extra` ones behind them."""
    words = {str(code): text for code, text in {**SHARED, **WORDS.get(name, {})}.items()}
    listed = tuple(Code(code, said(text)) for code, text in words.items())
    return listed + tuple(each for each in extra if each.code not in words)


def yes_no(value: object) -> str:
    """A truth as a code."""
    return UNKNOWN if value is None else YES if value else NO


def coded(value: Any) -> str:  # noqa: ANN401 - a word of the house, or nothing
    """A word of the house as a code."""
    return UNKNOWN if value is None else str(value)
