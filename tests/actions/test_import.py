"""Importing: all of a file or none of it, on both databases."""

import io
from datetime import date, timedelta

import openpyxl
import pytest
from sqlalchemy import func, select, text, update

from outcomes.access.scope import scope_of
from outcomes.actions.errors import NotAllowed
from outcomes.actions.import_ import ImportDesk, ImportRefused, dry_run, import_file, read_with, remembered_mapping
from outcomes.actions.importing.known import known_records
from outcomes.exchange.readers.mapping import mapping_of
from outcomes.exchange.readers.problems import UnreadableFile
from outcomes.records.base import Base
from outcomes.records.queries.patients import PatientFilter, patient_list
from outcomes.records.session import act_as
from outcomes.records.tables import (
    Arm,
    Assessment,
    AuditEntry,
    Course,
    ImportMapping,
    ImportRun,
    Infusion,
    Patient,
    Score,
    Visit,
)
from outcomes.terms import AnsweredBy, AssessmentState, Language, Material, Reached, Route, Sex

MAPPING = {"columns": {"patient": "id", "time": "date", "hads.depression": "dep"}}
HEADER = "id;date;dep"
FULL = {
    "columns": MAPPING["columns"] | {"name": "name", "sex": "sex", "birth_date": "born", "fmt": "fmt", "arm": "arm"},
    "route": "enema",
    "material": "donor",
    "comparison": ["waiting"],
    "answered_by": "self",
    "language": "tr",
}
WITH_FMT = MAPPING["columns"] | {"fmt": "fmt"}


def _csv(*lines, header=HEADER, encoding="utf-8"):
    return "".join(line + "\n" for line in (header, *lines)).encode(encoding)


def _workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _counts(session):
    """How many rows every table holds, the trail included."""
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) for table in Base.metadata.sorted_tables
    }


def _brought(session, table):
    return session.scalars(select(table)).all()


def _import(work, content, mapping=MAPPING, progress=None):
    return import_file(work, content, mapping_of(mapping), progress)


@pytest.mark.usefixtures("alone")
def test_a_file_becomes_patients_visits_answers_and_scores(work):
    outcome = _import(work, _csv("A;2024-01-01;5", "A;2024-02-01;4", "B;2024-01-01;"))
    assert (outcome.counts.patients_new, outcome.counts.visits, outcome.counts.scores) == (2, 2, 2)
    visits = work.session.scalars(select(Visit).order_by(Visit.on_date)).all()
    assert [(v.on_date, v.reached, v.import_id, v.time_zone) for v in visits] == [
        (date(2024, 1, 1), Reached.IMPORTED, outcome.run_id, "Europe/Istanbul"),
        (date(2024, 2, 1), Reached.IMPORTED, outcome.run_id, "Europe/Istanbul"),
    ]
    rows = work.session.scalars(select(Assessment).order_by(Assessment.visit_id)).all()
    assert {(r.instrument, r.answered_by, r.state, r.language) for r in rows} == {
        ("hads", AnsweredBy.PAPER, AssessmentState.COMPLETE, Language.ENGLISH)
    }
    found = work.session.execute(select(Score.scale, Score.on_date, Score.value).order_by(Score.scale, Score.on_date))
    assert [tuple(row) for row in found if row.value is not None] == [
        ("hads.depression", date(2024, 1, 1), 5.0),
        ("hads.depression", date(2024, 2, 1), 4.0),
    ]


def test_items_are_kept_as_given_and_scored(work):
    keys = {f"chalder11:{n}": f"c{n}" for n in range(1, 12)}
    header = ";".join(["id", "date", *keys.values()])
    content = _csv(";".join(["A", "2024-01-01", *["2"] * 11]), header=header)
    _import(work, content, {"columns": {"patient": "id", "time": "date", **keys}})
    assessment = work.session.scalar(select(Assessment))
    assert assessment.answers == {str(n): 2 for n in range(1, 12)}
    scores = dict(work.session.execute(select(Score.scale, Score.value)).all())
    assert scores["chalder11.likert"] == 22


