"""Text tables: bytes of any usual encoding and delimiter, read into rows."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

from outcomes.exchange.readers.problems import ProblemCode, refuse
from outcomes.exchange.readers.table import Cell, Limits, Table, assemble, trimmed

ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf-16": "utf-16",
    "windows-1254": "cp1254",
    "windows-1252": "cp1252",
    "iso-8859-9": "iso8859-9",
}
"""The encodings a file may be declared in, and Python's names of them."""

DELIMITERS = {"semicolon": ";", "tab": "\t", "comma": ","}
_MARKS_OF_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LOOKED_AT = 20
_LOOKED_AT_SIGNS = 200_000
_EUROPEAN_LETTER = re.compile("[\u00c0-\u017f]")
_NULS_OF_UTF_16 = 0.3


def read_delimited(
    content: bytes, encoding: str | None = None, delimiter: str | None = None, limits: Limits | None = None
) -> Table:
    """Read a text table; what is not declared is recognised.

    Raises:
        UnreadableFile: when the bytes are no text, or the text is no table.
    """
    bounds = limits or Limits()
    text, name = decoded(content, encoding)
    text, said = _without_separator_line(text)
    sign = delimiter or said or recognised_delimiter(text)
    header, rows = assemble(_records(text, sign, bounds), bounds)
    return Table(header, rows, encoding=name, delimiter=sign)


def decoded(content: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of the bytes and the name of its encoding."""
    name = encoding.lower() if encoding else recognised_encoding(content)
    if name not in ENCODINGS:
        raise refuse(ProblemCode.ENCODING_UNKNOWN, encoding=name, known=", ".join(ENCODINGS))
    if name != "utf-16" and b"\0" in content:
        raise refuse(ProblemCode.NOT_A_TABLE)
    if name == "utf-16" and not content.startswith(_MARKS_OF_UTF_16) and b"\0" not in content:
        raise refuse(ProblemCode.ENCODING_WRONG, encoding=name, byte=1)
    try:
        text = content.decode(_codec(name, content))
    except UnicodeDecodeError as error:
        raise refuse(ProblemCode.ENCODING_WRONG, encoding=name, byte=error.start + 1) from error
    if "\0" in text:
        raise refuse(ProblemCode.NOT_A_TABLE)
    return text, name


def _codec(name: str, content: bytes) -> str:
    """Return Python's codec; UTF-16 without a mark is told apart by where its zeros stand."""
    if name == "utf-16" and not content.startswith(_MARKS_OF_UTF_16):
        head = content[:4096]
        return "utf-16-be" if head[::2].count(0) > head[1::2].count(0) else "utf-16-le"
    return ENCODINGS[name]


def recognised_encoding(content: bytes) -> str:
    """Recognise the encoding by its mark, by its zeros, or by whether UTF-8 fits; Windows-1254 is what is left.

    Raises:
        UnreadableFile: when part of the text is UTF-8 and part is not.
    """
    if content.startswith(_MARKS_OF_UTF_16) or _looks_like_utf_16(content):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_mixed(content, error.start)
        return "windows-1254"
    return "utf-8"


def _looks_like_utf_16(content: bytes) -> bool:
    """Whether the even or the odd bytes are mostly zeros, as in UTF-16 without a mark."""
    head = content[:4096]
    half = len(head) / 2
    return bool(head) and max(head[::2].count(0), head[1::2].count(0)) > _NULS_OF_UTF_16 * half > 0


def _refuse_mixed(content: bytes, first_wrong: int) -> None:
    """Refuse a text that is partly UTF-8: reading it as Windows-1254 would garble every name in it."""
    if _EUROPEAN_LETTER.search(content.decode("utf-8", "surrogateescape")):
        raise refuse(ProblemCode.ENCODING_MIXED, byte=first_wrong + 1)


def _without_separator_line(text: str) -> tuple[str, str | None]:
    """Take off the line "sep=;" by which a spreadsheet program is told the delimiter."""
    first, _, rest = text.partition("\n")
    line = first.rstrip("\r")
    if line.lower().startswith("sep=") and len(line) == len("sep=;"):
        return rest, line[-1]
    return text, None


def recognised_delimiter(text: str) -> str:
    """Return the sign that cuts the first rows into equally many cells, and the most of them."""
    return max(DELIMITERS.values(), key=lambda sign: _fit(text, sign))


def _fit(text: str, sign: str) -> tuple[bool, int]:
    """How well a delimiter fits: whether the rows agree, and how many columns they have."""
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(row for row in islice(_reader(text[:_LOOKED_AT_SIGNS], sign), _LOOKED_AT) if row)
    widths = {len(row) for row in rows}
    return len(widths) == 1 and widths != {1}, len(rows[0]) if rows else 0


def _reader(text: str, sign: str) -> Iterator[list[str]]:
    """Cut a text into records."""
    return csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)


def _records(text: str, sign: str, limits: Limits) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Yield numbered records; the last one may not be cut off in the middle."""
    reader, number, width = _reader(text, sign), 0, 0
    ends_whole = text.endswith(("\n", "\r"))
    while True:
        number += 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _refused(error, number, limits) from error
        width = width or len(record)
        if 0 < len(record) < width and not ends_whole and next(reader, None) is None:
            raise refuse(ProblemCode.ROW_TOO_SHORT, number, cells=len(record), columns=width)
        yield number, [trimmed(cell) for cell in record]


def _refused(error: csv.Error, number: int, limits: Limits) -> Exception:
    """Return the refusal that fits what the reader of records stumbled over."""
    if "field limit" in str(error):
        return refuse(ProblemCode.CELL_TOO_LONG, number, most=limits.cell)
    return refuse(ProblemCode.QUOTES, number)
