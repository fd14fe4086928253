"""Files that are no tables, or only nearly: text and workbooks broken in every way that came to mind, by a seed."""

import io
import random
import zipfile
from collections.abc import Callable
from functools import partial

from tests.exchange.making import csv, streamed_workbook, with_part, workbook
from tests.hostile.values import VALUES

HEADER = ("Hasta No", "Tarih", "hads depression", "Not")
ROWS = tuple((f"H-{n}", f"{n:02}.03.2025", str(n % 22), "iyi") for n in range(1, 15))
BOOK = streamed_workbook(HEADER, *ROWS)
SHEET = "xl/worksheets/sheet1.xml"
PARTS = (SHEET, "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/sharedStrings.xml", "_rels/.rels")
BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)
ENTITIES = (
    BOMB + b"]><worksheet><sheetData><row><c t='inlineStr'><is><t>&j;</t></is></c></row></sheetData></worksheet>",
    b"<!DOCTYPE a [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><sheetData><row><c><v>&f;</v></c></row></sheetData>",
    b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'><a/>",
    b"<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/'> %p;]><a/>",
)
CELLS = (
    b"<c r='%s' t='s'><v>99999999</v></c>",
    b"<c r='%s' t='s'><v>-1</v></c>",
    b"<c r='%s' t='n'><v>1e999</v></c>",
    b"<c r='%s' s='99999'><v>1e300</v></c>",
    b"<c r='%s' t='d'><v>9999-99-99</v></c>",
    b"<c r='%s' t='e'><v>#DIV/0!</v></c>",
    b"<c r='%s' t='b'><v>7</v></c>",
    b"<c r='%s'><f>HYPERLINK(&quot;http://evil.example&quot;)</f><v>1</v></c>",
    b"<c r='%s' t='zzz'><v></v></c>",
    b"<c r='%s' t='inlineStr'><is><t>_xD800_ _x0000_ _xDFFF_</t></is></c>",
    b"<c r='%s' t='s'><v>" + b"9" * 5000 + b"</v></c>",
    b"<c r='%s' s='x'><v>1</v></c>",
    b"<c r='%s'/>",
)
ADDRESSES = (b"A1", b"XFD1", b"ZZZZZZ1", b"A0", b"A-1", b"1A", b"", b"A99999999999", b"$B$2")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1254", "iso8859-9", "cp037", "utf-7")


def broken(seed: int) -> tuple[str, bytes]:
    """One broken file and its name, the same for the same seed."""
    dice = random.Random(seed)
    name, make = dice.choice(KINDS)
    return name, make(dice)


def _flipped(dice: random.Random, content: bytes) -> bytes:
    sound = bytearray(content)
    for _ in range(dice.choice([1, 2, 10, 100])):
        sound[dice.randrange(len(sound))] = dice.randrange(256)
    return bytes(sound)


def _cut(dice: random.Random, content: bytes) -> bytes:
    start = dice.choice([0, 0, 0, dice.randrange(50)])
    return content[start : dice.randrange(1, len(content))]


def _spliced(dice: random.Random, content: bytes) -> bytes:
    place = dice.randrange(len(content))
    put = dice.choice([dice.randbytes(30), b"\0" * 20, b'"', b'"' * 7, b"\r", b"\n\n\n", b"\xff\xfe", content[:100]])
    return content[:place] + put + content[place:]


def _text(dice: random.Random) -> bytes:
    rows = [list(row) for row in (HEADER, *ROWS)]
    for _ in range(dice.choice([1, 1, 2, 5])):
        row = dice.choice(rows)
        deed = dice.randrange(4)
        if deed < 2:
            row[dice.randrange(len(row))] = dice.choice(VALUES)
        elif deed == 2:
            row.extend(dice.choice([["x"], [""], ["y"] * 3000]))
        else:
            del row[0]
            row.append("")
    sign = dice.choice([",", ";", "\t", "|", "\x01"])
    lines = [sign.join(f'"{cell}"' if dice.randrange(5) == 0 else cell for cell in row) for row in rows]
    return dice.choice(["\n", "\r\n", "\r", "\x0b"]).join(lines).encode(dice.choice(ENCODINGS), "replace")


