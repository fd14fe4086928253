"""The dry run: a table and its mapping, checked cell by cell against the instruments and the clinic's records."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from outcomes.change.windows import TimePoint
from outcomes.exchange.readers.columns import Column, Parsed, TimeKind
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
    PlannedAssessment,
    PlannedPatient,
    PlannedVisit,
)
from outcomes.exchange.readers.problems import ImportProblem, ProblemCode, in_order, shown
from outcomes.exchange.readers.table import Table, text_of
from outcomes.exchange.readers.targets import Target, read_target, resolve
from outcomes.exchange.readers.times import Moment, read_times
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument
from outcomes.instruments.errors import AnswerError, AnswerProblem
from outcomes.instruments.scoring import ScaleScore, score
from outcomes.terms import Absence

MOST_PROBLEMS = 500

_Given = tuple[str, frozenset[tuple[str, float]], frozenset[tuple[str, float]]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a table is checked against: the instruments, the clinic's records and protocol, and the day it is."""

    catalogue: Catalogue
    known: KnownRecords
    points: Sequence[TimePoint]
    today: date


@dataclass(frozen=True, slots=True)
class _Part:
    """One instrument's columns of one visit."""

    instrument: Instrument
    items: tuple[tuple[str, Sequence[float | None]], ...]
    totals: tuple[tuple[str, Sequence[float | None]], ...]
    column: str

    def given(self, place: int) -> tuple[dict[str, float], dict[str, float]]:
        """The answers and totals of one row."""
        answers = {code: x for code, values in self.items if (x := values[place]) is not None}
        totals = {code: x for code, values in self.totals if (x := values[place]) is not None}
        return answers, totals


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
        self.visits: dict[tuple[str, date], list[PlannedAssessment]] = {}
        self.seen: dict[tuple[str, date, str], tuple[int, dict[str, float], dict[str, float]]] = {}
        self.scored: dict[
            tuple[str, frozenset[tuple[str, float]], frozenset[tuple[str, float]]], tuple[ScaleScore, ...]
        ] = {}
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
        visits = tuple(self._visits())
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
        parts: dict[str, tuple[Instrument, list[tuple[Target, str, Sequence[float | None]]]]] = {}
        for key, target in self.targets.items():
            if key.visit == visit:
                column = self.columns[self.mapping.columns[str(key)]]
                read = read_target(target, column, self.mapping, self.table.delimiter)
                self.problems += read.problems
                parts.setdefault(target.instrument.code, (target.instrument, []))[1].append(
                    (target, column.name, read.values)
                )
        times, column_name = self._times(visit)
        self.problems += times.problems
        refused = frozenset(problem.row for problem in times.problems)
        return _Occasion([_part(*each) for each in parts.values()], times, column_name, refused)

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
        code = self.people.of_row[place]
        given = [(part, *part.given(place)) for part in occasion.parts]
        given = [(part, answers, totals) for part, answers, totals in given if answers or totals]
        if code is None or not given:
            return
        self.with_scores.add(self.numbers[place])
        on_date = self._date(occasion, place, code)
        if on_date is None:
            return
        for part, answers, totals in given:
            self._assess(part, place, (code, on_date), answers, totals)

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

    def _assess(
        self, part: _Part, place: int, at: tuple[str, date], answers: dict[str, float], totals: dict[str, float]
    ) -> None:
        """Plan one assessment, unless it stands twice, is recorded already or cannot be."""
        code, number = part.instrument.code, self.numbers[place]
        earlier = self.seen.setdefault((*at, code), (number, answers, totals))
        if earlier[1] is not answers:
            self.problems.append(self._twice(part, number, at, earlier[0]))
            return
        recorded = self._recorded(at, code)
        if recorded is None:
            scores = self._scores(part, number, answers, totals)
            if scores is not None:
                self.visits.setdefault(at, []).append(PlannedAssessment(part.instrument, answers, totals, scores))
        elif recorded.answers == answers and recorded.totals == totals:
            self.already_there += 1
        else:
            theirs, ours = _told(recorded.answers, recorded.totals), _told(answers, totals)
            values = {"patient": at[0], "instrument": code, "date": at[1].isoformat()}
            values |= {"recorded": theirs, "value": ours}
            self.problems.append(ImportProblem(ProblemCode.SCORE_DIFFERS, number, part.column, values))

    def _twice(self, part: _Part, number: int, at: tuple[str, date], other: int) -> ImportProblem:
        values = {"patient": at[0], "instrument": part.instrument.code, "date": at[1].isoformat()}
        return ImportProblem(ProblemCode.VISIT_TWICE, number, part.column, values | {"other": str(other)})

    def _recorded(self, at: tuple[str, date], instrument: str) -> KnownAssessment | None:
        """Return what is recorded of an instrument on that day."""
        known = self.around.known.patients.get(at[0])
        return None if known is None else self.around.known.assessments.get((known.id, at[1], instrument))

    def _scores(
        self, part: _Part, number: int, answers: dict[str, float], totals: dict[str, float]
    ) -> tuple[ScaleScore, ...] | None:
        """Score; equal answers are scored once."""
        key = (part.instrument.code, frozenset(answers.items()), frozenset(totals.items()))
        if key not in self.scored:
            try:
                self.scored[key] = score(part.instrument, answers, totals)
            except AnswerError as error:
                differs = error.code is AnswerProblem.TOTAL_DIFFERS
                code = ProblemCode.TOTAL_DIFFERS if differs else ProblemCode.TOTAL_REFUSED
                values = {"value": f"{error.item}: {error.value}", "least": "…", "most": "…"}
                self.problems.append(ImportProblem(code, number, part.column, values))
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

    def _visits(self) -> Iterator[PlannedVisit]:
        """Gather the new assessments by visit, joining a visit that is recorded for that day."""
        for (code, on_date), assessments in self.visits.items():
            known = self.around.known.patients.get(code)
            recorded = None if known is None else self.around.known.visits.get((known.id, on_date))
            yield PlannedVisit(code, on_date, recorded, tuple(assessments))

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


def _part(instrument: Instrument, columns: Sequence[tuple[Target, str, Sequence[float | None]]]) -> _Part:
    """Sort one instrument's columns into items and totals."""
    items = tuple((target.code, values) for target, _, values in columns if target.is_item)
    totals = tuple((target.code, values) for target, _, values in columns if not target.is_item)
    return _Part(instrument, items, totals, columns[0][1])


def _told(answers: Mapping[str, float], totals: Mapping[str, float]) -> str:
    """Write answers or totals for a message."""
    return shown(", ".join(f"{code} = {value:g}" for code, value in {**answers, **totals}.items()) or "–")
