"""REDCap's shape both ways: what is written is planned again value for value, and dictionaries of others are read."""

import csv
import re
import zipfile
from datetime import date
from io import BytesIO, StringIO
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.change.windows import default_time_points
from outcomes.exchange.readers.columns import TimeKind
from outcomes.exchange.readers.files import read_table
from outcomes.exchange.readers.mapping import Layout, mapping_of
from outcomes.exchange.readers.plan import Surroundings, plan_import
from outcomes.exchange.readers.planned import NOTHING_KNOWN, KnownAssessment, KnownPatient, KnownRecords, KnownVisit
from outcomes.exchange.readers.problems import UnreadableFile
from outcomes.exchange.readers.redcap import read_dictionary, without_guards
from outcomes.exchange.readers.redcap_mapping import describe
from outcomes.exchange.readers.repeats import Repeat, turns
from outcomes.exchange.readers.sent import told_apart
from outcomes.exchange.writers.redcap import DICTIONARY, RedcapField, RedcapVisit, fields_of, redcap_files, variables
from outcomes.terms import Absence, Language, Sex
from outcomes.voice import Voice
from tests.exchange.making import CATALOGUE, TODAY, told, workbook

ENGLISH = Voice(Language.ENGLISH)
KEYS = ("hads.depression", "hads.anxiety", "own_fatigue:1", "own_fatigue.score")
FIELDS = fields_of(CATALOGUE, ENGLISH, KEYS)
DAY = date(2026, 4, 12)
ONE = RedcapVisit("P-1", DAY, {"hads.depression": 6.0}, {"hads.anxiety": Absence.NOT_ASKED})
FILES = redcap_files(FIELDS, [ONE], ENGLISH)


def described(data, dictionary=FILES.dictionary):
    content = dictionary if isinstance(dictionary, bytes) else dictionary.encode()
    table = read_table(data if isinstance(data, bytes) else data.encode())
    return table, describe(table, read_dictionary(content), CATALOGUE, default_time_points(), TODAY)


def planned(data, dictionary=FILES.dictionary, known=NOTHING_KNOWN):
    table, found = described(data, dictionary)
    clean = without_guards(table) if found.mapping.guarded else table
    return plan_import(clean, found.mapping, Surroundings(CATALOGUE, known, default_time_points(), TODAY))


def refused(data, dictionary=FILES.dictionary):
    """The problems for which two files are refused before any row is read."""
    with pytest.raises(UnreadableFile) as error:
        described(data, dictionary)
    return [(problem.code.value, problem.column) for problem in error.value.problems]


# our own files

codes = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1)


@st.composite
def visits(draw):
    values = draw(st.dictionaries(st.sampled_from(KEYS[:2]), st.integers(0, 21).map(float)))
    answer = draw(st.none() | st.integers(0, 10).map(float))
    if answer is not None:
        values |= {"own_fatigue:1": answer, "own_fatigue.score": answer}
    why = Absence.NOT_ASKED if values.keys() & set(KEYS[:2]) else Absence.SKIPPED
    absences = {key: why for key in KEYS[:2] if key not in values}
    return RedcapVisit(
        draw(codes.filter(lambda code: len(code) < 9)), draw(st.dates(date(1990, 1, 1), TODAY)), values, absences
    )


@given(st.lists(visits(), min_size=1, max_size=6))
def test_visits_are_planned_as_they_were_written(given_visits):
    ordered = sorted(given_visits, key=lambda visit: (visit.code, visit.on_date))
    plan = planned(redcap_files(FIELDS, ordered, ENGLISH).data)
    assert {code for code, *_ in told(plan)} <= {"patient_nearly"}  # codes that differ in case alone are questioned
    assert [_back(visit) for visit in plan.visits] == [_told(visit) for visit in ordered]


def _told(visit):
    return visit.code, visit.on_date, {key: x for key, x in visit.values.items() if "." in key}, visit.absences


def _back(visit):
    scores = [each for one in visit.assessments for each in one.scores]
    values = {each.scale: each.value for each in scores if each.value is not None}
    return visit.patient, visit.on_date, values, {each.scale: each.absence for each in scores if each.absence}


def test_the_dictionary_says_everything_of_our_own_files():
    _, found = described(FILES.data)
    assert found.complete
    assert found.mapping.columns == {
        "patient": "record_id",
        "time": "visit_date",
        "instance": "redcap_repeat_instance",
        "hads.depression": "hads_depression",
        "hads.depression_absent": "hads_depression_absent",
        "hads.anxiety": "hads_anxiety",
        "hads.anxiety_absent": "hads_anxiety_absent",
        "own_fatigue:1": "own_fatigue_1",
        "own_fatigue.score": "own_fatigue_score",
        "own_fatigue.score_absent": "own_fatigue_score_absent",
    }
    assert (found.mapping.decimal, found.mapping.guarded) == (".", True)
    assert mapping_of(found.mapping.as_data()) == found.mapping


