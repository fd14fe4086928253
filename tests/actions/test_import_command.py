"""`python -m outcomes import`, as docs/import.md tells it, on real published data and on faults."""

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select

from outcomes.access.scope import Scope
from outcomes.actions.importing.clinics import clinics
from outcomes.cli import main
from outcomes.exchange.writers.redcap import RedcapField, RedcapVisit, redcap_files
from outcomes.records.queries.cohort import cohort_columns, cohort_patients
from outcomes.records.queries.patients import PatientFilter, patient_list
from outcomes.records.queries.record import patient_record
from outcomes.records.session import new_session
from outcomes.records.tables import Score, Visit
from outcomes.settings import Settings
from outcomes.terms import Language
from outcomes.voice import Voice
from tests.cast import MASTER_KEYS, NOW, make_cast
from tests.databases import AUDIT_KEY, open_test_engine

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT.parent / "shared" / "reference"
EXAMPLES = ROOT / "docs" / "examples"
MANUAL = ROOT / "docs" / "import.md"
TODAY = NOW.date()


def _reference(name):
    """A published data set, where the collection of them is at hand."""
    file = REFERENCE / name
    if not file.exists():
        pytest.skip(f"{name} is not at hand: ../shared/reference is absent")
    return file


@pytest.fixture
def settings(sqlite_url, tmp_path):
    """A clinic that has added HAM-D to its instruments."""
    packs = tmp_path / "instruments"
    packs.mkdir()
    shutil.copy(EXAMPLES / "hamd.toml", packs)
    return Settings(True, tmp_path, sqlite_url, "s" * 40, MASTER_KEYS, AUDIT_KEY, 8000, "http://localhost:8000")


