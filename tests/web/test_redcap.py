"""REDCap files in the browser: taking them from the cohort's page, and bringing them in through the import."""

import io
import zipfile

import pytest
from sqlalchemy import func, select

from outcomes.records.session import new_session
from outcomes.records.tables import ReadLog, Visit
from tests.web.pages import said
from tests.web.test_import import typed

DICTIONARY = (
    "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"
    '"Choices, Calculations, OR Slider Labels",Field Note,Text Validation Type OR Show Slider Number\n'
    "study_id,visit,,text,Study ID,,,\n"
    'gender,visit,,radio,Sex,"1, Female | 2, Male",,\n'
    "seen_on,visit,,text,Visit date,,,date_ymd\n"
    "mood,visit,,text,Low mood this week,,,number\n"
)
DATA = "study_id,redcap_repeat_instrument,redcap_repeat_instance,gender,seen_on,mood\nŞ-1,visit,1,1,2026-01-10,9\n"


@pytest.fixture
def clinician(client_of):
    return client_of("clinician")


@pytest.fixture(autouse=True)
def _nothing_waits(clinician):
    yield
    clinician.post("/import/discard")


@pytest.fixture
def seen(make):
    """A patient with answers, a gap that says why, and a day too ill."""
    return make(
        lambda maker: (
            maker.patient("=P-9")
            .course("2026-01-12")
            .scored("2026-01-12", fatigue=5, thinking=None)
            .scored("2026-02-12", fatigue=4)
            .id
        )
    )


def files_of(answer):
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def send(browser, file, dictionary=None, name="data.csv"):
    data = {"file": (io.BytesIO(file if isinstance(file, bytes) else file.encode()), name)}
    if dictionary is not None:
        content = dictionary if isinstance(dictionary, bytes) else dictionary.encode()
        data["dictionary"] = (io.BytesIO(content), "dictionary.csv")
    return browser.post("/import", data=data, content_type="multipart/form-data")


def count(engine, table):
    with new_session(engine, read_only=True) as session:
        return session.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize("page", ["/cohort", "/import"])
def test_the_files_are_offered_with_what_they_are_and_that_taking_them_is_logged(clinician, page):
    text = said(clinician.get(page))
    assert "Take the records as REDCap files" in text
    assert "These are identified records" in text
    assert "no release for research" in text
    assert "Taking them is logged" in text
    assert 'href="/cohort/redcap.zip"' in clinician.get(page).text


def test_taking_them_is_logged_for_every_patient_in_them(clinician, client_of, seen, make, stored, people):
    unseen = make(lambda maker: maker.patient("P-10").id)
    answer = clinician.get("/cohort/redcap.zip")
    assert list(files_of(answer)) == ["redcap_data.csv", "redcap_data_dictionary.csv"]
    assert answer.headers["Cache-Control"] == "no-store"
    columns = (ReadLog.membership_id, ReadLog.patient_id, ReadLog.what)
    noted = [tuple(row) for row in stored(lambda session: session.execute(select(*columns)).all())]
    assert (people.clinician.membership_id, seen, "scores as a REDCap file") in noted
    assert unseen not in {patient for _, patient, _ in noted}
    assert "A clinician" in said(client_of("administrator").get(f"/patients/{seen}/history"))
    log = said(client_of("administrator").get("/admin/audit?view=reads"))
    assert "answers and scores, taken as REDCap files" in log


def test_our_own_zip_goes_from_one_clinic_to_the_other_without_a_question(clinician, client_of, seen, app, people):
    mine = clinician.get("/cohort/redcap.zip").data
    other = client_of("clinician_elsewhere")
    assert send(other, mine, name="redcap.zip").location == "/import/check"
    check = said(other.get("/import/check"))
    assert "1 new patient" in check
    assert "2 new visits" in check
    assert other.post("/import/run").location == "/import"
    theirs = other.get("/cohort/redcap.zip").data
    assert theirs == mine
    for browser in (other, clinician):
        assert send(browser, mine, name="redcap.zip").location == "/import/check"
        assert "Nothing new is in this file" in said(browser.get("/import/check"))
        browser.post("/import/discard")


def test_two_files_go_in_either_order_and_what_they_mean_can_still_be_looked_at(clinician, client_of, seen):
    data, dictionary = files_of(clinician.get("/cohort/redcap.zip")).values()
    other = client_of("clinician_elsewhere")
    assert send(other, dictionary, data).location == "/import/check"
    page = other.get("/import/columns").text
    assert "Fatigue, 0 to 10: why there is no score" in page
    fields = typed(page)
    fields["meaning"] = [each.replace("&#39;", "'") for each in fields["meaning"]]
    assert other.post("/import/columns", data=fields).location == "/import/check"
    assert "2 new visits" in said(other.get("/import/check"))
    assert other.post("/import/run").location == "/import"
    assert other.get("/cohort/redcap.zip").data == clinician.get("/cohort/redcap.zip").data


