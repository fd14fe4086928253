"""The codebook: every column and every code, as tables for programs and as a page for people in each language."""

from collections.abc import Iterator, Sequence
from html import escape
from string import ascii_lowercase

from outcomes.exchange.writers.contents import (
    FIRST_MISSING,
    REASONS,
    Column,
    Kind,
    ReleaseContents,
    ReleasedScale,
    ReleasedVisit,
    Table,
    said,
)
from outcomes.exchange.writers.delimited import MISSING
from outcomes.terms import Better, Language
from outcomes.voice import N_, Voice

COLUMNS = ("table", "column", "type", "title_en", "title_tr", "reason_in", "only_reason")
CODES = ("table", "column", "code", "number", "title_en", "title_tr")
SCALES = ("scale", "instrument", "title_en", "title_tr", "lowest", "highest", "better", "unit", "loinc")
VISITS = ("visit", "title_en", "title_tr", "planned_day", "from_day", "to_day")
NONE = "none"
BETTER = {Better.LOWER: N_("lower is better"), Better.HIGHER: N_("higher is better")}
REASON_COLUMNS = ("code", "spss", "stata", "title_en", "title_tr")
TYPES = {
    Kind.TEXT: N_("text"),
    Kind.CODE: N_("code"),
    Kind.INTEGER: N_("whole number"),
    Kind.NUMBER: N_("number"),
}

Line = Sequence[str | int | float]
Listed = dict[tuple[tuple[str, str], ...], str]
"""Lists of codes with the column that has them first."""


def columns(tables: Sequence[Table]) -> Iterator[Line]:
    """Describe every column."""
    for table in tables:
        for column in table.columns:
            titles = (column.title[Language.ENGLISH], column.title[Language.TURKISH])
            reasons = (column.absence or NONE, column.reason or NONE)
            yield table.name, column.name, column.kind.value, *titles, *reasons


def codes(tables: Sequence[Table]) -> Iterator[Line]:
    """List every code with its number in .sav and .dta files."""
    for table in tables:
        for column in table.columns:
            for number, code in enumerate(column.codes, 1):
                titles = (code.title[Language.ENGLISH], code.title[Language.TURKISH])
                yield table.name, column.name, str(code.code), number, *titles


def reasons() -> Iterator[Line]:
    """List the reasons why a number is not there, as each format writes them."""
    for place, (code, text) in enumerate(REASONS.items()):
        titles = said(text)
        letter = f".{ascii_lowercase[place]}"
        yield str(code), FIRST_MISSING - place, letter, titles[Language.ENGLISH], titles[Language.TURKISH]


def scales(contents: ReleaseContents) -> Iterator[Line]:
    """Describe every scale: its range, which way it points, its unit."""
    for each in contents.all_scales:
        titles = (each.title[Language.ENGLISH], each.title[Language.TURKISH])
        ends = (MISSING if end is None else end for end in (each.minimum, each.maximum))
        better = each.better.value if each.better else NONE
        yield each.key, each.instrument, *titles, *ends, better, each.unit or NONE, each.loinc or NONE


def visits(contents: ReleaseContents) -> Iterator[Line]:
    """Describe every visit window: its planned day and its ends, in days from the first infusion."""
    for each in contents.all_visits:
        titles = (each.title[Language.ENGLISH], each.title[Language.TURKISH])
        yield each.code, *titles, each.day, each.opens, each.closes


def page(contents: ReleaseContents, tables: Sequence[Table], language: Language) -> str:
    """Write the codebook as a page that needs nothing else."""
    voice = Voice(language)
    title = escape(voice.say("Codebook: %(title)s", title=contents.title))
    listed: Listed = {}
    parts = _scales(voice, contents) + _visits(voice, contents)
    parts += "".join(_table(voice, table, listed) for table in tables)
    return (
        f'<!doctype html>\n<html lang="{language.value}">\n<head><meta charset="utf-8"><title>{title}</title>\n'
        "<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;"
        "border-bottom:1px solid #ccc}code{font-size:.95em}</style></head>\n"
        f"<body><h1>{title}</h1>\n{_missing(voice)}{parts}</body></html>\n"
    )