def test_identifiers_are_sealed_and_found_again(work, cast):
    header = HEADER + ";name;sex;born;fmt;arm"
    content = _csv(
        "A;2024-01-01;5;Şükrü Işıkçı;E;1980-02-29;2024-01-10;",
        "B;2024-01-01;7;;K;;;waiting",
        header=header,
        encoding="cp1254",
    )
    _import(work, content, FULL)
    patient = work.session.scalar(select(Patient).where(Patient.code == "A"))
    assert b"kr" not in patient.name_sealed
    assert patient.sex is Sex.MALE
    found = patient_list(scope_of(work.actor), work.session, work.keys, work.today, PatientFilter(text="ISIKCI"))
    assert [line.name for line in found.rows] == ["Şükrü Işıkçı"]
    course, infusion = work.session.scalar(select(Course)), work.session.scalar(select(Infusion))
    assert (course.patient_id, course.number, infusion.course_id) == (patient.id, 1, course.id)
    assert (infusion.on_date, infusion.route, infusion.material) == (date(2024, 1, 10), Route.ENEMA, Material.DONOR)
    arm = work.session.scalar(select(Arm))
    assert (arm.label, arm.comparison, arm.blinded) == ("waiting", True, False)
    assert {row.answered_by for row in _brought(work.session, Assessment)} == {AnsweredBy.SELF}
    assert {row.language for row in _brought(work.session, Assessment)} == {Language.TURKISH}


def test_an_arm_without_fmt_starts_where_times_count_from(work):
    mapping = {**MAPPING, "columns": {**MAPPING["columns"], "arm": "arm"}, "time": "weeks", "anchor": "2024-01-01"}
    _import(work, _csv("A;2;5;usual care", header=HEADER + ";arm"), mapping)
    assert work.session.scalar(select(Arm)).starts_on == date(2024, 1, 1)
    assert work.session.scalar(select(Visit)).on_date == date(2024, 1, 15)


@pytest.mark.usefixtures("alone")
def test_the_run_says_who_imported_what(work, cast):
    act_as(work.session, cast.clinician.name_in_trail)
    outcome = _import(work, _csv("A;2024-01-01;5"))
    run = work.session.scalar(select(ImportRun))
    assert (run.id, run.membership_id, run.at) == (outcome.run_id, cast.clinician.membership_id, work.now)
    assert run.counts["scores"] == 1
    assert mapping_of(run.mapping) == mapping_of(MAPPING)
    written = work.session.scalars(select(AuditEntry.actor).where(AuditEntry.table_name == "score")).all()
    assert set(written) == {cast.clinician.name_in_trail}
    assert len(written) == 2


def test_the_same_file_twice_writes_nothing_twice(work):
    content = _csv("A;2024-01-01;5", "A;2024-02-01;4", "B;2024-01-01;7")
    _import(work, content)
    before = _counts(work.session)
    again = _import(work, content)
    assert (again.run_id, again.counts.already_there, again.counts.new) == (None, 3, 0)
    assert _counts(work.session) == before


@pytest.mark.parametrize("table", [Visit, Assessment])
def test_what_was_taken_back_is_nothing_to_compare_with(work, table):
    _import(work, _csv("A;2024-01-01;5"))

    def known():
        found = known_records(scope_of(work.actor), work.session, work.keys, ["A"]).visits
        return [visit.assessments for visits in found.values() for visit in visits if visit.assessments]

    assert len(known()) == 1
    own = table.clinic_id == work.clinic_id
    work.session.execute(update(table).where(own).values(deleted_at=work.now))
    assert known() == []


def test_a_course_of_a_recorded_patient_is_numbered_on(work, make):
    patient = make.patient("A").course()
    _import(work, _csv("A;2024-01-01;5;2024-01-10", header=HEADER + ";fmt"), FULL | {"columns": WITH_FMT})
    own = select(Course.number).where(Course.clinic_id == work.clinic_id, Course.patient_id == patient.id)
    assert sorted(work.session.scalars(own)) == [1, 2]


def test_a_longer_file_adds_what_is_new(work):
    _import(work, _csv("A;2024-01-01;5"))
    outcome = _import(work, _csv("A;2024-01-01;5", "A;2024-02-01;4", "C;2024-02-01;4"))
    counts = outcome.counts
    assert (counts.patients_known, counts.patients_new, counts.visits, counts.already_there) == (1, 1, 2, 1)


