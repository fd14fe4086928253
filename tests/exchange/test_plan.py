"""The dry run: every cell is checked against its instrument, and every fault is named with its place."""

import re
from datetime import date
from uuid import uuid4

import pytest

from outcomes.exchange.readers.planned import KnownAssessment, KnownPatient, KnownRecords, KnownVisit
from outcomes.exchange.readers.problems import MESSAGES, ImportProblem, ProblemCode, place, sentence
from outcomes.exchange.readers.said import counts_said, problem_said, rest_said
from outcomes.terms import Language, Material, Route, Sex
from outcomes.voice import Voice
from tests.exchange.making import HADS, csv, planned, told, workbook

HEADER = ["id", "date", "dep"]


def _hads(*rows, **options):
    return planned(csv(HEADER, *rows, **options))


def _more(**changes):
    return {**HADS, **changes, "columns": {**HADS["columns"], **changes.get("columns", {})}}


def test_a_clean_table_is_planned_with_its_scores():
    plan = _hads(["A", "2024-01-01", "5"], ["A", "2024-02-01", "4"], ["B", "2024-01-01", "7"], ["C", "", ""])
    assert plan.ready
    counts = plan.counts
    assert (counts.patients_new, counts.visits, counts.assessments, counts.without_scores) == (3, 3, 3, 1)
    assert (counts.scores, counts.no_score) == (3, 0)  # the anxiety scale was not asked for
    first = plan.visits[0]
    assert (first.patient, first.on_date) == ("A", date(2024, 1, 1))
    assert {each.scale: each.value for each in first.assessments[0].scores} == {
        "hads.depression": 5.0,
        "hads.anxiety": None,
    }


def test_items_are_scored_and_a_missing_one_gives_no_score():
    keys = {f"chalder11:{n}": f"c{n}" for n in range(1, 12)}
    header = ["id", "date", *keys.values()]
    full, gap = ["A", "2024-01-01", *["2"] * 11], ["B", "2024-01-01", *["2"] * 10, ""]
    plan = planned(csv(header, full, gap), {"columns": {"patient": "id", "time": "date", **keys}})
    scores = {(v.patient, s.scale): s.value for v in plan.visits for a in v.assessments for s in a.scores}
    assert plan.counts.no_score == 3
    assert scores["A", "chalder11.likert"] == 22
    assert scores["B", "chalder11.likert"] is None
    assert scores["B", "chalder11.physical"] == 14


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (["A", "2025-02-29", "5"], ("date_impossible", 2, "date")),
        (["A", "03.05.2024", "5"], ("date_unreadable", 2, "date")),
        (["A", "2030-01-01", "5"], ("date_in_future", 2, "date")),
        (["A", "0001-01-01", "5"], ("date_too_old", 2, "date")),
        (["A", "", "5"], ("time_missing", 2, "date")),
        (["", "2024-01-01", "5"], ("patient_missing", 2, "id")),
        (["x" * 41, "2024-01-01", "5"], ("patient_unusable", 2, "id")),
        (["A", "2024-01-01", "NaN"], ("no_value_word", 2, "dep")),
        (["A", "2024-01-01", "inf"], ("no_value_word", 2, "dep")),
        (["A", "2024-01-01", "1e309"], ("not_finite", 2, "dep")),
        (["A", "2024-01-01", "five"], ("not_a_number", 2, "dep")),
        (["A", "2024-01-01", "22"], ("total_refused", 2, "dep")),
        (["A", "2024-01-01", "-1"], ("total_refused", 2, "dep")),
    ],
)
def test_a_cell_that_cannot_be_is_named_with_its_place(row, problem):
    assert told(_hads(row)) == [problem]


def test_an_answer_outside_its_item_is_named():
    mapping = {"columns": {"patient": "id", "time": "date", "chalder11:1": "q1", "chalder11:2": "q2"}}
    plan = planned(csv(["id", "date", "q1", "q2"], ["A", "2024-01-01", "4", "1.5"]), mapping)
    assert told(plan) == [("answer_refused", 2, "q1"), ("answer_refused", 2, "q2")]
    assert plan.problems[0].values == {"value": "4", "least": "0", "most": "3"}


def test_a_total_that_contradicts_its_answers_is_named():
    items = {f"fss9:{n}": f"f{n}" for n in range(1, 10)}
    mapping = {"columns": {"patient": "id", "time": "date", "fss9.mean": "total", **items}}
    rows = [["id", "date", "total", *items.values()], ["A", "2024-01-01", "5", *["6"] * 9]]
    assert told(planned(csv(*rows), mapping)) == [("total_differs", 2, "total")]
    rows[1][2] = "6"
    assert planned(csv(*rows), mapping).ready


