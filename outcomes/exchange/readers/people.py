"""The patients of a table: what its rows say of each, gathered, compared with one another and with the records."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from outcomes.exchange.readers.columns import Column, Parsed, codes, dates, plain, texts, words
from outcomes.exchange.readers.mapping import ColumnMapping, Field
from outcomes.exchange.readers.planned import KnownPatient, PlannedArm, PlannedInfusion, PlannedPatient
from outcomes.exchange.readers.problems import ImportProblem, ProblemCode
from outcomes.exchange.readers.table import Table
from outcomes.terms import Material, Route, Sex

LONGEST_CODE, LONGEST_NAME, LONGEST_ARM = 40, 200, 60

SEXES: Mapping[str, Sex] = {
    **dict.fromkeys(("f", "female", "w", "woman", "k", "kadın", "kız"), Sex.FEMALE),
    **dict.fromkeys(("m", "male", "man", "e", "erkek"), Sex.MALE),
    **dict.fromkeys(("other", "diğer"), Sex.OTHER),
    **dict.fromkeys(("unknown", "bilinmiyor"), Sex.UNKNOWN),
}
_OF_PERSON = (Field.NAME, Field.SEX, Field.BIRTH_DATE, Field.ARM, Field.FMT, Field.ROUTE, Field.MATERIAL, Field.ANCHOR)


@dataclass(slots=True)
class Facts:
    """What the rows say of one patient: a value for each field, and the row it was first read in."""

    row: int
    values: dict[Field, Any] = field(default_factory=dict)
    rows: dict[Field, int] = field(default_factory=dict)


@dataclass(slots=True)
class People:
    """The patients in the order of the file, each row's patient, and every problem found."""

    facts: dict[str, Facts] = field(default_factory=dict)
    of_row: list[str | None] = field(default_factory=list)
    problems: list[ImportProblem] = field(default_factory=list)


def read_people(columns: Mapping[str, Column], mapping: ColumnMapping, today: date) -> People:
    """Read who the rows are about."""
    missing = frozenset(mapping.missing)
    column = columns[mapping.columns[Field.PATIENT]].without(missing)
    coded = codes(column, LONGEST_CODE)
    people = People(of_row=coded.values, problems=coded.problems)
    refused = {problem.row for problem in coded.problems}
    people.problems += [
        column.problem(ProblemCode.PATIENT_MISSING, number)
        for number, code in zip(column.numbers, coded.values, strict=True)
        if code is None and number not in refused
    ]
    for number, code in zip(column.numbers, coded.values, strict=True):
        if code is not None:
            people.facts.setdefault(code, Facts(number))
    for name in _OF_PERSON:
        given = mapping.column(name)
        if given is not None:
            _gather(people, name, columns[given].without(missing), mapping, today)
    return people


def patient_codes(table: Table, mapping: ColumnMapping) -> frozenset[str]:
    """Return the patient codes in a table, as `read_people` reads them."""
    name = mapping.column(Field.PATIENT)
    if name is None or name not in table.header:
        return frozenset()
    column = Column(name, table.numbers, table.column(name)).without(frozenset(mapping.missing))
    return frozenset(code for code in codes(column, LONGEST_CODE).values if code is not None)


def _gather(people: People, name: Field, column: Column, mapping: ColumnMapping, today: date) -> None:
    """Give each patient the value of a column; two different ones contradict each other."""
    parsed = _read(name, column, mapping, today)
    people.problems += parsed.problems
    for number, code, value in zip(column.numbers, people.of_row, parsed.values, strict=True):
        if code is None or value is None:
            continue
        facts = people.facts[code]
        if facts.values.setdefault(name, value) != value:
            values = {"patient": code, "other": str(facts.rows[name])}
            people.problems.append(ImportProblem(ProblemCode.PATIENT_CONFLICT, number, column.name, values))
        facts.rows.setdefault(name, number)


def _read(name: Field, column: Column, mapping: ColumnMapping, today: date) -> Parsed[Any]:
    """Read a column about patients."""
    own = mapping.words.get(name.value, {})
    if name in {Field.FMT, Field.ANCHOR, Field.BIRTH_DATE}:
        return dates(column, today, mapping.date_format)
    if name is Field.SEX:
        return words(column, _vocabulary(Sex, own, SEXES), tuple(Sex))
    if name is Field.ROUTE:
        return words(column, _vocabulary(Route, own), tuple(Route))
    if name is Field.MATERIAL:
        return words(column, _vocabulary(Material, own), tuple(Material))
    return texts(column, LONGEST_ARM if name is Field.ARM else LONGEST_NAME)