@pytest.mark.usefixtures("alone")
def test_a_second_instrument_joins_the_recorded_visit(work):
    _import(work, _csv("A;2024-01-01;5"))
    mapping = {"columns": {"patient": "id", "time": "date", "fss9.mean": "dep"}}
    outcome = _import(work, _csv("A;2024-01-01;6"), mapping)
    assert (outcome.counts.visits, outcome.counts.assessments) == (0, 1)
    assert len(_brought(work.session, Visit)) == 1


def test_a_differing_score_refuses_the_file_and_shows_both(work):
    _import(work, _csv("A;2024-01-01;5"))
    before = _counts(work.session)
    with pytest.raises(ImportRefused) as refused:
        _import(work, _csv("A;2024-01-01;6", "B;2024-01-01;6"))
    problem = refused.value.plan.problems[0]
    assert (problem.row, problem.values["recorded"], problem.values["value"]) == (2, "depression = 5", "depression = 6")
    assert _counts(work.session) == before


@pytest.mark.usefixtures("alone")
def test_another_clinics_patients_are_others(work, as_one, cast):
    _import(work, _csv("A;2024-01-01;5"))
    outcome = _import(as_one("clinician_elsewhere"), _csv("A;2024-01-01;6"))
    assert outcome.counts.patients_new == 1
    found = work.session.execute(select(Patient.clinic_id).where(Patient.code == "A")).scalars().all()
    assert set(found) == {cast.clinic_id, cast.elsewhere_id}


def test_a_recorded_patient_gets_the_scores_and_keeps_the_rest(work, cast):
    outcome = _import(work, _csv("P-001;2024-01-01;5"))
    assert (outcome.counts.patients_known, outcome.counts.patients_new) == (1, 0)
    assert work.session.scalar(select(Visit.patient_id)) == cast.patient_id


def test_another_name_for_a_recorded_patient_is_questioned(work):
    mapping = {"columns": {**MAPPING["columns"], "name": "name"}}
    content = _csv("P-001;2024-01-01;5;Fatma Kaya", header=HEADER + ";name")
    with pytest.raises(ImportRefused) as refused:
        _import(work, content, mapping)
    assert [p.code.value for p in refused.value.plan.problems] == ["identity_differs"]
    same = _csv("P-001;2024-01-01;5;AYŞE YILMAZ", header=HEADER + ";name")
    assert _import(work, same, mapping).counts.visits == 1


@pytest.mark.usefixtures("alone")
def test_a_mapping_is_remembered_by_the_names_of_the_columns(work):
    content = _csv("A;2024-01-01;5")
    desk = (scope_of(work.actor), work.session)
    table = read_with(content, mapping_of(MAPPING))
    assert remembered_mapping(*desk, table) is None
    _import(work, content)
    assert remembered_mapping(*desk, table) == mapping_of(MAPPING)
    changed = {**MAPPING, "answered_by": "proxy"}
    _import(work, _csv("C;2024-01-01;5"), changed)
    assert remembered_mapping(*desk, table) == mapping_of(changed)
    assert len(_brought(work.session, ImportMapping)) == 1


def test_progress_is_told_up_to_the_end(work):
    told = []
    lines = [f"A{n};2024-01-01;5" for n in range(700)]
    _import(work, _csv(*lines), progress=lambda done, total: told.append((done, total)))
    assert len(told) > 4
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]


def test_a_file_that_fails_half_way_leaves_nothing(work, engine):
    """A fault of the database in the middle of storing: the transaction goes, and all of it with it."""
    before = _counts(work.session)
    work.session.commit()
    act_as(work.session, "program")

    def fails(done, total):
        if done > total // 2:
            raise RuntimeError("the lights go out")

    with pytest.raises(RuntimeError, match="lights"):
        _import(work, _csv(*(f"A{n};2024-01-01;5" for n in range(1500))), progress=fails)
    work.session.rollback()
    after = _counts(work.session)
    assert {name: n for name, n in after.items() if n != before[name]}.keys() <= {"audit_seal", "chain_head"}


