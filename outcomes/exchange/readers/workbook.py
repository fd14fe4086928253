"""Workbooks (.xlsx), read as a stream with bounds on everything: hostile files are refused, never unpacked.

Only five parts of a workbook matter here: the list of sheets, the links to their parts, the shared texts, the number
formats (a date is a number that is shown as one) and the sheet itself. Formulas are not computed and not trusted:
each is refused with the address of its cell.
"""

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from xml.etree.ElementTree import Element

from outcomes.exchange.readers import parts
from outcomes.exchange.readers.problems import ProblemCode, UnreadableFile, refuse, shown
from outcomes.exchange.readers.table import Limits, Table, assemble
from outcomes.exchange.readers.worksheet import Book, SheetReader, text_in

_MOST_TEXTS = 2_000_000
_DATE_FORMATS = frozenset([*range(14, 18), 22, *range(27, 37), *range(50, 59)])
_FORMAT_NOISE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet in the workbook's list."""

    name: str
    path: str
    hidden: bool


def read_workbook(content: bytes, sheet: str | None = None, limits: Limits | None = None) -> Table:
    """Read one sheet of a workbook: the first that is not hidden unless another is named.

    Raises:
        UnreadableFile: when the workbook is damaged, locked or too large, or holds formulas.
    """
    bounds = limits or Limits()
    with parts.opened(content, bounds) as archive:
        main = next(iter(parts.links(archive, "", "officeDocument").values()), "xl/workbook.xml")
        chosen = _chosen(_sheets(archive, main), sheet)
        reader = SheetReader(_book(archive, main), bounds)
        with parts.part(archive, chosen.path) as stream:
            header, rows = assemble(reader.rows(stream), bounds)
    if reader.formulas:
        raise UnreadableFile(*reader.formulas)
    return Table(header, rows, sheet=chosen.name)


def _sheets(archive: zipfile.ZipFile, main: str) -> list[_Sheet]:
    """Return the sheets in their order; charts are none."""
    paths = parts.links(archive, main, "worksheet")
    with parts.part(archive, main) as stream:
        listed = [(_sheet, parts.attribute(_sheet, "id")) for _sheet in parts.elements(stream, "sheet")]
    return [
        _Sheet(sheet.get("name") or "", paths[link], sheet.get("state") in {"hidden", "veryHidden"})
        for sheet, link in listed
        if link in paths
    ]


def _chosen(sheets: Sequence[_Sheet], wanted: str | None) -> _Sheet:
    """Return the wanted sheet, or the first to be seen."""
    if not sheets:
        raise refuse(ProblemCode.WORKBOOK_BROKEN)
    if wanted is None:
        return next((sheet for sheet in sheets if not sheet.hidden), sheets[0])
    found = next((sheet for sheet in sheets if sheet.name == wanted), None)
    if found is None:
        names = ", ".join(shown(sheet.name) for sheet in sheets)
        raise refuse(ProblemCode.SHEET_MISSING, sheet=shown(wanted), sheets=names)
    return found


def _book(archive: zipfile.ZipFile, main: str) -> Book:
    """Read what the cells refer to."""
    texts = [_texts(archive, path) for path in parts.links(archive, main, "sharedStrings").values()]
    styles = [_date_styles(archive, path) for path in parts.links(archive, main, "styles").values()]
    with parts.part(archive, main) as stream:
        properties = next(parts.elements(stream, "workbookPr"), None)
    return Book(texts[0] if texts else (), styles[0] if styles else frozenset(), _day_zero(properties))


def _day_zero(properties: Element | None) -> date:
    """Return the day from which the workbook counts dates."""
    of_1904 = properties is not None and properties.get("date1904") in {"1", "true"}
    return date(1904, 1, 1) if of_1904 else date(1899, 12, 30)


def _texts(archive: zipfile.ZipFile, path: str) -> list[str]:
    """Read the shared texts."""
    found: list[str] = []
    with parts.part(archive, path) as stream:
        for entry in parts.elements(stream, "si"):
            found.append(text_in(entry))
            if len(found) > _MOST_TEXTS:
                raise refuse(ProblemCode.WORKBOOK_BROKEN)
    return found


def _date_styles(archive: zipfile.ZipFile, path: str) -> frozenset[int]:
    """Return which cell styles show a number as a date."""
    formats: dict[str, str] = {}
    styles: list[str] = []
    with parts.part(archive, path) as stream:
        for element in parts.elements(stream, "numFmt", "cellXfs"):
            if parts.name_of(element) == "numFmt":
                formats[element.get("numFmtId") or ""] = element.get("formatCode") or ""
            else:
                styles += [style.get("numFmtId") or "0" for style in element]
    return frozenset(place for place, number in enumerate(styles) if _shows_date(number, formats.get(number)))


def _shows_date(number: str, code: str | None) -> bool:
    """Whether a number format shows a day, a month or a year, and not only a time of day."""
    if code is None:
        return number in {str(known) for known in _DATE_FORMATS}
    signs = _FORMAT_NOISE.sub("", code).lower()
    if signs == "general":
        return False
    return "y" in signs or "d" in signs or ("m" in signs and not {"h", "s"} & set(signs))
