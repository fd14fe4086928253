"""Importing in the browser: send, say what the columns mean, look, import; and nothing left behind."""

import io
import re
from datetime import date

import openpyxl
import pytest
from sqlalchemy import func, select

from outcomes.actions.importing.waiting import WaitingRoom
from outcomes.records.sealing import KeyRing
from outcomes.records.session import new_session
from outcomes.records.tables import ImportRun, Patient, Score, Visit
from tests.cast import MASTER_KEYS

CSV = "Hasta No;Tarih;hads depression;Not\nŞ-1;03.05.2024;5;iyi\nŞ-1;03.06.2024;4;\nB-2;01.02.2024;7;\n"


@pytest.fixture
def clinician(client_of):
    return client_of("clinician")


@pytest.fixture
def room(app, people):
    """Where the clinician's file waits."""
    return WaitingRoom(
        app.extensions["records"].settings.data, KeyRing(MASTER_KEYS), people.clinic_id, people.clinician.membership_id
    )


@pytest.fixture(autouse=True)
def _empty(room):
    yield
    room.throw_away()


def _count(engine, table):
    with new_session(engine, read_only=True) as session:
        return session.scalar(select(func.count()).select_from(table))


def send(browser, content, name="scores.csv", **more):
    data = {"file": (io.BytesIO(content if isinstance(content, bytes) else content.encode()), name), **more}
    return browser.post("/import", data=data, content_type="multipart/form-data")


def typed(page):
    """What the columns' form holds, as a browser would send it."""
    fields = {"meaning": re.findall(r'name="meaning"[^>]*value="([^"]*)"', page)}
    fields["visit"] = re.findall(r'name="visit" value="([^"]*)"', page)
    for name in re.findall(r'<select[^>]* name="(\w+)"', page):
        chosen = re.search(rf'<select[^>]* name="{name}".*?</select>', page, re.DOTALL)[0]
        picked = re.search(r'<option selected value="([^"]*)"', chosen)
        fields[name] = picked[1] if picked else ""
    for name in re.findall(r'<textarea[^>]* name="(\w+)"', page):
        fields[name] = re.search(rf'<textarea[^>]* name="{name}"[^>]*>\s*([^<]*)', page)[1]
    for name in ("anchor", "comparison", "missing", "sheet"):
        fields[name] = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1]
    return fields


def test_a_file_goes_from_sending_to_the_records_in_four_steps(clinician, sqlite_engine):
    assert send(clinician, CSV.encode("cp1254")).location == "/import/columns"
    page = clinician.get("/import/columns").text
    fields = typed(page)
    assert fields["meaning"] == [
        "Patient&#39;s number",
        "Date or time of the visit",
        "Hospital Anxiety and Depression Scale: Depression",
        "",
    ]
    assert (fields["date_format"], fields["layout"]) == ("DD.MM.YYYY", "long")
    assert "Ş-1 · B-2" in page
    fields["meaning"][0] = "Patient's number"
    assert clinician.post("/import/columns", data=fields).location == "/import/check"
    assert _count(sqlite_engine, Visit) == 0
    check = clinician.get("/import/check").text
    assert "2 new patients" in check
    assert "3 new visits" in check
    assert clinician.post("/import/run").location == "/import"
    assert _count(sqlite_engine, Visit) == 3
    after = clinician.get("/import").text
    assert "Imported: 2 new patients, 3 new visits" in after
    assert "A clinician" in after


def test_the_run_names_who_asked_for_it(clinician, sqlite_engine, people):
    _imported(clinician)
    with new_session(sqlite_engine, read_only=True) as session:
        assert session.scalar(select(ImportRun.membership_id)) == people.clinician.membership_id


def _imported(browser, content=CSV):
    send(browser, content)
    fields = typed(browser.get("/import/columns").text)
    fields["meaning"] = [each.replace("&#39;", "'") for each in fields["meaning"]]
    browser.post("/import/columns", data=fields)
    return browser.post("/import/run")


def test_the_same_file_again_has_nothing_new_and_its_columns_are_remembered(clinician, sqlite_engine):
    _imported(clinician)
    send(clinician, CSV)
    fields = typed(clinician.get("/import/columns").text)
    assert fields["meaning"][2] == "Hospital Anxiety and Depression Scale: Depression"
    fields["meaning"][0] = "Patient's number"
    clinician.post("/import/columns", data=fields)
    page = clinician.get("/import/check").text
    assert "Nothing new is in this file" in page
    assert "/import/run" not in page
    assert _count(sqlite_engine, Visit) == 3