def test_the_dictionary_has_redcap_s_columns_and_names():
    rows = list(csv.DictReader(StringIO(FILES.dictionary)))
    assert tuple(rows[0]) == DICTIONARY
    assert len(DICTIONARY) == 18
    assert [row["Field Annotation"] for row in rows[2:4]] == ["hads.depression", "hads.depression_absent"]
    every = fields_of(CATALOGUE, ENGLISH, [s.key for i in CATALOGUE for s in i.scales])
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,25}", f"{name}_absent") for name in variables(every).values())
    assert len(set(variables(every).values())) == len(every)


def test_a_key_that_no_instrument_has_any_more_goes_by_itself_and_is_told_of():
    fields = fields_of(CATALOGUE, ENGLISH, ["hads.depression", "hamster.total"])
    assert fields[-1] == RedcapField("hamster.total", "hamster.total")
    files = redcap_files(fields, [RedcapVisit("P-1", DAY, {"hamster.total": 3.0})], ENGLISH)
    assert ("target_unknown", None, "hamster_total") in told(planned(files.data, files.dictionary))


def test_no_cell_begins_to_compute_and_every_text_comes_back():
    files = redcap_files(FIELDS, [RedcapVisit("=cmd()", DAY, {"hads.depression": 3.0})], ENGLISH)
    assert files.data.splitlines()[1].startswith("'=cmd()")
    assert planned(files.data).patients[0].code == "=cmd()"


@pytest.mark.parametrize(
    "written",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace(",", ";").encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("cp1254"),
    ],
)
def test_marks_line_ends_delimiters_and_encodings_of_other_programs_are_read(written):
    dictionary = FILES.dictionary.replace("\n", "\r\n").encode("utf-8-sig")
    plan = planned(written(FILES.data), dictionary)
    assert (told(plan), plan.counts.scores) == ([], 1)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (",6,,", ',"6,5",,', ("not_a_number", 2, "hads_depression")),
        (",6,,", ",6.5,,", ("total_refused", 2, "hads_depression")),
        (",6,,", ",=6,,", ("not_a_number", 2, "hads_depression")),
        (",6,,", ",6,skipped,", ("reason_and_value", 2, "hads_depression_absent")),
        ("not_asked", "lost", ("reason_unknown", 2, "hads_anxiety_absent")),
        ("not_asked", "skipped", ("reason_differs", 2, "hads_anxiety_absent")),
        ("2026-04-12", "12.04.2026", ("date_unreadable", 2, "visit_date")),
        ("visit,1,", "visit,0,", ("instance_wrong", 2, "redcap_repeat_instance")),
        ("P-1", "", ("patient_missing", 2, "record_id")),
        ("\n", ",4\n", None),
    ],
)
def test_what_cannot_be_is_named_by_row_and_field(old, new, problem):
    assert old in FILES.data
    head, row = FILES.data.split("\n", 1)
    if problem is None:
        with pytest.raises(UnreadableFile) as error:
            planned(f"{head}\n{row.replace(old, new)}")
        assert [(each.code.value, each.row) for each in error.value.problems] == [("row_too_long", 2)]
        return
    assert told(planned(f"{head}\n{row.replace(old, new)}")) == [problem]


def test_the_same_instance_twice_is_refused():
    row = FILES.data.splitlines()[1]
    again = row.replace("2026-04-12", "2026-04-13")
    plan = planned(f"{FILES.data}{again}\n")
    assert ("instance_twice", 3, "redcap_repeat_instance") in told(plan)
    assert plan.problems[-1].values["other"] == "2"


def test_an_answer_says_more_than_a_total_that_only_repeats_it():
    values = {"own_fatigue:1": 4.0, "own_fatigue.score": 4.0}
    files = redcap_files(FIELDS, [RedcapVisit("P-1", DAY, values)], ENGLISH)
    (one,) = planned(files.data).visits[0].assessments
    assert (one.answers, one.totals) == ({"1": 4.0}, {})
    alone = planned(files.data.replace(",4,4,", ",,4,"))
    assert told(alone) == [("totals_refused", 2, "own_fatigue_score")]
    other = planned(files.data.replace(",4,4,", ",4,5,"))
    assert told(other) == [("total_differs", 2, "own_fatigue_score")]


