"""Reads one table of a TOML file key by key, and says which file, key and reason when something is wrong."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from outcomes.instruments.errors import InstrumentFileError
from outcomes.terms import Language

E = TypeVar("E", bound=StrEnum)

CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")
VERSION = re.compile(r"[0-9]+(\.[0-9]+)*")
LARGEST_FILE = 1_000_000
LARGEST_NUMBER = 1e12


class Section:
    """One table of a file. Every key must be asked for; `finish` refuses those nobody knows."""

    __slots__ = ("_asked", "file", "path", "values")

    def __init__(self, file: Path, values: Mapping[str, Any], path: str = "") -> None:
        self.file = file
        self.values = values
        self.path = path
        self._asked: set[str] = set()

    def wrong(self, key: str, reason: str) -> InstrumentFileError:
        """The error for one key of this table."""
        return InstrumentFileError(self.file, self.at(key), reason)

    def at(self, key: str) -> str:
        """The full path of a key."""
        return f"{self.path}.{key}" if self.path and key else self.path or key

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self.values

    def finish(self) -> None:
        """Refuse keys that mean nothing here; a mistyped key must not pass in silence."""
        for key in self.values:
            if key not in self._asked:
                raise self.wrong(key, "is not a known key here")

    def raw(self, key: str) -> Any:  # noqa: ANN401 - what a file holds is anything until it is checked
        """Return the value of a key that must be there."""
        self._asked.add(key)
        if key not in self.values:
            raise self.wrong(key, "is missing")
        return self.values[key]

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there and not be empty."""
        if default is not None and not self._present(key):
            return default
        value = self.raw(key)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.wrong(key, "must be a text")
        return value

    def text_or_none(self, key: str) -> str | None:
        """Return a text, or None when the key is not there."""
        return self.text(key) if self._present(key) else None

    def code(self, key: str) -> str:
        """Return a name made of small letters, digits and underscores."""
        value = self.text(key)
        if not CODE.fullmatch(value):
            raise self.wrong(key, "must be small letters, digits and underscores, starting with a letter")
        return value

    def version(self, key: str) -> str:
        """Return a version such as "1" or "1.2"."""
        value = self.text(key)
        if not VERSION.fullmatch(value):
            raise self.wrong(key, 'must be a version such as "1" or "1.2"')
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """Return a number; without a default it must be there."""
        if default is not None and not self._present(key):
            return default
        return self._finite(key, self.raw(key))

    def number_or_none(self, key: str) -> float | None:
        """Return a number, or None when the key is not there."""
        return self.number(key) if self._present(key) else None

    def whole(self, key: str, default: int) -> int:
        """Return a whole number that is not negative."""
        value = self.number(key, default)
        if value != int(value) or value < 0:
            raise self.wrong(key, "must be a whole number, 0 or more")
        return int(value)

    def whole_or_none(self, key: str) -> int | None:
        """Return a whole number, or None when the key is not there."""
        return self.whole(key, 0) if self._present(key) else None

    def yes(self, key: str, default: bool) -> bool:
        """Return true or false."""
        if not self._present(key):
            return default
        value = self.raw(key)
        if not isinstance(value, bool):
            raise self.wrong(key, "must be true or false")
        return value

    def one_of(self, key: str, kind: type[E], default: E | None = None) -> E:
        """Return a member of an enumeration."""
        if default is not None and not self._present(key):
            return default
        value = self.text(key)
        try:
            return kind(value)
        except ValueError:
            raise self.wrong(key, f"must be one of {', '.join(kind)}") from None

    def titles(self, key: str) -> Mapping[Language, str]:
        """Return a text in every language given; English must be there."""
        section = self.section(key)
        titles = {language: section.text(language) for language in Language if section.has(language)}
        section.finish()
        if Language.ENGLISH not in titles:
            raise section.wrong(Language.ENGLISH, "is missing")
        return titles

    def titles_or_none(self, key: str) -> Mapping[Language, str] | None:
        """Return a text in every language given, or None when the key is not there."""
        return self.titles(key) if self._present(key) else None

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty when the key is not there."""
        value = self.raw(key) if self._present(key) else []
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            raise self.wrong(key, "must be a list of texts")
        return tuple(value)

    def codes(self, key: str) -> tuple[str, ...]:
        """Return item codes: a list of texts, or one text such as "1-7, 9"."""
        if not isinstance(self.raw(key), str):
            return self.texts(key)
        parts = [part.strip() for part in self.text(key).split(",")]
        return tuple(code for part in parts for code in self._span(key, part))

    def numbers(self, key: str) -> Mapping[float, float] | None:
        """Return a table of numbers by number, or None when the key is not there."""
        if not self._present(key):
            return None
        section = self.section(key)
        return {section.key_number(name): section.number(name) for name in section.values}

    def key_number(self, name: str) -> float:
        """Return the number that a key spells."""
        try:
            return self._finite(name, float(name))
        except ValueError:
            raise self.wrong(name, "the key must be a number") from None

    def section(self, key: str) -> "Section":
        """Return the table below a key."""
        value = self.raw(key)
        if not isinstance(value, dict):
            raise self.wrong(key, "must be a table")
        return Section(self.file, value, self.at(key))

    def sections(self, key: str) -> Iterator["Section"]:
        """Yield the tables of a list, none when the key is not there."""
        value = self.raw(key) if self._present(key) else []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.wrong(key, "must be a list of tables")
        for place, each in enumerate(value, start=1):
            yield Section(self.file, each, f"{self.at(key)}[{place}]")

    def _present(self, key: str) -> bool:
        self._asked.add(key)
        return key in self.values

    def _finite(self, key: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST_NUMBER:
            raise self.wrong(key, "must be a number")
        return float(value)

    def _span(self, key: str, part: str) -> Iterator[str]:
        first, dash, last = part.partition("-")
        if not dash:
            yield part
        elif first.isdecimal() and last.isdecimal() and int(first) < int(last):
            yield from map(str, range(int(first), int(last) + 1))
        else:
            raise self.wrong(key, f'"{part}" is no span such as "1-7"')


def open_file(file: Path) -> Section:
    """Read a TOML file; a file that is not UTF-8 or not TOML gets a plain reason."""
    try:
        content = file.read_bytes()
        if len(content) > LARGEST_FILE:
            raise InstrumentFileError(file, "", "is larger than 1 MB")
        return Section(file, tomllib.loads(content.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise InstrumentFileError(file, "", f"is not UTF-8 text (byte {error.start})") from None
    except tomllib.TOMLDecodeError as error:
        raise InstrumentFileError(file, "", f"is not valid TOML: {error}") from None
    except RecursionError:
        raise InstrumentFileError(file, "", "is nested too deeply") from None
    except OSError as error:
        raise InstrumentFileError(file, "", f"cannot be read: {error.strerror}") from None