def test_a_dry_run_writes_nothing(work):
    before = _counts(work.session)
    desk = ImportDesk(scope_of(work.actor), work.session, work.keys, work.catalogue, work.today)
    mapping = mapping_of(MAPPING)
    plan = dry_run(desk, read_with(_csv("A;2024-01-01;5"), mapping), mapping)
    assert plan.counts.scores == 1
    assert _counts(work.session) == before


def test_tomorrow_is_tomorrow_where_the_clinic_is(work):
    tomorrow = work.today + timedelta(days=1)
    with pytest.raises(ImportRefused):
        _import(work, _csv(f"A;{tomorrow.isoformat()};5"))
    assert _import(work, _csv(f"A;{work.today.isoformat()};5")).counts.visits == 1


MALFORMED = {
    "truncated workbook": (_workbook(["id", "date", "dep"], ["A", date(2024, 1, 1), 5])[:-40], "workbook_broken"),
    "formula cell": (_workbook(["id", "date", "dep"], ["A", date(2024, 1, 1), "=1+4"]), "formula"),
    "two encodings": (
        "id;date;dep\nŞ;2024-01-01;5\n".encode() + "Ş1;2024-01-01;5\n".encode("cp1254"),
        "encoding_mixed",
    ),
    "cell of 10 MB": (_csv("A;2024-01-01;" + "5" * 10_000_000), "cell_too_long"),
    "impossible date": (_csv("A;2025-02-29;5"), "date_impossible"),
    "year 1": (_csv("A;0001-01-01;5"), "date_too_old"),
    "year 9999": (_csv("A;9999-12-31;5"), "date_in_future"),
    "duplicate row": (_csv("A;2024-01-01;5", "A;2024-01-01;5"), "row_twice"),
    "NaN": (_csv("A;2024-01-01;NaN"), "no_value_word"),
    "infinity": (_csv("A;2024-01-01;inf"), "no_value_word"),
    "1e309": (_csv("A;2024-01-01;1e309"), "not_finite"),
    "text for a number": (_csv("A;2024-01-01;good"), "not_a_number"),
    "out of range": (_csv("A;2024-01-01;22"), "total_refused"),
    "mixed decimals": (_csv("A;2024-01-01;1,5", "B;2024-01-01;1.5"), "decimals_mixed"),
    "missing column": (_csv("A;2024-01-01", header="id;date"), "column_missing"),
    "no code": (_csv(";2024-01-01;5"), "patient_missing"),
    "cut off": (_csv("A;2024-01-01;5") + b"B;2024", "row_too_short"),
    "nothing": (b"", "empty_file"),
    "bytes": (bytes(range(256)) * 4, "not_a_table"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_file_is_refused_and_nothing_is_written(work, name):
    content, code = MALFORMED[name]
    before = _counts(work.session)
    with pytest.raises((ImportRefused, UnreadableFile)) as refused:
        _import(work, content)
    error = refused.value
    problems = error.plan.problems if isinstance(error, ImportRefused) else error.problems
    assert code in {problem.code.value for problem in problems}
    assert _counts(work.session) == before
    assert "2024" not in str(error)  # an error's own text may be logged


@pytest.mark.usefixtures("alone")
def test_the_database_agrees_that_nothing_was_written(work):
    """The count of every test above is alive: an import that succeeds moves it."""
    before = _counts(work.session)
    _import(work, _csv("A;2024-01-01;5"))
    moved = {name for name, n in _counts(work.session).items() if n != before[name]}
    assert {"patient", "patient_key", "visit", "assessment", "score", "import_run", "import_mapping"} <= moved
    assert work.session.scalar(text("SELECT count(*) FROM patient WHERE code = 'A'")) == 1


# who may not


@pytest.mark.parametrize("name", ["patient", "researcher"])
def test_patients_and_researchers_may_not(as_one, name):
    with pytest.raises(NotAllowed):
        _import(as_one(name), _csv("A;2024-01-01;5"))


@pytest.mark.parametrize("name", ["clinician", "administrator"])
def test_clinicians_and_administrators_may(as_one, name):
    assert _import(as_one(name), _csv("A;2024-01-01;5")).counts.visits == 1
