"""All instruments at hand: the library that ships, and what a clinic adds in a folder of its own."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from outcomes.instruments.definition import Instrument, Item, Scale, Wording
from outcomes.instruments.errors import InstrumentFileError
from outcomes.instruments.reader import read_instrument, read_wording
from outcomes.terms import Language

HERE = Path(__file__).parent
LIBRARY = HERE / "library"
WORDING = HERE / "wording"

NEUTRAL: Mapping[Language, str] = {Language.ENGLISH: "Item {code}", Language.TURKISH: "Madde {code}"}


class Catalogue:
    """Instruments by code and version, and their wording by language. Immutable once made."""

    __slots__ = ("_newest", "_scales", "_versions", "_wording")

    def __init__(self, instruments: Iterable[Instrument], wording: Mapping[tuple[str, Language], Wording]) -> None:
        ordered = sorted(instruments, key=lambda each: (each.code, _version_order(each.version)))
        self._versions = {(each.code, each.version): each for each in ordered}
        self._newest = {each.code: each for each in ordered}
        self._scales = {scale.key: (each, scale) for each in self._newest.values() for scale in each.scales}
        self._wording = dict(wording)

    def __getitem__(self, code: str) -> Instrument:
        return self._newest[code]

    def __contains__(self, code: object) -> bool:
        return code in self._newest

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self._newest.values())

    def __len__(self) -> int:
        return len(self._newest)

    def get(self, code: str, version: str | None = None) -> Instrument | None:
        """Return one version of an instrument, the newest unless told; None when it is not there."""
        return self._newest.get(code) if version is None else self._versions.get((code, version))

    def codes(self) -> tuple[str, ...]:
        """Return the codes of all instruments, in order."""
        return tuple(self._newest)

    def versions(self, code: str) -> tuple[str, ...]:
        """Return the versions at hand of one instrument, oldest first."""
        return tuple(version for name, version in self._versions if name == code)

    def scale(self, key: str) -> Scale:
        """Return the scale of a full key such as "chalder11.likert"; KeyError when there is none."""
        return self._scales[key][1]

    def scales(self) -> tuple[Scale, ...]:
        """Return every scale of every instrument."""
        return tuple(scale for _, scale in self._scales.values())

    def instrument_of(self, scale_key: str) -> Instrument:
        """Return the instrument to which a scale belongs; KeyError when there is none."""
        return self._scales[scale_key][0]

    def wording(self, code: str, language: Language) -> Wording | None:
        """Return the words of an instrument in a language, when they are at hand."""
        return self._wording.get((code, language))

    def item_label(self, instrument: Instrument, item: Item, language: Language) -> str:
        """Return the words of one item in a language, or its neutral label ("Item 7")."""
        wording = self.wording(instrument.code, language)
        if wording is not None and item.code in wording.items:
            return wording.items[item.code]
        if item.label is not None:
            return item.label.get(language, item.label[Language.ENGLISH])
        return NEUTRAL[language].format(code=item.code)


def _version_order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def load_catalogue(extra: Path | None = None) -> Catalogue:
    """Load the library, and what a clinic added.

    Parameters:
        extra: the clinic's folder: instruments as `*.toml`, wording as `wording/<language>/<code>.toml`. A folder that
            does not exist adds nothing.

    Returns:
        Every instrument, in every version at hand.

    Raises:
        InstrumentFileError: for the first file that cannot be used, naming file, key and reason.

    References:
        docs/scoring/README.md describes the format.

    Example:
        >>> load_catalogue().scale("chalder11.likert").maximum
        33.0
    """
    instruments, wording = _library()
    if extra is None or not extra.is_dir():
        return Catalogue(instruments, wording)
    instruments = _instruments(extra, instruments)
    newest = {each.code: each for each in sorted(instruments, key=lambda each: _version_order(each.version))}
    return Catalogue(instruments, wording | _wordings(extra / "wording", newest))


@lru_cache(maxsize=1)
def _library() -> tuple[tuple[Instrument, ...], dict[tuple[str, Language], Wording]]:
    """Read what ships once per process; its files do not change while the program runs."""
    instruments = _instruments(LIBRARY, ())
    return instruments, _wordings(WORDING, {each.code: each for each in instruments})


def _instruments(folder: Path, known: tuple[Instrument, ...]) -> tuple[Instrument, ...]:
    found = list(known)
    seen = {(each.code, each.version) for each in known}
    for file in sorted(folder.glob("*.toml")):
        instrument = read_instrument(file)
        name = (instrument.code, instrument.version)
        if name in seen:
            raise InstrumentFileError(
                file, "version", f"{instrument.code} version {instrument.version} exists already; give it a new version"
            )
        seen.add(name)
        found.append(instrument)
    return tuple(found)


def _wordings(folder: Path, instruments: Mapping[str, Instrument]) -> dict[tuple[str, Language], Wording]:
    """Read the wording packs below a folder; each is named after its instrument."""
    return {
        (file.stem, language): read_wording(file, language, instruments.get(file.stem))
        for language in Language
        for file in sorted((folder / language.value).glob("*.toml"))
    }
