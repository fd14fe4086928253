"""Texts made harmless for programs that compute: no control characters anywhere, no formula in a delimited file."""

import re

_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)], "\ufffd")
_BREAK = r"(^|[;,|\t\r\n])"
_FORMULA = "=+\\-@\uff1d\uff0b\uff0d\uff20\u2212"
_RISKY = re.compile(rf"{_BREAK}(?='|[\s\"'\u200b\ufeff]*[{_FORMULA}]|[\t\r])")
_GUARDED = re.compile(rf"{_BREAK}'")


def plain(text: str) -> str:
    """Replace control characters, which no format can carry, by the sign of a lost letter; tabs and line ends stay."""
    return text.translate(_CONTROLS)


def guarded(text: str) -> str:
    """Put an apostrophe where a spreadsheet would begin to compute: at the start, or behind a separator.

    A text that has an apostrophe there already gets a second one, so that `unguarded` gives every text back.

    Example:
        >>> guarded("=1+1"), guarded("mild; -2"), guarded("'s"), guarded("month_3")
        ("'=1+1", "mild;' -2", "''s", 'month_3')
    """
    return _RISKY.sub(r"\1'", text)


def unguarded(text: str) -> str:
    """Take the apostrophes of `guarded` away again.

    Example:
        >>> unguarded("'=1+1")
        '=1+1'
    """
    return _GUARDED.sub(r"\1", text)


def named(key: str, taken: set[str], most: int = 21) -> str:
    """Make a column name that every program takes: short, lower case, a letter first; and note it as taken.

    A name in a .dta file has 32 letters at most. The column of absence takes eight of them, and the library that writes
    the file puts the number of the column, up to three figures, behind the name of its labels.

    Example:
        >>> named("chalder11.likert", set())
        'chalder11_likert'
    """
    letters = re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_") or "x"
    first = (letters if letters[0].isalpha() else f"x{letters}")[:most].rstrip("_")
    name, number = first, 1
    while name in taken:
        number += 1
        name = f"{first[: most - len(str(number)) - 1]}_{number}"
    taken.add(name)
    return name