def _vocabulary(kind: Any, own: Mapping[str, str], usual: Mapping[str, Any] | None = None) -> dict[str, Any]:  # noqa: ANN401 - one of three enumerations
    """Return what each word stands for: the program's own, the usual ones, and the clinic's."""
    known = {plain(word): meaning for word, meaning in (usual or {}).items()}
    known |= {plain(each.value): each for each in kind}
    return known | {plain(word): kind(meaning) for word, meaning in own.items()}


def look_alikes(codes_here: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Return codes of the file that differ from another code, here or recorded, only in case or spaces."""
    recorded = set(known)
    first = {_bare(code): code for code in recorded}
    found = {}
    for code in codes_here:
        other = first.setdefault(_bare(code), code)
        if other != code and code not in recorded:
            found[code] = other
    return found


def _bare(code: str) -> str:
    return "".join(plain(code).split())


def planned_patient(
    code: str, facts: Facts, known: KnownPatient | None, mapping: ColumnMapping
) -> tuple[PlannedPatient, list[ImportProblem]]:
    """Return what would be written of a patient, and what contradicts the record."""
    said = facts.values
    arm, infusion = _arm(said, mapping), _infusion(said, mapping)
    if known is None:
        return (
            PlannedPatient(
                code,
                None,
                said.get(Field.NAME),
                said.get(Field.SEX, Sex.UNKNOWN),
                said.get(Field.BIRTH_DATE),
                arm,
                infusion,
            ),
            [],
        )
    new_arm = None if known.has_arm else arm
    new_infusion = infusion if not known.first_days else None
    planned = PlannedPatient(code, known.id, arm=new_arm, infusion=new_infusion)
    return planned, list(_contradictions(code, facts, known, mapping))


def _arm(said: Mapping[Field, Any], mapping: ColumnMapping) -> PlannedArm | None:
    label = said.get(Field.ARM)
    if label is None:
        return None
    starts_on = None if Field.FMT in said else said.get(Field.ANCHOR, mapping.anchor)
    return PlannedArm(label, label in mapping.comparison, starts_on)


def _infusion(said: Mapping[Field, Any], mapping: ColumnMapping) -> PlannedInfusion | None:
    route, material = said.get(Field.ROUTE, mapping.route), said.get(Field.MATERIAL, mapping.material)
    if Field.FMT not in said or route is None or material is None:
        return None
    return PlannedInfusion(said[Field.FMT], route, material)


def infusion_incomplete(facts: Facts, mapping: ColumnMapping) -> bool:
    """Whether the file gives a date of FMT without saying how it was given."""
    return Field.FMT in facts.values and _infusion(facts.values, mapping) is None


def _contradictions(code: str, facts: Facts, known: KnownPatient, mapping: ColumnMapping) -> Iterable[ImportProblem]:
    """Yield where the file and the record disagree; identities are not repeated in the message."""
    said = facts.values
    name = said.get(Field.NAME)
    if name is not None and known.name is not None and _bare(name) != _bare(known.name):
        yield _differs(code, facts, Field.NAME, mapping)
    if known.birth_date is not None and said.get(Field.BIRTH_DATE, known.birth_date) != known.birth_date:
        yield _differs(code, facts, Field.BIRTH_DATE, mapping)
    sex = said.get(Field.SEX, Sex.UNKNOWN)
    if Sex.UNKNOWN not in {sex, known.sex} and sex is not known.sex:
        yield _differs(code, facts, Field.SEX, mapping, known.sex.value, sex.value)
    arm = said.get(Field.ARM)
    if arm is not None and known.arm is not None and arm != known.arm:
        yield _differs(code, facts, Field.ARM, mapping, known.arm, arm)
    fmt = said.get(Field.FMT)
    if fmt is not None and known.first_days and fmt not in known.first_days:
        recorded = ", ".join(day.isoformat() for day in sorted(known.first_days))
        yield _differs(code, facts, Field.FMT, mapping, recorded, fmt.isoformat())


def _differs(
    code: str, facts: Facts, name: Field, mapping: ColumnMapping, recorded: str | None = None, value: str = ""
) -> ImportProblem:
    column = mapping.column(name)
    if recorded is None:
        return ImportProblem(ProblemCode.IDENTITY_DIFFERS, facts.rows[name], column, {"patient": code})
    values = {"patient": code, "recorded": recorded, "value": value}
    return ImportProblem(ProblemCode.PATIENT_DIFFERS, facts.rows[name], column, values)


def anchor_of(facts: Facts, known: KnownPatient | None, mapping: ColumnMapping, has_column: bool) -> date | None:
    """Return the day from which a patient's times count: the column's, the declared one, that of FMT."""
    if has_column:
        return facts.values.get(Field.ANCHOR)
    if mapping.anchor is not None:
        return mapping.anchor
    return facts.values.get(Field.FMT) or (known.day_zero if known else None)
