"""Translations: fragments become one catalogue; every sentence has its Turkish, and none is left over."""

import ast
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from babel.messages.extract import extract_from_dir

from outcomes.terms import Language
from outcomes.translations import FOLDER, compile_translations, disagreements, merged
from outcomes.voice import Voice

ROOT = Path(__file__).parents[2]
METHODS = [("outcomes/**.py", "python"), ("templates/**.html", "jinja2")]
CALLS = {"_": None, "gettext": None, "say": None, "N_": None, "ngettext": (1, 2), "count": (1, 2)}
HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


LIBRARY = ROOT / "outcomes" / "instruments" / "library"
SPOKEN = {"title", "name", "notes", "unverified", "licence_note", "unit", "method", "population", "interval"}


def sentences() -> dict[str | tuple[str, ...], str]:
    """Every sentence of the program, and where it is said."""
    found = extract_from_dir(ROOT, METHODS, keywords=CALLS)
    extracted = {message: f"{file}:{line}" for file, line, message, *_ in found if message}
    library = {text: path.name for path in LIBRARY.rglob("*.toml") for text in spoken(tomllib.loads(path.read_text()))}
    return {**library, **extracted}


def spoken(part: object, key: str = "") -> Iterator[str]:
    """The sentences of an instrument's file, by the names of their keys."""
    if isinstance(part, dict):
        for name, inner in part.items():
            yield from spoken(inner, name)
    elif isinstance(part, list):
        for inner in part:
            yield from spoken(inner, key)
    elif isinstance(part, str) and key in SPOKEN:
        yield part


def turkish() -> dict[str | tuple[str, ...], str | tuple[str, ...]]:
    return {m.id if isinstance(m.id, str) else tuple(m.id): m.string for m in merged(FOLDER / "tr") if m.id}


def test_every_sentence_has_its_turkish():
    known = turkish()
    missing = {m: place for m, place in sentences().items() if not known.get(m) or not all(known[m])}
    assert not missing, "\n".join(f"{place}: {message}" for message, place in missing.items())


def hidden(tree: ast.AST) -> Iterator[str]:
    """Sentences said within a formatted text, where the search for sentences does not look."""
    for outer in ast.walk(tree):
        for call in ast.walk(outer) if isinstance(outer, ast.JoinedStr) else ():
            if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant):
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                if name in CALLS and isinstance(call.args[0].value, str):
                    yield call.args[0].value


def test_no_sentence_hides_where_nobody_asks_for_its_turkish():
    files = list((ROOT / "outcomes").rglob("*.py"))
    found = {path.name: list(hidden(ast.parse(path.read_text(encoding="utf-8")))) for path in files}
    assert len(files) > 200
    assert {name: said for name, said in found.items() if said} == {}
    assert list(hidden(ast.parse("""f"# {voice.say('Files')}" """))) == ["Files"]


def test_no_translation_is_left_over():
    left = set(turkish()) - set(sentences())
    assert not left, "\n".join(map(str, sorted(left, key=str)))


def test_every_translation_keeps_its_values_and_shouts_no_more_than_the_original():
    whole = merged(FOLDER / "tr")
    for message in whole:
        if message.id:
            assert not list(message.check(whole)), message.id
            assert "!" not in str(message.string)


def part(folder: Path, room: str, text: str) -> None:
    (folder / "tr" / "parts").mkdir(parents=True, exist_ok=True)
    (folder / "tr" / "parts" / f"{room}.po").write_text(HEADER + text, encoding="utf-8")


def test_fragments_of_several_rooms_make_one_catalogue(tmp_path):
    part(tmp_path, "web", 'msgid "Save"\nmsgstr "Kaydet"\n')
    part(tmp_path, "clinic", 'msgid "Save"\nmsgstr "Kaydet"\n\nmsgid "Leave"\nmsgstr "Ayrıl"\n')
    assert compile_translations(tmp_path) == [tmp_path / "tr" / "LC_MESSAGES" / "messages.mo"]
    voice = Voice(Language.TURKISH, tmp_path)
    assert (voice.say("Save"), voice.say("Leave"), voice.say("Unknown")) == ("Kaydet", "Ayrıl", "Unknown")


def test_what_is_current_is_not_compiled_again(tmp_path):
    part(tmp_path, "web", 'msgid "Save"\nmsgstr "Kaydet"\n')
    assert compile_translations(tmp_path)
    assert not compile_translations(tmp_path)


def test_two_rooms_that_disagree_are_named(tmp_path):
    part(tmp_path, "web", 'msgid "Save"\nmsgstr "Kaydet"\n')
    part(tmp_path, "clinic", 'msgid "Save"\nmsgstr "Sakla"\n')
    assert disagreements(tmp_path / "tr") == ["web.po: Save"]


def test_our_rooms_agree():
    assert disagreements(FOLDER / "tr") == []


def test_programs_that_start_at_once_all_find_a_whole_catalogue(tmp_path):
    """Each sees that there is none yet and writes one; nobody takes away what another is about to move in place."""
    part(tmp_path, "web", "".join(f'msgid "word {n}"\nmsgstr "söz {n}"\n\n' for n in range(400)))
    starting = Barrier(8)

    def start(_number):
        starting.wait()
        return compile_translations(tmp_path)

    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(start, range(8)))) == 8
    assert [path.name for path in (tmp_path / "tr" / "LC_MESSAGES").iterdir()] == ["messages.mo"]