def _missing(voice: Voice) -> str:
    """Explain what stands for a number that is not there."""
    words = voice.say(
        "A number that is not there is %(sign)s in text files and workbooks, empty in Parquet, and one of the codes "
        "below in SPSS and Stata. It is never zero.",
        sign=MISSING,
    )
    head = _cells("th", (voice.say("Reason"), "SPSS", "Stata", voice.say("Meaning")))
    place = 3 if voice.language is Language.ENGLISH else 4
    lines = "".join(_cells("td", (str(r[0]), str(r[1]), str(r[2]), str(r[place]))) for r in reasons())
    return f"<p>{escape(words)}</p>\n<table>{head}{lines}</table>\n"


def _scales(voice: Voice, contents: ReleaseContents) -> str:
    """Describe the scales; a unit stays as the instrument names it."""
    names = (voice.say("Scale"), voice.say("Meaning"), voice.say("Range"), voice.say("Better"), voice.say("Unit"))
    lines = "".join(
        _cells("td", (each.key, voice.pick(each.title), _range(voice, each), _better(voice, each), each.unit or "–"))
        for each in contents.all_scales
    )
    title = escape(voice.say("Scales"))
    return f"<h2>{title}</h2>\n<table>{_cells('th', names)}{lines}</table>\n" if lines else ""


def _range(voice: Voice, scale: ReleasedScale) -> str:
    ends = ["–" if end is None else voice.number(end) for end in (scale.minimum, scale.maximum)]
    return voice.say("%(low)s to %(high)s", low=ends[0], high=ends[1])


def _better(voice: Voice, scale: ReleasedScale) -> str:
    return voice.say(BETTER[scale.better]) if scale.better else voice.say("no direction is known")


def _visits(voice: Voice, contents: ReleaseContents) -> str:
    """Describe the visit windows."""
    names = (voice.say("Visit window"), voice.say("Meaning"), voice.say("Planned day"), voice.say("Days of the window"))
    lines = "".join(
        _cells("td", (each.code, voice.pick(each.title), voice.number(each.day), _window(voice, each)))
        for each in contents.all_visits
    )
    days = escape(voice.say("Days count from the first infusion."))
    title = escape(voice.say("Visit windows"))
    head = f"<h2>{title}</h2>\n<p>{days}</p>\n"
    return f"{head}<table>{_cells('th', names)}{lines}</table>\n" if lines else ""


def _window(voice: Voice, visit: ReleasedVisit) -> str:
    return voice.say("%(low)s to %(high)s", low=voice.number(visit.opens), high=voice.number(visit.closes))


def _cells(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>\n"


def _table(voice: Voice, table: Table, listed: Listed) -> str:
    """Describe one table."""
    head = _cells("th", (voice.say("Column"), voice.say("Type"), voice.say("Meaning")))
    lines = "".join(_column(voice, column, table.name, listed) for column in table.columns)
    title = escape(voice.pick(table.title))
    return f"<h2><code>{escape(table.name)}</code>: {title}</h2>\n<table>{head}{lines}</table>\n"


def _column(voice: Voice, column: Column, table: str, listed: Listed) -> str:
    """Describe one column; codes that another column has too are listed there alone."""
    place = f"{table}.{column.name}"
    said_here = tuple((str(code.code), voice.pick(code.title)) for code in column.codes)
    first = listed.setdefault(said_here, place) if said_here else place
    codes = "".join(
        f"<li>{number} <code>{escape(code)}</code>: {escape(title)}</li>"
        for number, (code, title) in enumerate(said_here, 1)
    )
    cells = (f"<code>{escape(column.name)}</code>", escape(voice.say(TYPES[column.kind])))
    meaning = escape(voice.pick(column.title))
    if first != place:
        same = voice.say("The same codes as %(column)s.", column=first)
        meaning += f"<p>{escape(same)}</p>"
    elif codes:
        meaning += f"<ul>{codes}</ul>"
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in (*cells, meaning)) + "</tr>\n"
