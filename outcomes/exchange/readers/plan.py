"""The dry run: a table and its mapping, checked cell by cell against the instruments and the clinic's records."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from outcomes.change.windows import TimePoint
from outcomes.exchange.readers.columns import Column, Parsed, TimeKind
from outcomes.exchange.readers.days import (
    Said,
    as_one,
    differences,
    matched,
    says_the_same,
    scored,
    unfounded,
)
from outcomes.exchange.readers.mapping import ColumnMapping, Field, Key, Layout
from outcomes.exchange.readers.people import (
    Facts,
    People,
    anchor_of,
    infusion_incomplete,
    look_alikes,
    planned_patient,
    read_people,
)
from outcomes.exchange.readers.planned import (
    ImportCounts,
    ImportPlan,
    KnownAssessment,
    KnownRecords,
    KnownVisit,
    PlannedAssessment,
    PlannedPatient,
    PlannedVisit,
)
from outcomes.exchange.readers.problems import ImportProblem, ProblemCode, in_order, shown
from outcomes.exchange.readers.repeats import Repeat, repeats, turns
from outcomes.exchange.readers.table import Table, text_of
from outcomes.exchange.readers.targets import Target, read_reasons, read_target, resolve
from outcomes.exchange.readers.times import Moment, read_times
from outcomes.exchange.writers.redcap import ABSENT
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument
from outcomes.instruments.errors import AnswerError, AnswerProblem
from outcomes.instruments.scoring import ScaleScore
from outcomes.terms import Absence

MOST_PROBLEMS = 500

G = TypeVar("G")
_Given = tuple[str, frozenset[tuple[str, float]], frozenset[tuple[str, float]]]
_Scored = tuple[dict[str, float], tuple[ScaleScore, ...]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a table is checked against: the instruments, the clinic's records and protocol, and the day it is."""

    catalogue: Catalogue
    known: KnownRecords
    points: Sequence[TimePoint]
    today: date


@dataclass(slots=True)
class _Part:
    """One instrument's columns of one visit: values by code, and the rows in which one of them cannot be read."""

    instrument: Instrument
    column: str
    items: dict[str, Sequence[float | None]] = field(default_factory=dict)
    totals: dict[str, Sequence[float | None]] = field(default_factory=dict)
    reasons: dict[str, Sequence[Absence | None]] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    refused: set[int | None] = field(default_factory=set)

    def said(self, place: int, row: int) -> Said:
        """What one row says."""
        answers, totals = _given(self.items, place), _given(self.totals, place)
        return Said(self.instrument, row, self.column, answers, totals, _given(self.reasons, place), self.columns)


def _given(columns: Mapping[str, Sequence[G | None]], place: int) -> dict[str, G]:
    return {code: value for code, values in columns.items() if (value := values[place]) is not None}


@dataclass(slots=True)
class _Occasion:
    """One visit of every row: its instruments and its times."""

    parts: list[_Part]
    times: Parsed[Moment]
    column: str | None
    refused: frozenset[int | None]


def plan_import(table: Table, mapping: ColumnMapping, around: Surroundings) -> ImportPlan:
    """Work out what an import would write, and everything that stands in its way. Nothing is written.

    Parameters:
        table: the file's rows.
        mapping: what its columns mean.
        around: the instruments, the clinic's records and protocol, and the day.

    Returns:
        The plan; when it names problems it holds as much as could be understood, for counting only.
    """
    targets, problems = resolve(mapping, around.catalogue)
    problems += _mapping_problems(table, mapping, around)
    if problems:
        return _refused(problems, ImportCounts(rows=len(table.rows)))
    return _Planner(_selected(table, mapping), mapping, around, targets).plan(len(table.rows))


def _refused(problems: Sequence[ImportProblem], counts: ImportCounts) -> ImportPlan:
    ordered = in_order(problems)
    return ImportPlan((), (), counts, ordered[:MOST_PROBLEMS], len(ordered))


def _mapping_problems(table: Table, mapping: ColumnMapping, around: Surroundings) -> list[ImportProblem]:
    """Say what the mapping lacks before any row is read."""
    named = [*mapping.columns.values(), *mapping.where]
    problems = [ImportProblem(ProblemCode.COLUMN_MISSING, None, name) for name in named if name not in table.header]
    if not table.rows:
        problems.append(ImportProblem(ProblemCode.NO_ROWS))
    if mapping.column(Field.PATIENT) is None:
        problems.append(ImportProblem(ProblemCode.MAPPING_PATIENT))
    if not mapping.targets:
        problems.append(ImportProblem(ProblemCode.MAPPING_SCORES))
    if mapping.layout is Layout.LONG:
        visits = [key for key in mapping.columns if Key.of(key).visit]
        problems += [ImportProblem(ProblemCode.MAPPING_LAYOUT, values={"key": key}) for key in visits]
    return problems + list(_time_problems(mapping, around)) + list(_infusion_problems(mapping))


