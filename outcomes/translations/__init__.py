"""Translations: each room keeps a fragment `<language>/parts/<room>.po`; together they make one compiled catalogue."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent
READABLE = 0o644
PLURAL_FORMS = "nplurals=2; plural=(n != 1);"  # one and many, as English sentences have them


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


def messages(part: Path) -> Iterator[Message]:
    """Yield the messages of one fragment, without its header."""
    with part.open("rb") as file:
        for message in read_po(file, abort_invalid=True):
            if isinstance(message.string, tuple | list) and len(message.string) == 1:
                message.string = (message.string[0], message.string[0])  # one form serves for one and for many
            if message.id:
                yield message


def merged(language: Path) -> Catalog:
    """Return the catalogue made of all fragments of one language; of two that disagree the first in order counts."""
    whole = Catalog(locale=language.name)
    whole.mime_headers = [("Plural-Forms", PLURAL_FORMS)]
    for part in fragments(language):
        for message in messages(part):
            if whole.get(message.id) is None:
                whole.add(message.id, message.string)
    return whole


def disagreements(language: Path) -> list[str]:
    """Name the sentences that two fragments of one language translate differently."""
    whole = merged(language)
    return [
        f"{part.name}: {message.id}"
        for part in fragments(language)
        for message in messages(part)
        if whole[message.id].string != message.string
    ]


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
    """Write beside the target and move it in place, so that nobody meets half a file, however many write at once."""
    with NamedTemporaryFile(dir=target.parent, suffix=".new", delete=False) as file:
        write_mo(file, catalogue)
    beside = Path(file.name)
    beside.chmod(READABLE)
    beside.replace(target)