def test_problems_are_listed_and_nothing_is_written(clinician, sqlite_engine):
    send(clinician, CSV.replace("03.06.2024;4", "31.06.2024;99"))
    fields = typed(clinician.get("/import/columns").text)
    fields |= {"date_format": "DD.MM.YYYY", "time": "date"}
    fields["meaning"][:2] = ["patient", "time"]
    clinician.post("/import/columns", data=fields)
    page = clinician.get("/import/check").text
    assert "2 problems stand in the way" in page
    assert "Row 3, column “Tarih”: “31.06.2024” is a date that does not exist." in page
    assert "99 is outside the scale, which runs from 0 to 21." in page
    assert "/import/run" not in page
    answer = clinician.post("/import/run")
    assert (answer.status_code, "Nothing was written" in answer.text) == (422, True)
    assert _count(sqlite_engine, Visit) == 0


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "a.csv", "The file is empty."),
        (b"PK\x03\x04 broken", "a.xlsx", "The workbook is damaged or cut off."),
        (b"%PDF-1.7", "a.pdf", "neither a text table"),
        (b"id;dep\n", "a.csv", "There is no row to import."),
        (b"id;dep\n1;\x00\n", "a.csv", "neither a text table"),
        (b'id;dep\n1;"2\n', "a.csv", "Row 2: A quotation mark"),
        (b"<script>alert(1)</script>,b\n1,2,3\n", "a.csv", "Row 2: The row has 3 cells"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_its_reason(clinician, room, content, name, said):
    answer = send(clinician, content, name)
    assert answer.status_code == 422
    assert said in answer.text
    assert room.found() is None


def test_no_file_at_all_is_refused(clinician):
    assert clinician.post("/import", data={}).status_code == 422


def test_formulas_are_refused_with_their_cells(clinician):
    book = openpyxl.Workbook()
    book.active.append(["id", "x"])
    book.active.append(["a", "=1+1"])
    out = io.BytesIO()
    book.save(out)
    assert "Cell B2 holds a formula" in send(clinician, out.getvalue(), "a.xlsx").text


def test_another_sheet_can_be_named(clinician):
    book = openpyxl.Workbook()
    book.active.append(["nothing"])
    sheet = book.create_sheet("Scores")
    sheet.append(["id", "date", "hads depression"])
    sheet.append(["a", date(2024, 5, 3), 5])
    out = io.BytesIO()
    book.save(out)
    assert "There is no row to import." in send(clinician, out.getvalue(), "a.xlsx").text
    assert send(clinician, out.getvalue(), "a.xlsx", sheet="Scores").status_code == 302
    assert "hads depression" in clinician.get("/import/columns").text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"meaning": ["patient", "patient", "", ""]}, "are said to mean the same"),
        ({"labels": "V1 = "}, "cannot be used for “labels”"),
        ({"anchor": "yesterday"}, "Not a valid date value."),
        ({"encoding": "utf-16"}, "The text cannot be read as utf-16"),
        ({"layout": "tall"}, "Not a valid choice."),
    ],
)
def test_what_cannot_be_meant_is_told_and_everything_typed_stays(clinician, room, changes, said):
    send(clinician, CSV)
    fields = typed(clinician.get("/import/columns").text) | {"missing": "NA; -99"} | changes
    answer = clinician.post("/import/columns", data=fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="NA; -99"' in answer.text
    assert room.found().mapping is None


def test_a_file_read_anew_with_other_columns_is_looked_at_again(clinician, room):
    send(clinician, CSV)
    fields = typed(clinician.get("/import/columns").text) | {"delimiter": ","}
    assert clinician.post("/import/columns", data=fields).location == "/import/columns"
    assert "1 column" in clinician.get("/import/columns").text
    assert room.found().mapping.delimiter == ","


def test_everything_a_mapping_can_say_is_kept_from_form_to_form(clinician, room):
    send(clinician, "id;arm;T0;T1\nA;TAU;3,5;NA\nB;PA;4,5;5,5\n")
    fields = typed(clinician.get("/import/columns").text)
    fields |= {
        "meaning": ["patient", "Arm", "fss9.mean", "fss9.mean"],
        "visit": ["", "", "T0", "T1"],
        "layout": "wide",
        "time": "label",
        "anchor": "2024-01-01",
        "labels": "T0 = 0\nT1 = month_1",
        "at": "T0 = T0",
        "comparison": "TAU; PA",
        "missing": "NA",
        "where": "arm = TAU\narm = PA",
        "decimal": ",",
        "answered_by": "self",
        "language": "tr",
        "route": "enema",
        "material": "donor",
    }
    assert clinician.post("/import/columns", data=fields).status_code == 302
    mapping = room.found().mapping
    assert mapping.columns == {"patient": "id", "arm": "arm", "fss9.mean@T0": "T0", "fss9.mean@T1": "T1"}
    assert (mapping.labels, mapping.at) == ({"T0": 0, "T1": "month_1"}, {"T0": "T0"})
    assert (mapping.where, mapping.comparison) == ({"arm": ("TAU", "PA")}, ("TAU", "PA"))
    assert "3 questionnaires or tests" in clinician.get("/import/check").text
    again = typed(clinician.get("/import/columns").text)
    again["meaning"] = [each.replace("&#39;", "'") for each in again["meaning"]]
    assert clinician.post("/import/columns", data=again).status_code == 302
    assert room.found().mapping == mapping


def test_a_waiting_file_is_sealed_and_gone_after_the_import(clinician, room, app):
    send(clinician, CSV)
    folder = app.extensions["records"].settings.data / "imports"
    kept = [path.read_bytes() for path in folder.glob("*")]
    assert kept
    assert all(b"Hasta" not in each and b"HZ" not in each[:2] for each in kept)
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.glob("*"))
    _imported(clinician)
    assert room.found() is None
    assert not list(folder.glob(f"{room.membership_id.hex}*"))