def test_every_fault_of_a_file_is_told_in_its_order():
    plan = _hads(["A", "2024-01-01", "x"], ["B", "bad", "5"], ["C", "2024-01-01", "99"])
    assert told(plan) == [("not_a_number", 2, "dep"), ("date_unreadable", 3, "date"), ("total_refused", 4, "dep")]


def test_of_very_many_faults_the_first_are_told_and_all_are_counted():
    plan = _hads(*(["A", f"20240{n}", "5"] for n in range(700)))
    assert (len(plan.problems), plan.problem_count) == (500, 700)


def test_the_same_row_twice_is_refused():
    row = ["A", "2024-01-01", "5"]
    plan = _hads(row, ["B", "2024-01-01", "5"], row)
    assert told(plan) == [("row_twice", 4, None)]
    assert plan.problems[0].values == {"other": "2"}


def test_one_instrument_twice_on_a_day_is_refused():
    plan = _hads(["A", "2024-01-01", "5"], ["A", "2024-01-01", "6"])
    assert told(plan) == [("visit_twice", 3, "dep")]
    assert plan.problems[0].values["other"] == "2"


def test_two_instruments_of_a_day_may_stand_in_two_rows():
    mapping = _more(columns={"fss9.mean": "fss"})
    rows = [["id", "date", "dep", "fss"], ["A", "2024-01-01", "5", ""], ["A", "2024-01-01", "", "6.5"]]
    plan = planned(csv(*rows), mapping)
    assert (plan.ready, plan.counts.visits, plan.counts.assessments) == (True, 1, 2)


