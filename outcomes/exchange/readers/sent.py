"""What somebody sent: a table alone, or a REDCap data file with its dictionary, as two files or in one archive."""

from dataclasses import dataclass

from outcomes.exchange.readers.files import ZIP
from outcomes.exchange.readers.parts import opened
from outcomes.exchange.readers.problems import ProblemCode, refuse
from outcomes.exchange.readers.table import Limits
from outcomes.exchange.writers.redcap import VARIABLE

OF_A_WORKBOOK = "[Content_Types].xml"
HIDDEN = ("__MACOSX/", ".")  # what some systems add to an archive unasked
TWO, LOOKED_AT = 2, 400


@dataclass(frozen=True, slots=True)
class Sent:
    """A table's bytes, and those of its dictionary where there is one."""

    data: bytes
    dictionary: bytes | None = None


def told_apart(file: bytes, dictionary: bytes = b"", limits: Limits | None = None) -> Sent:
    """Tell what was sent: which file is the table and which its dictionary is told by their columns, not their names.

    Parameters:
        file: a table, or an archive with a data file and its dictionary.
        dictionary: the dictionary, when it was sent by itself.
        limits: how much may be read.

    Returns:
        The table, and the dictionary where there is one.

    Raises:
        UnreadableFile: an archive holds something else, or there are two dictionaries, or one and no table.
    """
    bounds = limits or Limits()
    if not dictionary and _is_archive(file):
        file, dictionary = _unpacked(file, bounds)
    if _describes(file) and not _describes(dictionary):
        file, dictionary = dictionary, file
    if _describes(file) or (dictionary and not file):
        raise refuse(ProblemCode.DICTIONARY_ALONE)
    return Sent(file, dictionary or None)


def _is_archive(content: bytes) -> bool:
    """Whether it is a zip other than a workbook."""
    if not content.startswith(ZIP):
        return False
    with opened(content, Limits()) as archive:
        return OF_A_WORKBOOK not in archive.namelist()


def _unpacked(content: bytes, limits: Limits) -> tuple[bytes, bytes]:
    """Return the two tables of an archive."""
    with opened(content, limits) as archive:
        files = [each for each in archive.infolist() if not each.is_dir() and not each.filename.startswith(HIDDEN)]
        if len(files) != TWO or not all(each.filename.lower().endswith(".csv") for each in files):
            raise refuse(ProblemCode.ARCHIVE_WRONG)
        first, second = (archive.read(part) for part in files)
    return first, second


def _describes(content: bytes) -> bool:
    """Whether a file begins as a data dictionary does."""
    return any(VARIABLE.encode(each) in content[:LOOKED_AT] for each in ("utf-8", "utf-16-le", "utf-16-be"))