def _time_problems(mapping: ColumnMapping, around: Surroundings) -> Iterator[ImportProblem]:
    for visit in mapping.visits if mapping.targets else ():
        by_name = visit and mapping.time is TimeKind.LABEL
        if mapping.column(Field.TIME, visit) is None and visit not in mapping.at and not by_name:
            yield ImportProblem(ProblemCode.MAPPING_TIME, values={"visit": visit or "1"})
    anchors = (mapping.anchor, mapping.column(Field.ANCHOR), mapping.column(Field.FMT))
    recorded = any(patient.day_zero for patient in around.known.patients.values())
    if mapping.time is not TimeKind.DATE and not recorded and not any(anchors):
        yield ImportProblem(ProblemCode.MAPPING_ANCHOR)


def _infusion_problems(mapping: ColumnMapping) -> Iterator[ImportProblem]:
    route = mapping.route or mapping.column(Field.ROUTE)
    material = mapping.material or mapping.column(Field.MATERIAL)
    if mapping.column(Field.FMT) is not None and not (route and material):
        yield ImportProblem(ProblemCode.MAPPING_INFUSION, None, mapping.column(Field.FMT))


def _selected(table: Table, mapping: ColumnMapping) -> Table:
    """Return the rows that meet the filter."""
    wanted = [(table.header.index(name), frozenset(texts)) for name, texts in mapping.where.items()]
    rows = tuple(row for row in table.rows if all(text_of(row.cells[at]) in texts for at, texts in wanted))
    return Table(table.header, rows, table.encoding, table.delimiter, table.sheet)


