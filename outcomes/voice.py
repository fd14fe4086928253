"""The program's voice in one language: sentences, numbers, dates, lists and order. Knows no web and no clock."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list

from outcomes.terms import Language
from outcomes.translations import FOLDER, compile_translations, compiled, is_stale

T = TypeVar("T")

LOCALES = {Language.ENGLISH: "en_GB", Language.TURKISH: "tr_TR"}
MINUS = "−"
MOST_DECIMALS = 2

_DATES = {
    Language.ENGLISH: {"short": "d MMM", "medium": "d MMMM y", "full": "EEEE d MMMM y"},
    Language.TURKISH: {"short": "d MMM", "medium": "d MMMM y", "full": "d MMMM y EEEE"},
}
_TURKISH_LETTERS = {letter: place for place, letter in enumerate("abcçdefgğhıijklmnoöpqrsştuüvwxyz")}
_TURKISH_CAPITALS = str.maketrans({"I": "ı", "İ": "i"})


def N_(message: str) -> str:  # noqa: N802 - the usual name by which extraction finds a marked message
    """Mark a message kept in a table for translation; it is translated later with `Voice.say`."""
    return message


@lru_cache(maxsize=16)
def _translations(language: Language, folder: Path) -> NullTranslations:
    """Load the compiled catalogue of a language, compiling it first when a fragment is newer."""
    home = folder / language.value
    if not (home / "parts").is_dir():
        return NullTranslations()
    if is_stale(home):
        compile_translations(folder)
    with compiled(home).open("rb") as file:
        return GNUTranslations(file)


class Voice:
    """Says sentences, numbers and dates in one language."""

    __slots__ = ("_catalogue", "language", "locale")

    def __init__(self, language: Language, catalogue_folder: Path | None = None) -> None:
        self.language = language
        self.locale = Locale.parse(LOCALES[language])
        self._catalogue = _translations(language, catalogue_folder or FOLDER)

    def say(self, message: str, /, **values: object) -> str:
        """Translate a sentence, then put the values in the places marked `%(name)s`."""
        text = self._catalogue.gettext(message) if message else ""
        return text % values if values else text

    def count(self, one: str, many: str, n: int, /, **values: object) -> str:
        """Translate a sentence that depends on a number; `%(n)s` is that number, formatted."""
        return self._catalogue.ngettext(one, many, n) % {"n": self.number(n), **values}

    def number(self, x: float, decimals: int | None = None) -> str:
        """Write a number: halves away from zero, a true minus sign, never "−0".

        With `decimals` None, as few decimals as are needed and at most two.
        """
        places = MOST_DECIMALS if decimals is None else decimals
        rounded = Decimal(str(x)).quantize(_place_of(places), ROUND_HALF_UP) + 0
        written = f"{abs(rounded):,.{places}f}"
        if decimals is None:
            written = written.rstrip("0").rstrip(".")
        written = written.translate(_signs(self.language))
        return MINUS + written if rounded < 0 else written

    def signed(self, x: float, decimals: int | None = None) -> str:
        """Write a change with its sign; no sign on what is written as zero."""
        written = self.number(x, decimals)
        return written if x <= 0 or not any(digit in written for digit in "123456789") else f"+{written}"

    def percent(self, share: float, decimals: int = 0) -> str:
        """Write a share of one as a percentage."""
        written = self.number(float(Decimal(str(share)) * 100), decimals)
        if self.language is Language.TURKISH:
            return f"{MINUS}%{written[1:]}" if written.startswith(MINUS) else f"%{written}"
        return f"{written} %"

    def date(self, d: date, style: str = "medium") -> str:
        """Write a civil date: short "3 May", medium "3 May 2026", full with the day of the week."""
        return format_date(d, _DATES[self.language][style], locale=self.locale)

    def moment(self, instant: datetime, zone: str) -> str:
        """Write an instant as date and time of day in a time zone: "3 May 2026, 09:40"."""
        there = instant.astimezone(ZoneInfo(zone))
        return f"{self.date(there.date())}, {format_time(there, 'HH:mm', locale=self.locale)}"

    def day(self, n: int) -> str:
        """Name a day counted from the first infusion: "day 92", "day −24"."""
        return self.say("day %(n)s", n=self.number(n))

    def pick(self, titles: Mapping[Language, str]) -> str:
        """Choose the title in this language, the English one where there is none."""
        return titles.get(self.language) or titles[Language.ENGLISH]

    def join(self, parts: Sequence[str]) -> str:
        """List some parts: "a, b and c"."""
        return format_list(list(parts), locale=self.locale)

    def sorted(self, items: Iterable[T], key: Callable[[T], str] = str) -> list[T]:
        """Sort by a text in the order of this language's alphabet."""
        return sorted(items, key=lambda item: self._place(key(item)))

    def _place(self, text: str) -> tuple[tuple[int, str], ...]:
        """Return what a text sorts by: signs, then digits, then letters without regard to case."""
        if self.language is Language.TURKISH:
            return tuple(_turkish_place(sign) for sign in text.translate(_TURKISH_CAPITALS).lower())
        return tuple(_plain_place(sign) for sign in _unaccented(text).casefold())


@lru_cache(maxsize=32)
def _place_of(places: int) -> Decimal:
    """Return the unit of the last of so many decimals."""
    return Decimal(1).scaleb(-places)


@lru_cache(maxsize=len(Language))
def _signs(language: Language) -> Mapping[int, str]:
    """Turn the signs that part thousands and decimals into those of a language; a page writes hundreds of numbers."""
    symbols = Locale.parse(LOCALES[language]).number_symbols["latn"]
    return str.maketrans({",": symbols["group"], ".": symbols["decimal"]})


def _unaccented(text: str) -> str:
    """Take off accents; the dotless ı counts as i."""
    parts = unicodedata.normalize("NFKD", text.replace("ı", "i"))
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def _plain_place(sign: str) -> tuple[int, str]:
    """Place one sign of an alphabet ordered as in Unicode."""
    return (2 if sign.isalpha() else 1 if sign.isdigit() else 0, sign)


def _turkish_place(sign: str) -> tuple[int, str]:
    """Place one sign in the Turkish alphabet; a foreign accented letter sorts with its bare letter."""
    known = _TURKISH_LETTERS.get(sign, _TURKISH_LETTERS.get(_unaccented(sign)))
    return _plain_place(sign) if known is None else (2, f"{known:02d}")