def test_a_waiting_file_can_be_thrown_away(clinician, room):
    send(clinician, CSV)
    assert "A file of yours is waiting: scores.csv" in clinician.get("/import").text
    assert clinician.post("/import/discard").location == "/import"
    assert room.found() is None
    for path in ("/import/columns", "/import/check"):
        assert clinician.get(path).location == "/import"
    assert clinician.post("/import/run").location == "/import"


def test_what_nobody_comes_back_to_is_thrown_away(clinician, room, app):
    import os  # noqa: PLC0415

    send(clinician, CSV)
    folder = app.extensions["records"].settings.data / "imports"
    forgotten = folder / f"{'0' * 32}.file"
    forgotten.write_text("{}", encoding="utf-8")
    os.utime(forgotten, (0, 0))
    send(clinician, CSV)
    assert not forgotten.exists()
    assert room.found() is not None


def test_progress_is_told(clinician, room):
    assert clinician.get("/import/progress").json == {"done": 0, "total": 0}
    room.tell(3, 10)
    assert clinician.get("/import/progress").json == {"done": 3, "total": 10}


def test_looking_writes_nothing(clinician, sqlite_engine):
    send(clinician, CSV)
    for path in ("/import", "/import/columns", "/import/check", "/import/progress"):
        clinician.get(path)
    assert (_count(sqlite_engine, Patient), _count(sqlite_engine, Score)) == (3, 0)


def test_names_in_a_file_are_shown_as_text(clinician):
    send(clinician, "id;<img src=x onerror=alert(1)>\nA;<script>alert(2)</script>\n", "<b>x</b>.csv")
    page = clinician.get("/import/columns").text
    assert "<img src=x" not in page
    assert "<script>alert" not in page
    assert "<b>x</b>" not in page


def test_it_speaks_turkish(client_of):
    browser = client_of("clinician")
    browser.post("/language", data={"language": "tr"})
    page = browser.get("/import").text
    assert "Tablo içe aktarma" in page


# who may not


@pytest.mark.parametrize("name", ["patient", "researcher"])
def test_patients_and_researchers_find_no_such_page(client_of, name):
    browser = client_of(name)
    assert browser.get("/import").status_code == 404
    assert send(browser, CSV).status_code == 404


def test_a_file_waits_for_its_sender_alone(clinician, client_of):
    send(clinician, CSV)
    assert "is waiting" not in client_of("administrator").get("/import").text
    assert client_of("administrator").get("/import/columns").location == "/import"