def test_a_foreign_dictionary_fills_the_columns_page_as_far_as_it_goes(clinician, sqlite_engine):
    assert send(clinician, DATA, DICTIONARY).location == "/import/columns"
    page = clinician.get("/import/columns").text
    assert "Low mood this week" in page
    assert "1 = Female" in page
    fields = typed(page)
    assert fields["meaning"] == [
        "Patient&#39;s number",
        "",
        "Count of a repeated form",
        "Sex",
        "Date or time of the visit",
        "",
    ]
    fields["meaning"] = ["patient", "", "instance", "sex", "time", "hads.depression"]
    assert clinician.post("/import/columns", data=fields).location == "/import/check"
    assert clinician.post("/import/run").location == "/import"
    assert count(sqlite_engine, Visit) == 1
    again = DATA + "Ş-1,visit,2,1,2026-02-10,8\n"
    assert send(clinician, again).location == "/import/columns"  # its columns are remembered, with no dictionary
    assert typed(clinician.get("/import/columns").text)["meaning"][-1].endswith("Depression")


@pytest.mark.parametrize(
    ("data", "dictionary", "sentence"),
    [
        (DATA, None, "This file comes from REDCap. Send its data dictionary along with it"),
        (DICTIONARY, None, "This is a data dictionary. Send the data file along with it."),
        ("", DICTIONARY, "This is a data dictionary. Send the data file along with it."),
        (DATA, "a,b\n1,2\n", "This is no data dictionary of REDCap"),
        (DATA, DICTIONARY + "x,,,,,,,,9\n", "The data dictionary cannot be read as a table (row 6)."),
        (DATA.replace("mood", "fog"), DICTIONARY, "Column “fog”: The data dictionary has no such field."),
        (DATA + "Ş-2,visit,1,1,2026-01-10,9,4\n", DICTIONARY, "Row 3: The row has 7 cells"),
        (DATA, DICTIONARY.replace("1, Female", "Female"), "Row 3 of the data dictionary: the choices of “gender”"),
    ],
)
def test_files_that_do_not_fit_are_refused_with_the_reason(clinician, sqlite_engine, data, dictionary, sentence):
    answer = send(clinician, data, dictionary)
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert "Nothing was written" in said(answer)
    assert "is waiting" not in said(answer)
    field = "file" if "This is a data dictionary" in sentence or "Row 3: " in sentence else "dictionary"
    assert f'id="{field}-error"' in answer.text
    assert count(sqlite_engine, Visit) == 0


def test_a_spoilt_file_is_refused_by_row_and_field_and_nothing_is_written(clinician, client_of, seen, sqlite_engine):
    data, dictionary = files_of(clinician.get("/cohort/redcap.zip")).values()
    before, other = count(sqlite_engine, Visit), client_of("clinician_elsewhere")
    send(other, data.replace(b",skipped", b",lazy"), dictionary)
    page = said(other.get("/import/check"))
    assert "Row 2, column “own_thinking_score_absent”: “lazy” is no reason for a missing score." in page
    assert other.post("/import/run").status_code == 422
    assert count(sqlite_engine, Visit) == before
    other.post("/import/discard")


def test_a_dictionary_waits_sealed_beside_its_file_and_goes_with_it(clinician, app, people):
    send(clinician, DATA, DICTIONARY)
    folder = app.extensions["records"].settings.data / "imports"
    kept = list(folder.glob(f"{people.clinician.membership_id.hex}*"))
    assert {path.suffix for path in kept} == {".file", ".dictionary"}
    assert all(b"study_id" not in path.read_bytes() for path in kept)
    clinician.post("/import/discard")
    assert not list(folder.glob(f"{people.clinician.membership_id.hex}*"))


def test_it_speaks_turkish(clinician, seen):
    clinician.post("/language", data={"language": "tr"})
    for page in ("/cohort", "/import"):
        text = said(clinician.get(page))
        assert "Kayıtları REDCap dosyası olarak alma" in text
        assert "Bunlar kimliği belli kayıtlardır" in text
    dictionary = files_of(clinician.get("/cohort/redcap.zip"))["redcap_data_dictionary.csv"].decode()
    assert "Hastanın numarası" in dictionary
    assert "veri sözlüğünü de gönderin" in said(send(clinician, DATA))


# who may not


@pytest.mark.parametrize("name", ["patient", "researcher"])
def test_patients_and_researchers_neither_take_nor_bring_them(client_of, seen, name):
    browser = client_of(name)
    assert browser.get("/cohort/redcap.zip").status_code == 404
    assert send(browser, DATA, DICTIONARY).status_code == 404


def test_a_visitor_is_asked_to_sign_in(client_of):
    assert client_of(None).get("/cohort/redcap.zip").status_code in {302, 303}


def test_another_clinic_s_patients_are_not_in_the_files(client_of, seen):
    files = files_of(client_of("clinician_elsewhere").get("/cohort/redcap.zip"))
    assert files["redcap_data.csv"].count(b"\n") == 1