def test_dictionaries_that_are_none_or_another_s_are_refused():
    assert refused(FILES.data, FILES.data) == [("dictionary_wrong", None)]
    other = redcap_files(fields_of(CATALOGUE, ENGLISH, ["fss9.mean"]), [], ENGLISH).dictionary
    assert ("dictionary_other", "hads_depression") in refused(FILES.data, other)
    twice = FILES.dictionary + FILES.dictionary.splitlines()[2] + "\n"
    assert refused(FILES.data, twice) == [("dictionary_twice", None)]
    short = redcap_files(FIELDS[:1], [ONE], ENGLISH)
    assert told(planned(short.data))[0][0] == "column_missing"


# what is recorded of a day

PATIENT, FIRST, SECOND = (UUID(digit * 32) for digit in "123")


def recorded(*depressions, too_ill=False):
    visits_there = tuple(
        KnownVisit(
            each,
            too_ill,
            {"hads": KnownAssessment({}, {"depression": x}, {"depression": x, "anxiety": Absence.NOT_ASKED})},
        )
        for each, x in zip((FIRST, SECOND), depressions, strict=False)
    )
    return KnownRecords({"P-1": KnownPatient(PATIENT)}, {(PATIENT, DAY): visits_there})


def of_a_day(*depressions):
    rows = [
        RedcapVisit("P-1", DAY, {"hads.depression": float(x)}, {"hads.anxiety": Absence.NOT_ASKED}) for x in depressions
    ]
    return redcap_files(FIELDS, rows, ENGLISH).data


@pytest.mark.parametrize(
    ("there", "sent", "new", "problems"),
    [
        ((5, 6), (5, 6), 0, []),
        ((5, 6), (6, 5), 0, []),
        ((5, 6), (5, 6, 7), 1, []),
        ((5,), (4, 5), 1, []),
        ((5, 6), (5,), 0, []),
        ((5, 6), (7,), 0, ["score_differs"]),
        ((), (5, 5), 2, []),
        ((5,), (5, 5), 1, []),
    ],
)
def test_visits_of_one_day_are_told_apart_by_what_they_say(there, sent, new, problems):
    plan = planned(of_a_day(*sent), known=recorded(*there))
    assert [code for code, *_ in told(plan)] == problems
    assert problems or plan.counts.visits == new


def test_instances_are_counted_within_their_form():
    places = [Repeat(("", "a"), 3), Repeat(("", "a"), 7), Repeat(("", "b"), 1), Repeat(("", "a"), 3)]
    assert turns(places) == [0, 1, 0, 0]


def test_a_reason_that_a_recorded_day_too_ill_contradicts_is_refused():
    skipped = redcap_files(FIELDS, [RedcapVisit("P-1", DAY, {}, {"own_fatigue.score": Absence.SKIPPED})], ENGLISH).data
    assert told(planned(skipped, known=recorded(5, too_ill=True))) == [
        ("reason_differs", 2, "own_fatigue_score_absent")
    ]
    ill = skipped.replace("skipped", "too_ill")
    plan = planned(ill, known=recorded(5, too_ill=True))
    assert (plan.ready, plan.visits[0].known_id, plan.visits[0].too_ill) == (True, FIRST, True)


# dictionaries of others

HEAD = (
    "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"
    '"Choices, Calculations, OR Slider Labels",Field Note,Text Validation Type OR Show Slider Number\n'
)
FOREIGN = f"""{HEAD}study_id,intake,,text,Study ID,,,
gender,intake,,radio,<b>Sex</b>,"1, Female | 2, Male | 3, Other",,
ill,intake,,checkbox,Other illnesses,"1, IBS | 2, Migraine",,
born,intake,,text,Date of birth,,,date_dmy
seen_on,follow_up,,text,Visit date,,,date_ymd
q1,follow_up,,radio,"Chalder 1","0, Less | 1, Same | 2, More | 3, Much more",,
mood,follow_up,,text,HADS depression,,,number
fog,follow_up,,text,Brain fog,,,number
thanks,follow_up,,descriptive,Thank you,,,
"""
ROWS = (
    "study_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,gender,ill___1,ill___2,born,"
    "intake_complete,seen_on,q1,mood,fog,follow_up_complete\n"
    "17,baseline_arm_1,,,1,1,0,1980-02-29,2,,,,,\n"
    "17,baseline_arm_1,follow_up,1,,,,,,2026-01-10,2,9,3,2\n"
    "17,baseline_arm_1,follow_up,2,,,,,,2026-01-10,1,8,3,2\n"
    "17,month_3_arm_1,follow_up,1,,,,,,2026-04-11,1,7,3,2\n"
)


