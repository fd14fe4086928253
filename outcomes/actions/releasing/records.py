"""The tables of a release with a row a patient or a score, made from what `tiers.prepare` let through."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from outcomes.actions.releasing.placing import Placed, Series, released_visits
from outcomes.actions.releasing.recipe import COLUMNS, Recipe, Use
from outcomes.actions.releasing.words import NOBODY, coded, codes, yes_no
from outcomes.exchange.writers.contents import (
    FURTHER,
    WITHHELD,
    Code,
    Column,
    Kind,
    LongRow,
    Records,
    ReleasedScale,
    Table,
    said,
)
from outcomes.instruments.catalogue import Catalogue
from outcomes.privacy.pseudonyms import pseudonyms
from outcomes.privacy.tiers import OTHER, UNKNOWN, Person, Prepared, ReleasedRow
from outcomes.records.queries.release import StoredEvent, Subject
from outcomes.voice import N_

AT_A_TIME = 500
TEXTS = frozenset({"country", "age", "years_ill"})
VISITS = N_("Visits with scores, as far as everybody of the group has them")


@dataclass(frozen=True, slots=True)
class Material:
    """What a release is made from; it holds keys of the installation and stays here."""

    recipe: Recipe
    subjects: tuple[Subject, ...]
    series: Series
    events: Mapping[str, tuple[StoredEvent, ...]]


def persons(material: Material, seed: bytes) -> list[Person]:
    """Tell of each patient what may leave at all; what was not asked for is the same for all."""
    donors = {each.donor for each in material.subjects if each.donor}
    names = pseudonyms(seed, sorted(donors))
    return [_person(material, each, names) for each in material.subjects]


def _person(material: Material, one: Subject, donors: Mapping[str, str]) -> Person:
    asked, own = material.recipe.columns, material.series.of(one.key)
    lead = {each.slot: each.score.value for each in own if each.score.scale == material.recipe.scales[0]}
    there = {each.slot for each in own}
    slots = tuple(each for each in material.series.slots if each in there)
    years = None if one.seen.years_ill is None else int(one.seen.years_ill)
    return Person(
        key=one.key,
        sex=str(one.seen.sex) if "sex" in asked else UNKNOWN,
        country=one.country if "country" in asked else None,
        age=one.age if "age" in asked else None,
        years_ill=years if "years_ill" in asked else None,
        visits=slots,
        sensitive={name: _sensitive(one, name) for name in material.recipe.of_use(Use.SENSITIVE)},
        codes={name: _treatment(one, name, donors) for name in material.recipe.of_use(Use.TREATMENT)},
        scores=tuple(lead.get(each) for each in slots),
    )


def _sensitive(one: Subject, name: str) -> str:
    return yes_no(one.antibiotics) if name == "antibiotics" else coded(getattr(one, name))


def _treatment(one: Subject, name: str, donors: Mapping[str, str]) -> str:
    return donors.get(one.donor or "", UNKNOWN) if name == "donor" else coded(getattr(one, name))


# Tables


def records(material: Material, done: Prepared, catalogue: Catalogue) -> Records:
    """The record-level tables of a release."""
    long = Long(material, done, _known_ways(material, done))
    return Records(
        long=long,
        scales=tuple(released_scale(catalogue, key) for key in material.recipe.scales),
        visits=released_visits(material.recipe),
        patients=_patients(material.recipe, done),
        treatments=_treatments(material.recipe, done),
        events=_events(material, done),
        scores=sum(len(batch) for batch in long),
    )


def released_scale(catalogue: Catalogue, key: str) -> ReleasedScale:
    """A scale as a reader of the file needs it."""
    scale, instrument = catalogue.scale(key), catalogue.instrument_of(key)
    told = {
        language: (instrument.title.get(language, text), scale.title.get(language, text))
        for language, text in {**instrument.title, **scale.title}.items()
    }
    title = {language: of if of == own else f"{of}: {own}" for language, (of, own) in told.items()}
    return ReleasedScale(
        key, instrument.code, title, scale.domain, scale.minimum, scale.maximum, scale.better, scale.unit, scale.loinc
    )


@dataclass(frozen=True, slots=True)
class Long:
    """The long rows, made anew each time they are read: patient by patient in the order of the release."""

    material: Material = field(repr=False)
    done: Prepared = field(repr=False)
    ways: Mapping[str, frozenset[str]] = field(repr=False)

    def __iter__(self) -> Iterator[Sequence[LongRow]]:
        """Give the rows in batches."""
        batch: list[LongRow] = []
        days: dict[str, int | None] = {each.code: each.day for each in released_visits(self.material.recipe)}
        for row in self.done.rows:
            batch.extend(self._of(row, days))
            if len(batch) >= AT_A_TIME:
                yield batch
                batch = []
        if batch:
            yield batch

    def _of(self, row: ReleasedRow, days: Mapping[str, int | None]) -> Iterator[LongRow]:
        here, place = set(row.visits), {name: n for n, name in enumerate(self.material.series.slots)}
        own = (each for each in self.material.series.of(row.key) if each.slot in here)
        for each in sorted(own, key=lambda one: (place[one.slot], one.score.scale)):
            yield self._score(row.pseudonym, each, days.get(each.visit))
        for name in row.withheld:
            visit, number = self.material.series.named[name]
            for scale in self.material.recipe.scales:
                yield _withheld(row.pseudonym, visit, days.get(visit), scale, number)

    def _score(self, patient: str, each: Placed, day: int | None) -> LongRow:
        score = each.score
        whole = score.value is not None and not score.items_used
        return LongRow(
            patient=patient,
            visit=each.visit,
            day=day,
            scale=score.scale,
            value=score.value,
            standard_error=score.standard_error,
            absence=score.absence,
            items_used=None if whole else score.items_used,
            items=None if whole else score.items,
            key_version=score.key_version,
            answered_by=score.answered_by if score.answered_by in self.ways["answered_by"] else UNKNOWN,
            language=score.language if score.language in self.ways["language"] else UNKNOWN,
            role=each.role,
            occurrence=each.occurrence,
        )


def _withheld(patient: str, visit: str, day: int | None, scale: str, occurrence: int) -> LongRow:
    """Say of a visit that it is withheld from the whole group, whoever of it was there."""
    nothing = (None, None, WITHHELD, None, None, UNKNOWN, UNKNOWN, UNKNOWN, FURTHER)
    return LongRow._make((patient, visit, day, scale, *nothing, occurrence))


def _known_ways(material: Material, done: Prepared) -> dict[str, frozenset[str]]:
    """Of each way of answering and each language those that enough patients share; the others are not told."""
    own = {row.key: [each.score for each in material.series.of(row.key)] for row in done.rows}
    return {
        name: common([{getattr(score, name) for score in scores} for scores in own.values()], done.decision.k)
        for name in ("answered_by", "language")
    }


def common(told: Iterable[set[str]], least: int) -> frozenset[str]:
    """Find the values that at least so many patients have, so that those who have another are that many too."""
    patients = [set(values) for values in told]
    count: dict[str, int] = defaultdict(int)
    for value in (value for values in patients for value in values):
        count[value] += 1
    ranked = sorted(count, key=lambda value: (count[value], value))
    kept = [value for value in ranked if count[value] >= least]
    while kept and 0 < sum(bool(values - set(kept)) for values in patients) < least:
        kept = kept[1:]
    return frozenset(kept)


def _column(name: str) -> Column:
    title = said(COLUMNS[name].title)
    if name in TEXTS or name == "donor":
        return Column(name, Kind.TEXT, title)
    return Column(name, Kind.CODE, title, codes(name))


def _patient() -> Column:
    return Column("patient", Kind.TEXT, said(N_("Identifier of the patient in this release alone")))


def _patients(recipe: Recipe, done: Prepared) -> Table:
    known, sensitive = recipe.of_use(Use.KNOWN), recipe.of_use(Use.SENSITIVE)
    columns = (
        _patient(),
        *(_column(name) for name in known),
        Column("visits", Kind.TEXT, said(VISITS)),
        *(_column(name) for name in sensitive),
    )
    rows = [
        (
            row.pseudonym,
            *(row.labels[name] for name in (*known, "visits")),
            *(row.sensitive[name] for name in sensitive),
        )
        for row in done.rows
    ]
    return Table("patients", said(N_("Patients, one row each")), columns, _batches(rows), ("patient",))


def _treatments(recipe: Recipe, done: Prepared) -> Table:
    names = recipe.of_use(Use.TREATMENT)
    rows = [(row.pseudonym, *(row.codes[name] for name in names)) for row in done.rows] if names else []
    title = said(N_("First course of FMT, one row a patient; rare values are merged"))
    return Table("treatments", title, (_patient(), *map(_column, names)), _batches(rows), ("patient",))


def _batches(rows: Sequence[Sequence[Any]]) -> list[Sequence[Sequence[Any]]]:
    return [rows[start : start + AT_A_TIME] for start in range(0, len(rows), AT_A_TIME)]


# Events

EVENTS = {
    "visit": N_("Visit window in which it began"),
    "grade": N_("Grade, 1 to 5 (CTCAE 5)"),
    "seriousness": N_("Why it is serious"),
    "relation": N_("Relation to FMT"),
    "outcome": N_("Outcome"),
    "crash": N_("A crash after exertion"),
}


def _events(material: Material, done: Prepared) -> Table:
    """Adverse events with rare values merged; none where too few patients have any."""
    windows = [Code(visit.code, visit.title) for visit in released_visits(material.recipe)]
    columns = [_patient()]
    columns += [Column(n, Kind.CODE, said(t), codes(n, windows if n == "visit" else ())) for n, t in EVENTS.items()]
    told = [(row.pseudonym, _told(material, row, each)) for row in done.rows for each in _own(material, row)]
    rows = _merged_events(told, done.decision.k)
    title = said(N_("Adverse events; rare values are merged, and none is told where too few patients had any"))
    return Table("events", title, tuple(columns), _batches(rows))


def _own(material: Material, row: ReleasedRow) -> tuple[StoredEvent, ...]:
    return material.events.get(row.key, ()) if "events" in material.recipe.columns else ()


def _told(material: Material, row: ReleasedRow, event: StoredEvent) -> tuple[str, ...]:
    holding = (point.code for point in material.recipe.points if point.holds(event.day))
    visit = next((code for code in holding if code in row.visits), OTHER)
    seriousness = coded(event.seriousness) if event.seriousness else NOBODY
    return visit, str(event.grade), seriousness, coded(event.relation), coded(event.outcome), yes_no(event.crash)


def _merged_events(told: Sequence[tuple[str, tuple[str, ...]]], k: int) -> list[tuple[str, ...]]:
    if len({patient for patient, _ in told}) < k:
        return []
    kept = [common(_values(told, place), k) for place in range(len(EVENTS))]
    return [
        (patient, *(value if value in kept[place] else OTHER for place, value in enumerate(values)))
        for patient, values in told
    ]


def _values(told: Sequence[tuple[str, tuple[str, ...]]], place: int) -> list[set[str]]:
    """Of each patient the values of one column."""
    found: dict[str, set[str]] = defaultdict(set)
    for patient, values in told:
        found[patient].add(values[place])
    return list(found.values())