@pytest.fixture
def engine(settings):
    engine = open_test_engine(settings.database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def clinic(engine):
    with new_session(engine) as session:
        make_cast(session)
        session.commit()
        return clinics(session, "Bosphorus Clinic")[0].id


@pytest.fixture
def command(settings, clinic, capsys):
    """Run the command; gives its code and what it printed on both channels."""

    def run(file, *options):
        code = main.run(["import", str(file), "--clinic", "Bosphorus Clinic", *map(str, options)], lambda: settings)
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("id;date;dep\nA;2024-01-01;5\nB;2024-01-02;7\n", encoding="utf-8")
    return path


MAP = ("--map", "patient=id", "--map", "time=date", "--map", "hads.depression=dep")


def _count(engine, table):
    with new_session(engine, read_only=True) as session:
        return session.scalar(select(func.count()).select_from(table))


def _shares(engine, clinic, scale, code):
    """Better, unchanged, worse and missing at one visit of the clinic's plan, as the cohort's page counts them."""
    from outcomes.change.cohort import shares  # noqa: PLC0415 - brings numpy
    from outcomes.change.columns import changes  # noqa: PLC0415
    from outcomes.change.individual import error_in_force  # noqa: PLC0415
    from outcomes.change.windows import default_time_points  # noqa: PLC0415
    from outcomes.instruments.catalogue import load_catalogue  # noqa: PLC0415

    plan = default_time_points()
    measured = load_catalogue(EXAMPLES).scale(scale)
    with new_session(engine, read_only=True) as session:
        data = cohort_columns(Scope(clinic), session, scale, TODAY)
    point = next(each for each in plan if each.code == code)
    counted = shares(changes(data, measured, point, plan, error_in_force(measured)))
    return tuple(each.count for each in (counted.better, counted.unchanged, counted.worse, counted.missing))


def test_the_depression_scores_of_claus_2020_give_the_published_counts(command, engine, clinic):
    file = _reference("claus_2020.csv")
    code, out, _ = command(file, "--map", EXAMPLES / "claus_2020.json", "--json")
    counts = json.loads(out)["counts"]
    assert code == 0
    assert (counts["patients_new"], counts["visits"], counts["scores"], counts["without_scores"]) == (43, 164, 164, 8)
    assert _shares(engine, clinic, "hamd.total", "month_3") == (29, 10, 1, 3)
    with new_session(engine, read_only=True) as session:
        everybody = cohort_patients(Scope(clinic), session, TODAY)
    assert len(everybody) == 43
    assert {each.arm for each in everybody} == {"PA", "TAU"}


def test_a_patient_of_claus_2020_has_the_published_scores(command, engine, clinic, keys):
    command(_reference("claus_2020.csv"), "--map", EXAMPLES / "claus_2020.json")
    with new_session(engine, read_only=True) as session:
        line = next(row for row in _lines(session, keys, clinic, "3") if row.code == "3")
        record = patient_record(Scope(clinic), session, keys, line.id, TODAY)
    scores = record.scores["hamd.total"]
    assert [score.value for score in scores] == [28, 17, 20, 4]
    assert [reading.day for reading in record.readings("hamd.total")] == [0, 14, 30, 91]


def _lines(session, keys, clinic, text):
    return patient_list(Scope(clinic), session, keys, TODAY, PatientFilter(text=text), limit=200).rows


@pytest.mark.usefixtures("alone")
def test_the_fatigue_scores_of_walitt_2024_are_those_of_the_patients(command, engine, clinic):
    code, out, _ = command(_reference("walitt2024_scores.csv"), "--map", EXAMPLES / "walitt2024.json", "--json")
    counts = json.loads(out)["counts"]
    assert code == 0
    assert (counts["patients_new"], counts["left_out"], counts["scores"]) == (17, 21, 17)
    with new_session(engine, read_only=True) as session:
        values = session.scalars(select(Score.value).where(Score.scale == "promis_fatigue_8a.t")).all()
        everybody = cohort_patients(Scope(clinic), session, TODAY)
    mean = sum(values) / 17
    deviation = (sum((value - mean) ** 2 for value in values) / 16) ** 0.5
    assert (round(mean, 2), round(deviation, 2)) == (66.37, 4.66)
    assert len(everybody) == 17
    assert all(each.comparison for each in everybody)


@pytest.mark.parametrize("name", ["claus_2020", "walitt2024"])
def test_the_manual_gives_the_commands_that_are_tested(name):
    table = {"claus_2020": "claus_2020.csv", "walitt2024": "walitt2024_scores.csv"}[name]
    assert f"python -m outcomes import {table} --map docs/examples/{name}.json" in MANUAL.read_text(encoding="utf-8")


@pytest.mark.usefixtures("alone")
def test_a_table_is_imported_and_what_was_written_is_told(command, file, engine):
    code, out, err = command(file, *MAP)
    assert code == 0
    assert out.splitlines()[:3] == ["Imported:", "  2 new patients", "  2 new visits"]
    assert err.splitlines()[-1].split("/")[0] == err.splitlines()[-1].split("/")[1]
    assert _count(engine, Visit) == 2


@pytest.mark.usefixtures("alone")
def test_the_same_file_again_writes_nothing(command, file, engine):
    command(file, *MAP)
    code, out, _ = command(file, *MAP)
    assert (code, out.splitlines()[1]) == (0, "  Nothing new: everything is recorded already.")
    assert _count(engine, Visit) == 2


def test_a_dry_run_writes_nothing(command, file, engine):
    code, out, _ = command(file, *MAP, "--dry-run")
    assert (code, out.splitlines()[0]) == (0, "Dry run: nothing was written. An import would write:")
    assert _count(engine, Visit) == 0


@pytest.mark.usefixtures("alone")
def test_the_mapping_of_the_last_file_is_used_again(command, file, engine):
    code, _, err = command(file)
    assert (code, _count(engine, Visit)) == (2, 0)
    assert "say what they mean with --map" in err
    command(file, *MAP)
    file.write_text("id;date;dep\nA;2024-03-01;5\n", encoding="utf-8")
    assert command(file)[0] == 0
    assert _count(engine, Visit) == 3


def test_a_guess_is_printed_that_can_be_used(command, file, tmp_path, engine):
    file.write_text("id;date;hads depression\nA;01.02.2024;5\n", encoding="utf-8")
    code, out, _ = command(file, "--suggest")
    guess = tmp_path / "guess.json"
    guess.write_text(out, encoding="utf-8")
    assert (code, _count(engine, Visit)) == (0, 0)
    assert command(file, "--map", guess)[0] == 0


@pytest.mark.usefixtures("alone")
def test_options_stand_above_the_mapping_file(command, tmp_path, engine):
    table = tmp_path / "wide.csv"
    table.write_text("id\tT0\tT1\nA\t3,5\tNA\nB\t4,5\t5,5\n", encoding="cp1254")
    options = ["--layout", "wide", "--time", "weeks", "--at", "T0=0", "--at", "T1=4", "--anchor", "2024-01-01"]
    options += ["--missing", "NA", "--decimal", ",", "--delimiter", "tab", "--encoding", "windows-1254"]
    options += ["--map", "patient=id", "--map", "fss9.mean@T0=T0", "--map", "fss9.mean@T1=T1"]
    assert command(table, *options)[0] == 0
    with new_session(engine, read_only=True) as session:
        found = session.execute(select(Score.on_date, Score.value).order_by(Score.on_date, Score.value)).all()
    assert [(day.isoformat(), value) for day, value in found] == [
        ("2024-01-01", 3.5),
        ("2024-01-01", 4.5),
        ("2024-01-29", 5.5),
    ]


def test_faults_are_told_one_a_line_and_nothing_is_written(command, file, engine):
    file.write_text("id;date;dep\nA;2024-01-01;x\nB;2025-02-29;7\n", encoding="utf-8")
    code, out, err = command(file, *MAP)
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "Row 2, column “dep”: “x” is not a number.",
        "Row 3, column “date”: “2025-02-29” is a date that does not exist.",
        "The file was not imported. Nothing was written.",
    ]
    assert _count(engine, Visit) == 0