class _Planner:
    """One dry run."""

    def __init__(
        self, table: Table, mapping: ColumnMapping, around: Surroundings, targets: Mapping[Key, Target]
    ) -> None:
        self.table, self.mapping, self.around, self.targets = table, mapping, around, targets
        self.numbers = table.numbers
        named = set(mapping.columns.values())
        self.columns = {name: Column(name, self.numbers, table.column(name)) for name in named}
        self.problems: list[ImportProblem] = []
        self.people: People = read_people(self.columns, mapping, around.today)
        self.problems += self.people.problems
        self.repeats, wrong = repeats(table, mapping, self.people.of_row)
        self.problems += wrong
        self.days: dict[tuple[str, date], list[tuple[Repeat, Said]]] = {}
        self.scored: dict[_Given, _Scored] = {}
        self.already_there = 0
        self.with_scores: set[int] = set()

    def plan(self, rows: int) -> ImportPlan:
        """Read every visit of every row."""
        if not self.table.rows:
            return _refused([ImportProblem(ProblemCode.NO_ROWS)], ImportCounts(rows=rows, left_out=rows))
        twice = self._rows_twice()
        for visit in self.mapping.visits:
            occasion = self._occasion(visit)
            for place, number in enumerate(self.numbers):
                if number not in twice:
                    self._read_row(occasion, place)
        patients = tuple(self._patients())
        visits = tuple(each for (code, day), said in self.days.items() for each in self._visits(code, day, said))
        ordered = in_order(self.problems)
        return ImportPlan(patients, visits, self._counts(rows, patients, visits), ordered[:MOST_PROBLEMS], len(ordered))

    def _rows_twice(self) -> set[int]:
        """Refuse rows that are the same in every cell."""
        first: dict[tuple[object, ...], int] = {}
        twice = set()
        for row in self.table.rows:
            other = first.setdefault(row.cells, row.number)
            if other != row.number:
                twice.add(row.number)
                self.problems.append(ImportProblem(ProblemCode.ROW_TWICE, row.number, None, {"other": str(other)}))
        return twice

    def _occasion(self, visit: str) -> _Occasion:
        """Read the columns of one visit."""
        parts: dict[str, _Part] = {}
        for key, target in self.targets.items():
            if key.visit == visit:
                column = self.columns[self.mapping.columns[str(key)]]
                part = parts.setdefault(target.instrument.code, _Part(target.instrument, column.name))
                self._read_column(part, target, column)
        times, column_name = self._times(visit)
        self.problems += times.problems
        refused = frozenset(problem.row for problem in times.problems)
        return _Occasion(list(parts.values()), times, column_name, refused)

    def _read_column(self, part: _Part, target: Target, column: Column) -> None:
        """Read a column of answers, totals or reasons into its instrument's part."""
        problems: Sequence[ImportProblem]
        if target.is_reason:
            reasons = read_reasons(column, self.mapping)
            part.reasons[target.code], problems = reasons.values, reasons.problems
        else:
            read = read_target(target, column, self.mapping, self.table.delimiter)
            (part.items if target.is_item else part.totals)[target.code] = read.values
            problems = read.problems
        if not target.is_item:
            part.columns[f"{target.code}{ABSENT}" if target.is_reason else target.code] = column.name
        part.refused |= {problem.row for problem in problems}
        self.problems += problems

    def _times(self, visit: str) -> tuple[Parsed[Moment], str | None]:
        """Read when a visit took place, from its column or as declared for all rows."""
        name = self.mapping.column(Field.TIME, visit)
        around = self.around
        if name is not None and visit not in self.mapping.at:
            column = self.columns[name]
            return read_times(column, self.mapping, around.points, around.today, self.table.delimiter), name
        fixed = Column(visit, (1,), (self.mapping.at.get(visit, visit),))
        read = read_times(fixed, self.mapping, around.points, around.today, self.table.delimiter)
        problems = [ImportProblem(each.code, None, each.column or None, each.values) for each in read.problems]
        return Parsed(read.values * len(self.numbers), problems), None

    def _read_row(self, occasion: _Occasion, place: int) -> None:
        """Read one visit of one row."""
        code, number = self.people.of_row[place], self.numbers[place]
        said = [each for part in occasion.parts if (each := part.said(place, number))]
        if code is None or not said:
            return
        self.with_scores.add(number)
        on_date = self._date(occasion, place, code)
        if on_date is None:
            return
        read = {part.instrument.code for part in occasion.parts if not {number, None} & part.refused}
        day = self.days.setdefault((code, on_date), [])
        day += [(self.repeats[place], each) for each in said if each.instrument.code in read]

    def _date(self, occasion: _Occasion, place: int, code: str) -> date | None:
        """Return the date of a visit, or note why there is none."""
        moment, number = occasion.times.values[place], self.numbers[place]
        if moment is None:
            if number not in occasion.refused and None not in occasion.refused:
                self.problems.append(ImportProblem(ProblemCode.TIME_MISSING, number, occasion.column))
            return None
        facts, known = self.people.facts[code], self.around.known.patients.get(code)
        has_column = self.mapping.column(Field.ANCHOR) is not None
        day = moment.counted(anchor_of(facts, known, self.mapping, has_column), self.around.today)
        if isinstance(day, date):
            return day
        values = {"value": f"{moment.amount:g} {moment.kind.value}", "years": "60"}
        self.problems.append(ImportProblem(day, number, occasion.column, values))
        return None

    def _visits(self, code: str, on_date: date, said: Sequence[tuple[Repeat, Said]]) -> Iterator[PlannedVisit]:
        """Plan the visits of one patient's day, joining those that are recorded."""
        by_turn: dict[int, list[Said]] = {}
        for turn, (_, each) in zip(turns([place for place, _ in said]), said, strict=True):
            by_turn.setdefault(turn, []).append(each)
        known = self.around.known.patients.get(code)
        recorded = () if known is None else self.around.known.visits.get((known.id, on_date), ())
        for turn, visit in matched(by_turn, recorded if self.repeated else as_one(recorded)):
            too_ill = (
                visit.too_ill if visit else any(Absence.TOO_ILL in each.reasons.values() for each in by_turn[turn])
            )
            at = (code, on_date.isoformat())
            planned = [one for each in self._once(by_turn[turn], at) if (one := self._assess(each, at, visit, too_ill))]
            if planned:
                yield PlannedVisit(code, on_date, visit.id if visit else None, tuple(planned), turn, too_ill)

    @property
    def repeated(self) -> bool:
        """Whether the file tells the visits of one day apart."""
        return self.mapping.column(Field.INSTANCE) is not None

    def _once(self, said: Sequence[Said], at: tuple[str, str]) -> Iterator[Said]:
        """Yield what is said of each instrument once; what is said again on the same visit is refused."""
        first: dict[str, int] = {}
        for each in said:
            instrument = each.instrument.code
            if instrument not in first:
                first[instrument] = each.row
                yield each
                continue
            values = {"patient": at[0], "instrument": instrument, "date": at[1], "other": str(first[instrument])}
            self.problems.append(ImportProblem(ProblemCode.VISIT_TWICE, each.row, each.column, values))

    def _assess(
        self, said: Said, at: tuple[str, str], visit: KnownVisit | None, too_ill: bool
    ) -> PlannedAssessment | None:
        """Plan one assessment, unless it is recorded already or cannot be."""
        recorded = visit.assessments.get(said.instrument.code) if visit else None
        if recorded is None:
            return self._new(said, too_ill)
        if says_the_same(said, recorded):
            self.already_there += 1
        else:
            theirs, ours = _both(said, recorded)
            values = {"patient": at[0], "instrument": said.instrument.code, "date": at[1]}
            values |= {"recorded": theirs, "value": ours}
            self.problems.append(ImportProblem(ProblemCode.SCORE_DIFFERS, said.row, said.column, values))
        return None

    def _new(self, said: Said, too_ill: bool) -> PlannedAssessment | None:
        """Score what is not recorded yet; its reasons must be those that follow from the rest."""
        found = self._scores(said)
        if found is None:
            return None
        kept, results = found
        for code, absence in unfounded(said, results, too_ill=too_ill):
            values = {"value": said.reasons[code].value, "given": absence.value if absence else "–"}
            problem = ProblemCode.REASON_DIFFERS if absence else ProblemCode.REASON_AND_VALUE
            self.problems.append(ImportProblem(problem, said.row, said.columns[f"{code}{ABSENT}"], values))
        return PlannedAssessment(said.instrument, said.answers, kept, results)

    def _scores(self, said: Said) -> _Scored | None:
        """Score; equal answers are scored once."""
        key = (said.instrument.code, frozenset(said.answers.items()), frozenset(said.totals.items()))
        if key not in self.scored:
            try:
                self.scored[key] = scored(said)
            except AnswerError as error:
                self.problems.append(_refusal(said, error))
                return None
        return self.scored[key]

    def _patients(self) -> Iterator[PlannedPatient]:
        """Plan every patient of the file, and note what contradicts the records."""
        known = self.around.known.patients
        column = self.mapping.columns[Field.PATIENT]
        for code, other in look_alikes(self.people.facts, known).items():
            values = {"patient": shown(code), "other": shown(other)}
            row = self.people.facts[code].row
            self.problems.append(ImportProblem(ProblemCode.PATIENT_NEARLY, row, column, values))
        for code, facts in self.people.facts.items():
            recorded = known.get(code)
            if recorded is not None and recorded.closed:
                values = {"patient": code}
                self.problems.append(ImportProblem(ProblemCode.PATIENT_CLOSED, facts.row, column, values))
                continue
            self._check_infusion(facts)
            planned, contradictions = planned_patient(code, facts, recorded, self.mapping)
            self.problems += contradictions
            yield planned

    def _check_infusion(self, facts: Facts) -> None:
        if infusion_incomplete(facts, self.mapping):
            column = self.mapping.column(Field.FMT)
            self.problems.append(ImportProblem(ProblemCode.MAPPING_INFUSION, facts.rows[Field.FMT], column))

    def _counts(self, rows: int, patients: Sequence[PlannedPatient], visits: Sequence[PlannedVisit]) -> ImportCounts:
        assessments = [each for visit in visits for each in visit.assessments]
        results = [result for each in assessments for result in each.scores]
        return ImportCounts(
            rows=rows,
            left_out=rows - len(self.table.rows),
            without_scores=len(self.table.rows) - len(self.with_scores),
            patients_new=sum(patient.known_id is None for patient in patients),
            patients_known=sum(patient.known_id is not None for patient in patients),
            courses=sum(patient.infusion is not None for patient in patients),
            arms=sum(patient.arm is not None for patient in patients),
            visits=sum(visit.known_id is None for visit in visits),
            assessments=len(assessments),
            scores=sum(result.value is not None for result in results),
            no_score=sum(result.absence is Absence.ITEMS_MISSING for result in results),
            already_there=self.already_there,
        )


