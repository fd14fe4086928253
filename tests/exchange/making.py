"""Files for the tests of reading: tables written by other programs, and broken on purpose."""

import io
import zipfile
from datetime import date, datetime

import openpyxl
import xlsxwriter

from outcomes.change.windows import default_time_points
from outcomes.exchange.readers.files import read_table
from outcomes.exchange.readers.mapping import mapping_of
from outcomes.exchange.readers.plan import Surroundings, plan_import
from outcomes.exchange.readers.planned import NOTHING_KNOWN
from outcomes.exchange.readers.problems import UnreadableFile
from outcomes.instruments.catalogue import load_catalogue

CATALOGUE = load_catalogue()
TODAY = date(2026, 5, 3)
HADS = {"columns": {"patient": "id", "time": "date", "hads.depression": "dep"}}


def workbook(*rows, sheet="Scores"):
    """A workbook as openpyxl writes it; a text that begins with "=" becomes a formula."""
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def streamed_workbook(*rows, shared=True):
    """A workbook as xlsxwriter writes it, texts shared or in their cells."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": not shared})
    sheet, dated = book.add_worksheet(), book.add_format({"num_format": "dd.mm.yyyy"})
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(number, column, datetime(value.year, value.month, value.day), dated)  # noqa: DTZ001 - a civil date
            else:
                sheet.write(number, column, value)
    book.close()
    return out.getvalue()


def with_part(content, path, change):
    """The workbook with one of its parts changed by `change`, or added when it takes None."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == path else old.read(name))
        if path not in old.namelist():
            new.writestr(path, change(None))
    return out.getvalue()


def csv(*rows, sep=",", encoding="utf-8"):
    return "".join(sep.join(row) + "\n" for row in rows).encode(encoding)


def planned(content, mapping=HADS, known=NOTHING_KNOWN, today=TODAY, catalogue=CATALOGUE):
    """The dry run of a file."""
    wanted = mapping_of(mapping)
    table = read_table(content, wanted.encoding, wanted.delimiter, wanted.sheet)
    return plan_import(table, wanted, Surroundings(catalogue, known, default_time_points(), today))


def told(plan):
    """The problems of a plan as (code, row, column)."""
    return [(problem.code.value, problem.row, problem.column) for problem in plan.problems]


def refusal(content, **options):
    """The problems for which a file is refused as no table; () when it is read."""
    try:
        read_table(content, **options)
    except UnreadableFile as refused:
        return refused.problems
    return ()