def test_faults_can_be_read_by_a_program(command, file):
    file.write_text("id;date;dep\nA;2024-01-01;x\n", encoding="utf-8")
    code, out, _ = command(file, *MAP, "--json")
    told = json.loads(out)
    assert (code, told["imported"], told["problem_count"]) == (2, False, 1)
    assert told["problems"][0] == {
        "code": "not_a_number",
        "row": 2,
        "column": "dep",
        "values": {"value": "x"},
        "message": "Row 2, column “dep”: “x” is not a number.",
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--map", "nowhere.json"], "nowhere.json"),
        (["--map", "patient="], "NAME=VALUE is needed"),
        (["--label", "x", *MAP], "NAME=VALUE is needed"),
        (["--anchor", "01.02.2024", *MAP], "“01.02.2024” cannot be used for “anchor”"),
        (["--date-format", "DD-MM", *MAP], "cannot be used for “date_format”"),
        (["--encoding", "latin-9", *MAP], "cannot be used for “encoding”"),
        (["--map", "patient=id", "--map", "hamster.total=dep", "--at", "2024-01-01"], "hamster.total"),
    ],
)
def test_a_command_that_cannot_be_is_refused(command, file, engine, options, said):
    code, _, err = command(file, *options)
    assert code == 2
    assert said in err
    assert _count(engine, Visit) == 0


HEAD = (
    "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"
    '"Choices, Calculations, OR Slider Labels",Field Note,Text Validation Type OR Show Slider Number\n'
)


@pytest.fixture
def redcap(tmp_path):
    """A file of another REDCap project and its dictionary."""
    data, dictionary = tmp_path / "data.csv", tmp_path / "dictionary.csv"
    data.write_text("id,redcap_event_name,seen,low\nA,baseline_arm_1,2024-01-01,5\n", encoding="utf-8")
    fields = "id,a,,text,ID,,,\nseen,a,,text,Visit date,,,date_ymd\nlow,a,,text,HADS depression,,,number\n"
    dictionary.write_text(HEAD + fields, encoding="utf-8")
    return data, dictionary


@pytest.mark.usefixtures("alone")
def test_a_redcap_file_is_imported_by_its_dictionary(command, redcap, engine):
    data, dictionary = redcap
    code, out, _ = command(data, "--dictionary", dictionary, "--suggest")
    assert (code, json.loads(out)["columns"]["hads.depression"]) == (0, "low")
    assert command(data, "--dictionary", dictionary, "--dry-run")[0] == 0
    assert _count(engine, Visit) == 0
    assert command(data, "--dictionary", dictionary)[0] == 0
    assert _count(engine, Visit) == 1
    assert "already" in command(data)[1]  # its columns are remembered


def test_what_a_dictionary_says_can_be_added_to(command, redcap, engine):
    data, dictionary = redcap
    code, out, _ = command(data, "--dictionary", dictionary, "--map", "fss9.mean=low", "--suggest")
    assert (code, json.loads(out)["columns"]["fss9.mean"]) == (0, "low")


@pytest.mark.usefixtures("alone")
def test_our_own_archive_is_imported_by_itself(command, tmp_path, engine):
    fields = [RedcapField("hads.depression", "Depression", 0, 21)]
    visits = [RedcapVisit("A", TODAY, {"hads.depression": 5.0})]
    archive = tmp_path / "redcap.zip"
    archive.write_bytes(redcap_files(fields, visits, Voice(Language.ENGLISH)).archive())
    assert command(archive)[0] == 0
    assert _count(engine, Visit) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [([], "Send its data dictionary along with it"), (["--dictionary", "DATA"], "no data dictionary of REDCap")],
)
def test_a_redcap_file_without_its_dictionary_is_refused(command, redcap, engine, options, said):
    data, _ = redcap
    code, _, err = command(data, *(data if each == "DATA" else each for each in options))
    assert (code, said in err) == (2, True)
    assert "Nothing was written." in err
    assert _count(engine, Visit) == 0


def test_a_file_that_is_not_there_is_told(command, tmp_path):
    code, _, err = command(tmp_path / "absent.csv", *MAP)
    assert (code, "absent.csv" in err) == (2, True)


def test_of_two_clinics_one_must_be_named(settings, clinic, file, capsys):
    assert main.run(["import", str(file), *MAP], lambda: settings) == 2
    assert f"Bosphorus Clinic ({clinic})" in capsys.readouterr().err