_REFUSALS = {
    AnswerProblem.TOTAL_DIFFERS: ProblemCode.TOTAL_DIFFERS,
    AnswerProblem.TOTALS_NOT_ACCEPTED: ProblemCode.TOTALS_REFUSED,
}


def _refusal(said: Said, error: AnswerError) -> ImportProblem:
    """Say why the instrument does not take what is said, in the column that says it."""
    code = _REFUSALS.get(error.code, ProblemCode.TOTAL_REFUSED)
    values = {"value": f"{error.item}: {error.value}", "least": "…", "most": "…", "instrument": error.instrument}
    return ImportProblem(code, said.row, said.columns.get(error.item, said.column), values)


def _both(said: Said, recorded: KnownAssessment) -> tuple[str, str]:
    """Write what is recorded and what is said for a message: the scales that differ, else everything."""
    differ = differences(said, recorded)
    if differ:
        theirs, ours = ({code: pair[side] for code, pair in differ.items()} for side in (0, 1))
        return _told(theirs), _told(ours)
    return _told({**recorded.answers, **recorded.totals}), _told({**said.answers, **said.totals})


def _told(values: Mapping[str, float | Absence]) -> str:
    """Write answers or scores for a message."""
    parts = (f"{code} = {x.value if isinstance(x, Absence) else f'{x:g}'}" for code, x in values.items())
    return shown(", ".join(parts) or "–")