def _of_text(change: Callable[[random.Random, bytes], bytes], dice: random.Random) -> bytes:
    return change(dice, csv(HEADER, *ROWS, sep=";", encoding=dice.choice(["utf-8", "cp1254", "utf-16"])))


def _of_book(change: Callable[[random.Random, bytes], bytes], dice: random.Random) -> bytes:
    return change(dice, BOOK)


def _part_changed(dice: random.Random) -> bytes:
    """A workbook that is a sound archive, with one of its parts spoiled."""
    change = dice.choice([_flipped, _cut, _spliced, lambda d, _: d.choice([*ENTITIES, b"", b"<a", b"{}", b"<a/>"])])
    return with_part(BOOK, dice.choice(PARTS), lambda old: change(dice, old or b" "))


def _odd_cells(dice: random.Random) -> bytes:
    cells = [dice.choice(CELLS) for _ in range(4)]
    filled = b"".join(cell % dice.choice(ADDRESSES) if b"%s" in cell else cell for cell in cells)
    row = b"<row r='%s'>%s</row>" % (dice.choice([b"2", b"1", b"0", b"-5", b"99999999999999999999", b"x"]), filled)
    return with_part(BOOK, SHEET, lambda old: old.replace(b"</sheetData>", row + b"</sheetData>"))


def _bomb(dice: random.Random) -> bytes:
    """A little archive of a great deal of nothing."""
    size = dice.choice([70, 120]) * 1024 * 1024
    filler = dice.choice([b" ", b"<c/>", b"<row/>", b"0"])
    return with_part(BOOK, dice.choice(PARTS), lambda _: filler * (size // len(filler)))


def _odd_archive(dice: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n in range(dice.choice([0, 1, 3000])):
            archive.writestr(dice.choice(["../../evil", "/etc/x", "xl/workbook.xml", "a" * 500]) + str(n), b"x")
    return dice.choice([out.getvalue(), out.getvalue() + BOOK, BOOK + out.getvalue(), b"PK\x03\x04" + BOOK[10:]])


def _formulas(dice: random.Random) -> bytes:
    sign = dice.choice(["=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://evil.example")', "=WEBSERVICE(A1)"])
    return workbook(HEADER, ("H-1", "01.03.2025", sign, "x"))


def _other_kinds(dice: random.Random) -> bytes:
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    head = dice.choice([b"%PDF-1.7\n", b"\x89PNG\r\n", old, b"\x1f\x8b", b"<html>", b"GIF89a", b"{", b""])
    return head + dice.choice([dice.randbytes(500), b"", b";\n" * 20, b" " * 1000])


def _long(dice: random.Random) -> bytes:
    wide, tall = (";".join(f"c{n}" for n in range(2500)) + "\n").encode(), b"id;date\n" + b"a;1\n" * 100_002
    return dice.choice([wide, tall, b"id;x\n" + b"y" * 6000, b"x" * 200_000, b'a;b\n"' + b"z;\n" * 50_000])


KINDS: tuple[tuple[str, Callable[[random.Random], bytes]], ...] = (
    *(("a.csv", _text),) * 30,
    *((("b.csv", partial(_of_text, change))) for change in (_flipped, _cut, _spliced) for _ in range(8)),
    *((("c.xlsx", partial(_of_book, change))) for change in (_flipped, _cut, _spliced) for _ in range(8)),
    *(("d.xlsx", _part_changed),) * 30,
    *(("e.xlsx", _odd_cells),) * 15,
    *(("f.xlsx", _odd_archive),) * 6,
    *(("g.xlsx", _formulas),) * 4,
    *(("h.bin", _other_kinds),) * 8,
    *(("i.csv", _long),) * 2,
    ("j.xlsx", _bomb),
)
