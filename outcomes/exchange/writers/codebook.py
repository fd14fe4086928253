"""The codebook: every column and every code, as tables for programs and as a page for people in each language."""

from collections.abc import Iterator, Sequence
from html import escape
from string import ascii_lowercase

from outcomes.exchange.writers.contents import FIRST_MISSING, REASONS, Column, Kind, ReleaseContents, Table, said
from outcomes.exchange.writers.delimited import MISSING
from outcomes.terms import Language
from outcomes.voice import N_, Voice

COLUMNS = ("table", "column", "type", "title_en", "title_tr", "reason_in", "only_reason")
CODES = ("table", "column", "code", "number", "title_en", "title_tr")
NONE = "none"
REASON_COLUMNS = ("code", "spss", "stata", "title_en", "title_tr")
TYPES = {
    Kind.TEXT: N_("text"),
    Kind.CODE: N_("code"),
    Kind.INTEGER: N_("whole number"),
    Kind.NUMBER: N_("number"),
}

Line = Sequence[str | int | float]


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


def page(contents: ReleaseContents, tables: Sequence[Table], language: Language) -> str:
    """Write the codebook as a page that needs nothing else."""
    voice = Voice(language)
    title = escape(voice.say("Codebook: %(title)s", title=contents.title))
    parts = "".join(_table(voice, table) for table in tables)
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


def _cells(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>\n"


def _table(voice: Voice, table: Table) -> str:
    """Describe one table."""
    head = _cells("th", (voice.say("Column"), voice.say("Type"), voice.say("Meaning")))
    lines = "".join(_column(voice, column) for column in table.columns)
    title = escape(voice.pick(table.title))
    return f"<h2><code>{escape(table.name)}</code>: {title}</h2>\n<table>{head}{lines}</table>\n"


def _column(voice: Voice, column: Column) -> str:
    listed = "".join(
        f"<li>{number} <code>{escape(str(code.code))}</code>: {escape(voice.pick(code.title))}</li>"
        for number, code in enumerate(column.codes, 1)
    )
    cells = (f"<code>{escape(column.name)}</code>", escape(voice.say(TYPES[column.kind])))
    meaning = escape(voice.pick(column.title)) + (f"<ul>{listed}</ul>" if listed else "")
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in (*cells, meaning)) + "</tr>\n"
