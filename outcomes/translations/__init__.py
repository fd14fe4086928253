"""Translations: each room keeps a fragment `<language>/parts/<room>.po`; together they make one compiled catalogue."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent


class TranslationConflictError(Exception):
    """Two fragments translate one sentence differently."""

    def __init__(self, message: str, fragments: tuple[str, str]) -> None:
        super().__init__(f"{' and '.join(fragments)} disagree about: {message}")


def languages(folder: Path = FOLDER) -> Iterator[Path]:
    """Yield the folder of each language that has fragments."""
    yield from sorted(path.parent for path in folder.glob("*/parts") if path.is_dir())


def fragments(language: Path) -> list[Path]:
    """Return the fragments of one language, in a fixed order."""
    return sorted((language / "parts").glob("*.po"))


def compiled(language: Path) -> Path:
    """Return the path of the compiled catalogue of one language."""
    return language / "LC_MESSAGES" / "messages.mo"


def is_stale(language: Path) -> bool:
    """Tell whether a fragment is newer than the compiled catalogue, or there is none yet."""
    target = compiled(language)
    if not target.exists():
        return True
    made = target.stat().st_mtime_ns
    return any(part.stat().st_mtime_ns >= made for part in [*fragments(language), language / "parts"])


def merged(language: Path) -> Catalog:
    """Return the catalogue made of all fragments of one language.

    Raises:
        TranslationConflictError: two fragments give different translations of one sentence.
    """
    whole = Catalog(locale=language.name)
    origin: dict[str, str] = {}
    for part in fragments(language):
        with part.open("rb") as file:
            for message in read_po(file, locale=language.name, abort_invalid=True):
                _add(whole, message, origin, part.name)
    return whole


def _add(whole: Catalog, message: Message, origin: dict[str, str], part: str) -> None:
    """Add one message, which another fragment may hold too if it says the same."""
    if not message.id:
        return
    known = whole.get(message.id)
    key = message.id if isinstance(message.id, str) else message.id[0]
    if known is not None and known.string != message.string:
        raise TranslationConflictError(key, (origin[key], part))
    origin[key] = part
    whole.add(message.id, message.string)


def compile_translations(folder: Path = FOLDER) -> list[Path]:
    """Compile the fragments of every language; return the catalogues that were written."""
    written = []
    for language in languages(folder):
        if is_stale(language):
            target = compiled(language)
            target.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(target, merged(language))
            written.append(target)
    return written


def _write_whole(target: Path, catalogue: Catalog) -> None:
    """Write beside the target and move it in place, so that a reader never meets half a file."""
    beside = target.with_suffix(".new")
    with beside.open("wb") as file:
        write_mo(file, catalogue)
    beside.replace(target)
