"""The parts of a workbook: a zip of XML, opened with bounds on what it may unpack to."""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from posixpath import join, normpath
from typing import IO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import iterparse

from outcomes.exchange.readers.problems import ProblemCode, refuse
from outcomes.exchange.readers.table import MEGABYTE, Limits

_MOST_PARTS = 2_000
_MOST_HELD = 100_000
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    ParseError,
    NotImplementedError,  # a way of packing that is not supported
    EOFError,
    LookupError,  # an encoding of XML that does not exist
    ValueError,  # includes everything that defusedxml refuses
    OSError,
)


@contextmanager
def opened(content: bytes, limits: Limits) -> Iterator[zipfile.ZipFile]:
    """Open a workbook that is neither locked nor too large; no part can give more bytes than the archive states."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if any(part.flag_bits & 1 for part in parts):
                raise refuse(ProblemCode.WORKBOOK_LOCKED)
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > limits.unzipped:
                raise refuse(ProblemCode.UNZIPPED_TOO_LARGE, most=limits.unzipped // MEGABYTE)
            yield archive
    except _BROKEN as error:
        raise refuse(ProblemCode.WORKBOOK_BROKEN) from error


def part(archive: zipfile.ZipFile, path: str) -> IO[bytes]:
    """Open one part; a missing one is an error of lookup."""
    return archive.open(archive.getinfo(path))


def elements(stream: IO[bytes], *wanted: str) -> Iterator[Element]:
    """Yield the wanted elements as they end, forgetting everything else as it is read."""
    path: list[Element] = []
    held, inside = 0, 0
    known: dict[str, bool] = {}
    for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
        is_wanted = known.get(element.tag)
        if is_wanted is None:
            is_wanted = known[element.tag] = name_of(element) in wanted
        if event == "start":
            path.append(element)
            held, inside = held + 1, inside + is_wanted
            if held > _MOST_HELD:
                raise refuse(ProblemCode.WORKBOOK_BROKEN)
            continue
        path.pop()
        inside -= is_wanted
        if is_wanted:
            yield element
        if path and (is_wanted or not inside):
            path[-1].remove(element)
            held = len(path)


def name_of(element: Element) -> str:
    """The element's name without its namespace: the strict and the usual form of workbooks differ in that alone."""
    tag = str(element.tag)
    return tag[tag.rfind("}") + 1 :]


def attribute(element: Element, name: str) -> str | None:
    """An attribute's value by its name without namespace."""
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), None)


def links(archive: zipfile.ZipFile, origin: str, kind: str) -> dict[str, str]:
    """Return the parts that a part links to: id of the link to path, for one kind of link."""
    folder, _, file = origin.rpartition("/")
    found = {}
    with part(archive, normpath(join(folder, "_rels", f"{file}.rels"))) as stream:
        for link in elements(stream, "Relationship"):
            if (link.get("Type") or "").rpartition("/")[2] == kind:
                target = normpath(join("/", folder, link.get("Target") or ""))
                found[link.get("Id") or ""] = target.lstrip("/")
    return found
