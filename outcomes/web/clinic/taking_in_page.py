"""A record that is about to be taken in, in words: whose, what goes in, what stays behind, which scores differ."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from outcomes.actions.take_in import MOST_TOLD, Staying, TakeInPlan
from outcomes.actions.taking_in.scores import Stated
from outcomes.exchange.readers.bundle import problem_said
from outcomes.exchange.readers.said import counts_said
from outcomes.exchange.writers.own_record import WholeRecord
from outcomes.instruments.catalogue import Catalogue
from outcomes.voice import N_, Voice
from outcomes.web.words import word


@dataclass(frozen=True, slots=True)
class Other:
    """One score that comes out otherwise here."""

    date: str
    scale: str
    stated: str
    computed: str


@dataclass(frozen=True, slots=True)
class TakingInPage:
    """What the page shows; `twin` is who the person is here already, with a sentence that says so."""

    ready: bool
    who: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]
    more: bool
    going: tuple[str, ...]
    staying: tuple[str, ...]
    others: tuple[Other, ...]
    twin: tuple[UUID, str] | None
    namesakes: str


def page(voice: Voice, catalogue: Catalogue, plan: TakeInPlan) -> TakingInPage:
    """Put a plan into words."""
    return TakingInPage(
        ready=plan.ready,
        who=tuple(_who(voice, plan.record)),
        problems=tuple(problem_said(voice, each) for each in plan.problems),
        more=len(plan.problems) >= MOST_TOLD,
        going=(*counts_said(voice, plan.counts), *_going(voice, plan.record)),
        staying=tuple(_staying(voice, plan.staying, plan.record)),
        others=tuple(_others(voice, catalogue, plan)),
        twin=_twin(voice, plan),
        namesakes=voice.join(plan.namesakes) if plan.namesakes else "",
    )


def _who(voice: Voice, record: WholeRecord) -> Iterator[tuple[str, str]]:
    person = record.person
    yield voice.say("Name"), person.name or "–"
    if person.birth_date is not None:
        yield voice.say("Birth date"), voice.date(person.birth_date)
    yield voice.say("Number in the other clinic"), person.code
    yield voice.say("Other clinic"), record.clinic
    yield voice.say("Written on"), voice.date(record.as_of.date())


def _going(voice: Voice, record: WholeRecord) -> Iterator[str]:
    given = sum(each.material is not None for each in record.infusions)
    if given:
        yield voice.count("%(n)s infusion", "%(n)s infusions", given)
    if record.definitions:
        yield voice.count("%(n)s case definition", "%(n)s case definitions", len(record.definitions))
    if record.events:
        yield voice.count("%(n)s adverse event", "%(n)s adverse events", len(record.events))
    if record.exposures:
        yield voice.count("%(n)s other happening", "%(n)s other happenings", len(record.exposures))
    if record.activities:
        yield voice.count("%(n)s own activity", "%(n)s own activities", len(record.activities))
    if record.diary:
        yield voice.count("%(n)s entry of the diary", "%(n)s entries of the diary", len(record.diary))
    if record.reports:
        yield voice.count("%(n)s form sent in", "%(n)s forms sent in", len(record.reports))
    for each in record.endings:
        what, date = word(voice, each.kind), voice.date(each.on_date)
        yield voice.say("how the patient left the other clinic: %(what)s on %(date)s", what=what, date=date)


def _staying(voice: Voice, staying: Staying, record: WholeRecord) -> Iterator[str]:
    if staying.consents:
        yield voice.say(
            "Consents, for they were given to the other clinic: %(what)s. Ask for consent anew.",
            what=voice.join(list(dict.fromkeys(word(voice, each.purpose) for each in staying.consents))),
        )
    else:
        yield voice.say("Consents: the record has none. Ask for consent.")
    yield voice.say("Signatures: nothing of it is signed here.")
    yield from _of_treatment(voice, staying)
    yield from _of_forms(voice, staying)
    if record.endings:
        yield voice.say("If the patient is followed here, undo on the patient's page that the patient left.")


def _of_treatment(voice: Voice, staying: Staying) -> Iterator[str]:
    if staying.donors:
        yield voice.say("Donors and lots: they stay as words in the note of each infusion.")
    if staying.recalled:
        yield voice.count(
            "%(n)s infusion came from a lot that was recalled.",
            "%(n)s infusions came from lots that were recalled.",
            staying.recalled,
        )
    if staying.hidden_arm:
        yield voice.say("The arm: it is blinded in the other clinic.")
    if staying.hidden_infusions:
        yield voice.count(
            "%(n)s infusion whose material is hidden while the study is blinded. Enter it once it is known.",
            "%(n)s infusions whose material is hidden while the study is blinded. Enter them once it is known.",
            staying.hidden_infusions,
        )


def _of_forms(voice: Voice, staying: Staying) -> Iterator[str]:
    if staying.reviewers:
        yield voice.say("Who reviewed the forms that were sent in; the day and the note come along.")
    if staying.carers:
        yield voice.say("Which forms a carer sent; answers that a carer gave stay marked as such.")


def _others(voice: Voice, catalogue: Catalogue, plan: TakeInPlan) -> Iterator[Other]:
    titles = {scale.key: voice.pick(scale.title) for scale in catalogue.scales()}
    for each in plan.differences:
        date, scale = voice.date(each.on_date), titles.get(each.scale, each.scale)
        yield Other(date, scale, _stated(voice, each.stated), _stated(voice, each.computed))


def _stated(voice: Voice, stated: Stated | None) -> str:
    if stated is None:
        return voice.say("not there")
    return voice.say("no value") if stated.value is None else voice.number(stated.value)


def _twin(voice: Voice, plan: TakeInPlan) -> tuple[UUID, str] | None:
    known = plan.twin
    if known is None:
        return None
    if known.taken_in_at is None:
        here = N_("This record was written in this clinic. The patient has the number %(code)s.")
        told = voice.say(here, code=known.code)
    else:
        when = voice.date(known.taken_in_at.date())
        told = voice.say(
            "This person's record was taken in on %(date)s, with the number %(code)s. What is new is entered there.",
            date=when,
            code=known.code,
        )
    return known.patient_id, told
