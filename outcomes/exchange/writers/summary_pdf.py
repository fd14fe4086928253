"""The summary a patient takes along, as a page of PDF.

Its fonts are embedded, so that Turkish reads everywhere; title and language are set for those who have it read to them.
Headings stand in the outline. The library writes no tags for paragraphs: who needs a tagged page prints the web page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fpdf import FPDF

MARGIN = 18.0
TITLE, HEADING, TEXT, SMALL = 20, 13, 10.5, 9
LINE = 5.2
FAMILY = "source"
FACES = {"": "SourceSansPro-Regular.ttf", "B": "SourceSansPro-Bold.ttf"}
RULED, RULE_HEIGHT = 3, 9.0


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines. `points` makes them a list, `ruled` leaves room to write by hand."""

    heading: str
    lines: tuple[str, ...]
    points: bool = False
    ruled: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the summary, in one language (BCP 47)."""

    language: str
    title: str
    who: str
    sections: Sequence[Section]
    foot: str


def as_pdf(sheet: Sheet, made_at: datetime) -> bytes:
    """Write the summary as PDF, A4.

    Parameters:
        sheet: What stands on it.
        made_at: The only time in the file.
    """
    from fpdf import FPDF  # noqa: PLC0415 - heavy, and needed for this one file

    page = FPDF(format="A4")
    page.set_creation_date(made_at)
    page.set_lang(sheet.language)
    page.set_title(sheet.title)
    page.set_margin(MARGIN)
    page.set_auto_page_break(auto=True, margin=MARGIN)
    for style, name in FACES.items():
        page.add_font(FAMILY, style, str(files("font_source_sans_pro") / "files" / name))
    page.add_page()
    _say(page, sheet.title, TITLE, "B")
    _say(page, sheet.who, TEXT)
    for section in sheet.sections:
        _section(page, section)
    page.ln(LINE)
    _say(page, sheet.foot, SMALL)
    return bytes(page.output())


def _section(page: "FPDF", section: Section) -> None:
    page.ln(LINE * 0.8)
    page.start_section(section.heading)
    _say(page, section.heading, HEADING, "B")
    for line in section.lines:
        _say(page, f"•  {line}" if section.points else line, TEXT)
    for _ in range(RULED if section.ruled else 0):
        page.ln(RULE_HEIGHT)
        page.line(page.l_margin, page.get_y(), page.w - page.r_margin, page.get_y())


def _say(page: "FPDF", text: str, size: float, style: str = "") -> None:
    page.set_font(FAMILY, style, size)
    page.multi_cell(0, size * 0.5, text, new_x="LMARGIN", new_y="NEXT", align="L")