def test_a_foreign_dictionary_is_read_as_far_as_it_can_be_told():
    _, found = described(ROWS, FOREIGN)
    assert not found.complete
    assert found.mapping.as_data() == {
        "columns": {
            "patient": "study_id",
            "sex": "gender",
            "birth_date": "born",
            "time": "seen_on",
            "hads.depression": "mood",
            "instance": "redcap_repeat_instance",
            "chalder11:1": "q1",
        },
        "words": {"sex": {"1": "female", "2": "male", "3": "other"}},
        "decimal": ".",
    }
    assert found.labels["ill___2"] == "Other illnesses: Migraine"
    assert found.labels["gender"] == "Sex"
    assert found.choices["q1"]["3"] == "Much more"


def test_a_foreign_file_is_planned_with_its_words_and_instances():
    plan = planned(ROWS, FOREIGN)
    assert told(plan) == []
    (patient,) = plan.patients
    assert (patient.code, patient.sex, patient.birth_date) == ("17", Sex.FEMALE, date(1980, 2, 29))
    assert [(visit.on_date.isoformat(), visit.turn) for visit in plan.visits] == [
        ("2026-01-10", 0),
        ("2026-01-10", 1),
        ("2026-04-11", 0),
    ]


def test_events_stand_for_time_points_where_no_field_holds_a_date():
    dictionary = "\n".join(line for line in FOREIGN.split("\n") if "date_" not in line)
    data = "study_id,redcap_event_name,mood\n17,baseline_arm_1,9\n17,3_months_arm_2b,8\n17,extra_arm_1,8\n"
    _, found = described(data, dictionary)
    assert (found.mapping.time, found.mapping.columns["time"]) == (TimeKind.LABEL, "redcap_event_name")
    assert found.mapping.labels == {"baseline_arm_1": "baseline", "3_months_arm_2b": 91}


def test_a_project_without_events_may_have_its_visits_side_by_side():
    dictionary = HEAD + "id,a,,text,ID,,,\nfss_baseline,a,,text,FSS,,,number\nfss_month_3,a,,text,FSS,,,number\n"
    _, found = described("id,fss_baseline,fss_month_3,a_complete\nA,3,4,2\n", dictionary)
    assert found.mapping.layout is Layout.WIDE


def test_decimal_commas_are_read_where_the_dictionary_says_so():
    dictionary = FOREIGN.replace("HADS depression,,,number", "FSS,,,number_1dp_comma_decimal")
    data = 'study_id,redcap_event_name,seen_on,mood\n17,a,2026-01-10,"4,5"\n'
    plan = planned(data, dictionary)
    assert (told(plan), plan.visits[0].assessments[0].totals) == ([], {"mean": 4.5})


def test_choices_that_cannot_be_read_are_named_with_their_field():
    wrong = FOREIGN.replace("1, IBS | 2, Migraine", "IBS | Migraine")
    with pytest.raises(UnreadableFile) as error:
        described(ROWS, wrong)
    (problem,) = error.value.problems
    assert (problem.code.value, problem.values) == ("dictionary_choices", {"line": "4", "name": "ill"})


# what was sent


def zipped(**files):
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_csv", ".csv"), text)
    return out.getvalue()


def test_two_files_are_told_apart_whichever_comes_first():
    data, dictionary = FILES.data.encode(), FILES.dictionary.encode()
    one = told_apart(data, dictionary)
    assert (one.data, one.dictionary) == (data, dictionary)
    assert told_apart(dictionary, data) == one
    assert told_apart(FILES.archive()) == one
    assert told_apart(zipped(b_csv=FILES.dictionary, a_csv=FILES.data, **{"__MACOSX/x": ""})) == one
    assert told_apart(data).dictionary is None
    book = workbook(["id"], ["1"])
    assert told_apart(book).data == book


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ((FILES.dictionary.encode(),), "dictionary_alone"),
        ((b"", FILES.dictionary.encode()), "dictionary_alone"),
        ((FILES.dictionary.encode(), FILES.dictionary.encode()), "dictionary_alone"),
        ((zipped(a_csv=FILES.data),), "archive_wrong"),
        ((zipped(a_csv=FILES.data, b_csv=FILES.dictionary, c_csv="x"),), "archive_wrong"),
        ((zipped(a_csv=FILES.data, readme="x"),), "archive_wrong"),
        ((b"PK\x03\x04 broken",), "workbook_broken"),
    ],
)
def test_what_is_not_two_files_is_refused(sent, code):
    with pytest.raises(UnreadableFile) as error:
        told_apart(*sent)
    assert [problem.code.value for problem in error.value.problems] == [code]
