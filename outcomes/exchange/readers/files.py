"""One way into every kind of file: what it is is told by its bytes, not by its name."""

from outcomes.exchange.readers.delimited import read_delimited
from outcomes.exchange.readers.problems import ProblemCode, refuse
from outcomes.exchange.readers.table import MEGABYTE, Limits, Table
from outcomes.exchange.readers.workbook import read_workbook

ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NEVER_TABLES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"PK\x05\x06")


def read_table(
    content: bytes,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    limits: Limits | None = None,
) -> Table:
    r"""Read a clinic's file into a table.

    Parameters:
        content: the bytes of a text table or an .xlsx workbook.
        encoding: a name of `delimited.ENCODINGS`; recognised when left out.
        delimiter: the sign between cells of a text table; recognised when left out.
        sheet: the name of a workbook's sheet; the first one when left out.
        limits: how much may be read.

    Returns:
        The header and every row that holds anything.

    Raises:
        UnreadableFile: with every reason why it is no table.

    Example:
        >>> read_table("kod;puan\nA1;3,5\n".encode("cp1254")).rows
        (Row(number=2, cells=('A1', '3,5')),)
    """
    bounds = limits or Limits()
    if not content.strip():
        raise refuse(ProblemCode.EMPTY_FILE)
    if len(content) > bounds.size:
        size = -(-len(content) // MEGABYTE)
        raise refuse(ProblemCode.FILE_TOO_LARGE, size=size, most=bounds.size // MEGABYTE)
    if content.startswith(ZIP):
        return read_workbook(content, sheet, bounds)
    if content.startswith(_OLD_OFFICE):
        raise refuse(ProblemCode.OLD_WORKBOOK)
    if content.startswith(_NEVER_TABLES):
        raise refuse(ProblemCode.NOT_A_TABLE)
    return read_delimited(content, encoding, delimiter, bounds)