@pytest.mark.parametrize(
    ("mapping", "problem"),
    [
        ({"columns": {"time": "date", "hads.depression": "dep"}}, ("mapping_patient", None, None)),
        ({"columns": {"patient": "id", "time": "date"}}, ("mapping_scores", None, None)),
        ({"columns": {"patient": "id", "hads.depression": "dep"}}, ("mapping_time", None, None)),
        (_more(time="weeks"), ("mapping_anchor", None, None)),
        (_more(columns={"hads.depression": "nowhere"}), ("column_missing", None, "nowhere")),
        (_more(where={"nowhere": ["x"]}), ("column_missing", None, "nowhere")),
        (_more(columns={"hamster.total": "dep"}), ("target_unknown", None, "dep")),
        (_more(columns={"hads.nothing": "dep"}), ("target_unknown", None, "dep")),
        (_more(columns={"hads": "dep"}), ("target_unknown", None, "dep")),
        (_more(columns={"chalder11:12": "dep"}), ("target_unknown", None, "dep")),
        (_more(columns={"hads:1": "dep"}), ("items_refused", None, "dep")),
        (_more(columns={"own_fatigue.score": "dep"}), ("totals_refused", None, "dep")),
        (_more(columns={"fmt": "date"}), ("mapping_infusion", None, "date")),
        (_more(columns={"hads.anxiety@T1": "dep"}), ("mapping_layout", None, None)),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_before_any_row(mapping, problem):
    assert problem in told(planned(csv(HEADER, ["A", "bad", "bad"]), mapping))


def test_a_file_or_a_filter_without_rows_is_refused():
    assert told(_hads()) == [("no_rows", None, None)]
    plan = planned(csv(HEADER, ["A", "2024-01-01", "5"]), _more(where={"id": ["B"]}))
    assert told(plan) == [("no_rows", None, None)]


def test_a_filter_leaves_rows_out():
    rows = [["A", "2024-01-01", "5"], ["B", "2024-01-01", "bad"]]
    plan = planned(csv(HEADER, *rows), _more(where={"id": ["A"]}))
    assert (plan.ready, plan.counts.left_out, plan.counts.patients_new) == (True, 1, 1)


def test_signs_for_missing_values_are_taken_as_empty():
    rows = [["A", "2024-01-01", "-99"], ["A", "2024-02-01", "3"], ["B", "NA", "NA"]]
    plan = planned(csv(HEADER, *rows), _more(missing=["-99", "NA"]))
    assert (plan.ready, plan.counts.visits, plan.counts.without_scores) == (True, 1, 2)


@pytest.mark.parametrize(
    ("time", "written", "on_date"),
    [
        ("days", "-7", date(2024, 1, 24)),
        ("weeks", "2", date(2024, 2, 14)),
        ("months", "1", date(2024, 2, 29)),
        ("label", "Baseline", date(2024, 1, 17)),
        ("label", "month_3", date(2024, 5, 1)),
        ("label", "3. AY", date(2024, 5, 1)),
        ("label", "V1", date(2024, 1, 31)),
        ("label", "V2", date(2024, 2, 14)),
    ],
)
def test_times_are_counted_from_a_declared_day(time, written, on_date):
    mapping = _more(time=time, anchor="2024-01-31", labels={"V1": 0, "v2": "week_2"})
    plan = planned(csv(HEADER, ["A", written, "5"]), mapping)
    assert told(plan) == []
    assert plan.visits[0].on_date == on_date


def test_times_are_counted_from_each_patients_own_day():
    header = ["id", "start", "week", "dep"]
    rows = [["A", "2024-01-01", "0", "5"], ["A", "", "4", "4"], ["B", "2024-03-01", "4", "7"], ["C", "", "4", "7"]]
    mapping = {
        "columns": {"patient": "id", "anchor": "start", "time": "week", "hads.depression": "dep"},
        "time": "weeks",
    }
    plan = planned(csv(header, *rows), mapping)
    assert told(plan) == [("anchor_missing", 5, "week")]
    assert [visit.on_date.isoformat() for visit in plan.visits] == ["2024-01-01", "2024-01-29", "2024-03-29"]


@pytest.mark.parametrize(
    ("time", "written", "code"),
    [
        ("weeks", "0.5", "time_not_whole"),
        ("days", "99999999", "time_too_far"),
        ("months", "100", "date_in_future"),
        ("days", "soon", "not_a_number"),
        ("label", "V9", "label_unknown"),
    ],
)
def test_a_time_that_cannot_be_is_named(time, written, code):
    plan = planned(csv(HEADER, ["A", written, "5"]), _more(time=time, anchor="2024-01-31"))
    assert told(plan) == [(code, 2, "date")]


def test_all_rows_may_have_one_declared_time():
    mapping = {"columns": {"patient": "id", "hads.depression": "dep"}, "at": "2024-02-21"}
    assert planned(csv(HEADER, ["A", "x", "5"]), mapping).visits[0].on_date == date(2024, 2, 21)
    assert told(planned(csv(HEADER, ["A", "x", "5"]), {**mapping, "at": "21.02.2024"})) == [
        ("date_unreadable", None, None)
    ]


def test_a_wide_table_gives_a_visit_for_each_group_of_columns():
    header = ["id", "dep0", "d0", "dep1", "d1", "dep2"]
    rows = [["A", "5", "2024-01-01", "4", "2024-02-01", "3"], ["B", "6", "2024-01-05", "", "", ""]]
    columns = {"patient": "id"} | {f"hads.depression@T{n}": f"dep{n}" for n in range(3)}
    mapping = {
        "layout": "wide",
        "columns": columns | {"time@T0": "d0", "time@T1": "d1"},
        "at": {"T2": "2024-03-01"},
    }
    plan = planned(csv(header, *rows), mapping)
    assert told(plan) == []
    assert [(v.patient, v.on_date.isoformat()) for v in plan.visits] == [
        ("A", "2024-01-01"),
        ("B", "2024-01-05"),
        ("A", "2024-02-01"),
        ("A", "2024-03-01"),
    ]


def test_a_wide_tables_visits_may_be_named_after_the_protocol():
    mapping = {
        "layout": "wide",
        "time": "label",
        "anchor": "2024-01-31",
        "columns": {"patient": "id", "hads.depression@baseline": "a", "hads.depression@month_1": "b"},
    }
    plan = planned(csv(["id", "a", "b"], ["A", "5", "4"]), mapping)
    assert [visit.on_date.isoformat() for visit in plan.visits] == ["2024-01-17", "2024-03-01"]
    wrong = {**mapping, "columns": {**mapping["columns"], "hads.depression@V9": "b"}}
    assert told(planned(csv(["id", "a", "b"], ["A", "5", "4"]), wrong)) == [("label_unknown", None, "V9")]


def test_what_the_file_says_of_a_patient_is_gathered_from_all_rows():
    header = ["id", "date", "dep", "name", "sex", "born", "arm", "fmt", "route"]
    columns = {name: name for name in ("name", "sex", "arm", "fmt", "route")} | {"birth_date": "born"}
    mapping = _more(columns=columns, material="donor", comparison=["TAU"], words={"route": {"kolon": "colonoscopy"}})
    rows = [
        ["A", "2024-01-01", "5", "Ayşe Yılmaz", "KADIN", "1980-02-29", "", "2024-01-10", "Kolon"],
        ["A", "2024-02-01", "4", "", "", "", "", "", ""],
        ["B", "2024-01-01", "5", "", "male", "", "TAU", "", ""],
    ]
    plan = planned(csv(header, *rows), mapping)
    assert told(plan) == []
    ayse, other = plan.patients
    assert (ayse.name, ayse.sex, ayse.birth_date) == ("Ayşe Yılmaz", Sex.FEMALE, date(1980, 2, 29))
    assert (ayse.infusion.on_date, ayse.infusion.route, ayse.infusion.material) == (
        date(2024, 1, 10),
        Route.COLONOSCOPY,
        Material.DONOR,
    )
    assert (other.arm.label, other.arm.comparison, other.infusion) == ("TAU", True, None)


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        (["male", "2024-01-10", "donor"], ("patient_conflict", 3, "sex")),
        (["", "2024-01-11", "donor"], ("patient_conflict", 3, "fmt")),
        (["martian", "", ""], ("word_unknown", 3, "sex")),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(second, problem):
    header = [*HEADER, "sex", "fmt", "material"]
    mapping = _more(columns={"sex": "sex", "fmt": "fmt", "material": "material"}, route="enema")
    rows = [["A", "2024-01-01", "5", "female", "2024-01-10", "donor"], ["A", "2024-02-01", "5", *second]]
    assert told(planned(csv(header, *rows), mapping)) == [problem]


def test_a_date_of_fmt_needs_its_material_in_every_row():
    mapping = _more(columns={"fmt": "fmt", "material": "material"}, route="enema")
    plan = planned(csv([*HEADER, "fmt", "material"], ["A", "2024-01-01", "5", "2024-01-10", ""]), mapping)
    assert told(plan) == [("mapping_infusion", 2, "fmt")]


def test_codes_that_differ_only_in_case_or_spaces_are_questioned():
    plan = _hads(["P 1", "2024-01-01", "5"], ["p1", "2024-02-01", "4"])
    assert told(plan) == [("patient_nearly", 3, "id")]
    known = KnownRecords({"P-İ": KnownPatient(uuid4())})
    assert told(planned(csv(HEADER, ["p-i", "2024-01-01", "5"]), known=known)) == [("patient_nearly", 2, "id")]


# what is recorded already

PATIENT, VISIT = uuid4(), uuid4()
DAY = date(2024, 1, 1)


def _known(totals=None, **facts):
    assessments = {} if totals is None else {"hads": KnownAssessment({}, totals)}
    return KnownRecords(
        {"A": KnownPatient(PATIENT, **facts)}, {(PATIENT, DAY): (KnownVisit(VISIT, False, assessments),)}
    )


def test_what_is_recorded_just_so_is_left_as_it_is():
    plan = planned(csv(HEADER, ["A", "2024-01-01", "5"]), known=_known({"depression": 5}))
    assert (plan.ready, plan.counts.already_there, plan.counts.new, plan.visits) == (True, 1, 0, ())


def test_what_is_recorded_otherwise_is_refused_with_both_values():
    plan = planned(csv(HEADER, ["A", "2024-01-01", "5"]), known=_known({"depression": 6}))
    assert told(plan) == [("score_differs", 2, "dep")]
    assert (
        plan.problems[0].values | {"recorded": "depression = 6", "value": "depression = 5"} == plan.problems[0].values
    )


def test_every_score_of_a_record_that_has_its_answers_too_is_recorded_already():
    answers = {str(item): 6 for item in range(1, 10)}
    fss = KnownAssessment(answers, {}, {"mean": 6.0})
    known = KnownRecords({"A": KnownPatient(PATIENT)}, {(PATIENT, DAY): (KnownVisit(VISIT, False, {"fss9": fss}),)})
    mapping = {"columns": {"patient": "id", "time": "date", "fss9.mean": "dep"}}
    same = planned(csv(HEADER, ["A", "2024-01-01", "6"]), mapping, known=known)
    assert (told(same), same.counts.already_there) == ([], 1)
    other = planned(csv(HEADER, ["A", "2024-01-01", "5"]), mapping, known=known)
    assert told(other) == [("score_differs", 2, "dep")]
    assert other.problems[0].values["recorded"] == "mean = 6"


def test_what_two_visits_of_a_day_hold_is_recorded_already_for_a_file_that_knows_one():
    hads = KnownVisit(VISIT, False, {"hads": KnownAssessment({}, {"depression": 5})})
    fss = KnownVisit(uuid4(), False, {"fss9": KnownAssessment({}, {"mean": 6})})
    known = KnownRecords({"A": KnownPatient(PATIENT)}, {(PATIENT, DAY): (hads, fss)})
    rows = [[*HEADER, "fss"], ["A", "2024-01-01", "5", "6"]]
    plan = planned(csv(*rows), _more(columns={"fss9.mean": "fss"}), known=known)
    assert (told(plan), plan.counts.already_there, plan.counts.new) == ([], 2, 0)


def test_a_new_instrument_joins_the_visit_that_is_recorded():
    plan = planned(csv(HEADER, ["A", "2024-01-01", "5"]), known=_known())
    assert (plan.visits[0].known_id, plan.patients[0].known_id, plan.counts.visits) == (VISIT, PATIENT, 0)


@pytest.mark.parametrize(
    ("facts", "row", "problem"),
    [
        ({"sex": Sex.MALE}, ["female", "", "", ""], ("patient_differs", 2, "sex")),
        ({"name": "Ayşe Yılmaz"}, ["", "Fatma Kaya", "", ""], ("identity_differs", 2, "name")),
        ({"birth_date": date(1980, 1, 1)}, ["", "", "1980-01-02", ""], ("identity_differs", 2, "born")),
        ({"arm": "PA", "has_arm": True}, ["", "", "", "TAU"], ("patient_differs", 2, "arm")),
        ({"closed": True}, ["", "", "", ""], ("patient_closed", 2, "id")),
        ({"sex": Sex.MALE, "name": "Ayşe Yılmaz"}, ["", "AYŞE  YILMAZ", "", ""], None),
        ({"has_arm": True}, ["", "", "", "TAU"], None),
    ],
)
def test_a_patient_recorded_otherwise_is_questioned(facts, row, problem):
    mapping = _more(columns={"sex": "sex", "name": "name", "birth_date": "born", "arm": "arm"})
    content = csv([*HEADER, "sex", "name", "born", "arm"], ["A", "2024-01-01", "5", *row])
    plan = planned(content, mapping, known=_known(**facts))
    assert told(plan) == ([] if problem is None else [problem])
    assert all("Fatma" not in value and "1980" not in value for p in plan.problems for value in p.values.values())


def test_times_count_from_the_recorded_fmt():
    known = _known(day_zero=date(2024, 1, 31), first_days=frozenset({date(2024, 1, 31)}))
    plan = planned(csv(HEADER, ["A", "2", "5"]), _more(time="weeks"), known=known)
    assert plan.visits[0].on_date == date(2024, 2, 14)


def test_a_recorded_fmt_is_not_recorded_again():
    known = _known(first_days=frozenset({date(2024, 1, 10)}))
    mapping = _more(columns={"fmt": "fmt"}, route="enema", material="donor")
    same = planned(csv([*HEADER, "fmt"], ["A", "2024-02-01", "5", "2024-01-10"]), mapping, known=known)
    assert (same.ready, same.counts.courses) == (True, 0)
    other = planned(csv([*HEADER, "fmt"], ["A", "2024-02-01", "5", "2024-01-11"]), mapping, known=known)
    assert told(other) == [("patient_differs", 2, "fmt")]


def test_a_workbook_is_planned_like_a_text_table():
    plan = planned(workbook(HEADER, [7, date(2024, 1, 1), 5], ["B", date(2024, 1, 2), 6.0]))
    assert plan.ready
    assert [visit.patient for visit in plan.visits] == ["7", "B"]


# words


@pytest.mark.parametrize("language", Language)
def test_every_problem_can_be_said(language):
    voice = Voice(language)
    for code in ProblemCode:
        values = dict.fromkeys(re.findall(r"%\((\w+)\)s", MESSAGES[code]), "7")
        problem = ImportProblem(code, 3, "dep", values)
        assert sentence(voice, problem)
        assert "%(" not in problem_said(voice, problem)


def test_a_place_is_said_as_far_as_it_is_known():
    voice = Voice(Language.ENGLISH)
    assert place(voice, ImportProblem(ProblemCode.NO_ROWS)) == ""
    assert place(voice, ImportProblem(ProblemCode.ROW_TWICE, 4)) == "Row 4"
    assert place(voice, ImportProblem(ProblemCode.COLUMN_MISSING, None, "a")) == "Column “a”"
    problem = ImportProblem(ProblemCode.NOT_A_NUMBER, 4, "a", {"value": "x"})
    assert problem_said(voice, problem) == "Row 4, column “a”: “x” is not a number."


def test_counts_are_said_line_by_line():
    voice = Voice(Language.ENGLISH)
    plan = _hads(["A", "2024-01-01", "5"], ["B", "2024-01-01", "5"])
    assert counts_said(voice, plan.counts)[:2] == ("2 new patients", "2 new visits")
    assert rest_said(voice, plan.counts)[0] == "2 rows read"
    known = planned(csv(HEADER, ["A", "2024-01-01", "5"]), known=_known({"depression": 5}))
    assert counts_said(voice, known.counts) == ("Nothing new: everything is recorded already.",)
