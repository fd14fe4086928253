"""Runs the tests against each mutant of a guard, in one process that has collected them all and is forked for each.

First the tests are run as they are, and what each comes by and how long it takes is written down; then every mutant
meets the tests that come by its function, the nearest and quickest first, until one of them fails. A test that fails
by itself kills nobody, nor does one that fails only after others: it is asked again alone, with the mutant and without.
"""

import ast
import builtins
import copy
import gc
import importlib
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

from tests.faults.mutate_guards import REDUNDANT, ROOT, Mutant, apply, code_of, compiled, forget, mutants

ALL = ("tests/access", "tests/records", "tests/actions", "tests/web", "tests/cli")
OPTIONS = ("-q", "--tb=native", "-p", "no:cacheprovider", "-p", "no:xdist")  # a quick end for whoever is killed
NOT = "not postgres and not full and not browser"
SHORT = ("tests/access", "tests/records/queries/test_every_query.py", "tests/web/test_matrix.py::{table}")
TABLE = "test_every_route_is_in_the_table_and_nothing_else_is"
IN_SHORT = (
    "rules.py:can",
    "in Act.ERASE_RECORD",
    "scope.py:scope_of",
    "member_list: without live(",
    "live_patients: without Patient.id",
    "reach.py:live:",
    "clinic/patients.py:patients:",
)
"""The guards of the short run: some of every kind."""
LONGEST = int(os.environ.get("LONGEST", "600"))
WORLD = "tests/records/queries/test_every_query.py::test_records_under_the_same_ids"
QUICK = ("tests/access", "tests/records/queries/test_every_query", "tests/actions/test_every_act")
SLOW = ("tests/web", "tests/cli")
SUBJECTS = {"security": ("test_security", "test_second_factor", "test_matrix", "test_signin")}
NEAREST = (
    "tests/access",
    "tests/records/queries/test_every_query",
    "tests/records/queries",
    "tests/actions",
    "tests/records",
)


class Kept:
    """What a hunt writes down beside itself: what each test comes by, and what became of each mutant."""

    def __init__(self, path: Path) -> None:
        self.path, self.outcomes = path, path.with_suffix(".became")

    def read(self) -> tuple[dict[str, list[str]], dict[str, float], float]:
        """Return which tests come by which function, how long each that holds by itself takes, and when that was."""
        if not self.path.exists():
            return {}, {}, 0
        met, took = json.loads(self.path.read_text("utf-8"))
        return met, took, self.path.stat().st_mtime

    def write(self, met: dict[str, list[str]], took: dict[str, float]) -> None:
        """Keep what was seen."""
        self.path.write_text(json.dumps([met, took]), "utf-8")

    def note(self, mutant: Mutant, became: str, killer: str) -> None:
        """Write down what became of a mutant."""
        with self.outcomes.open("a", encoding="utf-8") as file:
            file.write(json.dumps([mutant.name, became, killer]) + "\n")

    def noted(self) -> dict[str, tuple[str, str]]:
        """Return what became of each mutant the last time, and the test that killed it."""
        lines = self.outcomes.read_text("utf-8").splitlines() if self.outcomes.exists() else []
        return {name: (became, killer) for name, became, killer in map(json.loads, lines)}


class Hunt:
    """Stands in the place of the loop in which pytest runs its tests."""

    def __init__(self, chosen: list[Mutant], kept: Kept) -> None:
        self.chosen, self.kept, self.sound = chosen, kept, set[str]()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Hunt the mutants with the tests that were collected."""
        items = {item.nodeid: item for item in session.items}
        met, took = self._reconnoitre(items)
        _warm_up(items, took)
        gc.freeze()  # what was made so far is for all of them: the forks need not look through it
        before = self.kept.noted()
        for mutant in self.chosen:
            names = [name for name in _meeting(mutant, met, items) if name in took]
            _, last = before.get(mutant.name, ("", ""))
            self._meet(mutant, [items[name] for name in _nearest_first(mutant, names, took, last)])
        return True

    def _meet(self, mutant: Mutant, near: list[pytest.Item]) -> None:
        """Run tests against a mutant until one fails that fails alone as well, and alone holds without the mutant."""
        became, killer, left = "unmet", "", near
        while left:
            became, _, killer = forked(lambda run=left: _die_of(mutant, run)).partition(" ")
            place = next((at for at, item in enumerate(left) if item.nodeid == killer), len(left))
            if became != "killed" or self._is_sound(left[place], mutant, alone=place == 0):
                break
            became, killer, left = "survived", "", left[place + 1 :]
        if became == "survived" and mutant.name in REDUNDANT:
            became = "declared"
        self.kept.note(mutant, became, killer)
        print(became, mutant.name, f"({killer or f'{len(near)} tests'})", file=sys.__stderr__, flush=True)

    def _is_sound(self, item: pytest.Item, mutant: Mutant, *, alone: bool) -> bool:
        if item.nodeid not in self.sound and forked(lambda: _die_of(None, [item])) == "survived":
            self.sound.add(item.nodeid)
        return item.nodeid in self.sound and (alone or forked(lambda: _die_of(mutant, [item])).startswith("killed"))

    def _reconnoitre(self, items: dict[str, pytest.Item]) -> tuple[dict[str, list[str]], dict[str, float]]:
        """Return which tests come by which function, and how long each that holds by itself takes.

        What is known of a test holds until its file is written again.
        """
        met, took, when = self.kept.read()
        new = {name: item for name, item in items.items() if name not in took or item.path.stat().st_mtime > when}
        if new:
            forked(lambda: _write_down(new, self.kept))
        met, took, _ = self.kept.read()
        return met, {name: seconds for name, seconds in took.items() if name in items}


def forked(act: Callable[[], str]) -> str:
    """Do something in a process of its own and return what it tells; "broken" when it comes to no end."""
    for stream in (sys.stdout, sys.stderr, sys.__stderr__):
        stream.flush()
    with tempfile.TemporaryFile() as told:
        child = os.fork()
        if child:
            ended = os.waitpid(child, 0)[1]
            told.seek(0)
            return told.read().decode() if ended == 0 else "broken"
        signal.alarm(LONGEST * 5)
        try:
            os.write(told.fileno(), act().encode())
            os._exit(0)
        except BaseException:  # noqa: BLE001 - the child ends here, whatever it was
            traceback.print_exc(file=sys.__stderr__)
        finally:
            os._exit(2)


def _run(item: pytest.Item, after: pytest.Item) -> bool:
    """Run one test; tell whether it holds. What is made for the whole session stays for the one after."""
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=after))


def _die_of(mutant: Mutant | None, near: list[pytest.Item]) -> str:
    signal.alarm(LONGEST)  # one that hangs is neither killed nor alive
    forget()
    if mutant is not None:
        apply(mutant)
    near[0].session._setupstate.teardown_exact(near[0])
    for item, after in zip(near, [*near[1:], near[0]], strict=True):
        if not _run(item, after):
            return f"killed {item.nodeid}"
    return "survived"


def _write_down(new: dict[str, pytest.Item], kept: Kept) -> str:
    """Run tests as they are and keep what they came by."""
    seen: set[str] = set()
    vars(builtins)["_came_by"] = seen.add
    for key, mutant in {each.key: each for each in mutants() if isinstance(each.changed, ast.FunctionDef)}.items():
        _watch(mutant, "{}:{}".format(*key))
    known, took, _ = kept.read()
    met = defaultdict(list, {key: [name for name in names if name not in new] for key, names in known.items()})
    run = list(new.values())
    for item, after in zip(run, [*run[1:], run[0]], strict=True):
        seen.clear()
        forget()
        began = time.perf_counter()
        holds = _run(item, after)
        took[item.nodeid] = time.perf_counter() - began
        if not holds:
            print("fails by itself:", took.pop(item.nodeid), item.nodeid, file=sys.__stderr__, flush=True)
        for key in seen:
            met[key].append(item.nodeid)
    kept.write(met, took)
    return ""


def _watch(mutant: Mutant, key: str) -> None:
    """Have a function say that somebody came by."""
    source = ast.parse((ROOT / mutant.path).read_text("utf-8"))
    name = str(mutant.function).rpartition(".")[2]
    found = next(each for each in ast.walk(source) if isinstance(each, ast.FunctionDef) and each.name == name)
    watched = copy.deepcopy(found)
    watched.body.insert(0, ast.parse(f"_came_by({key!r})").body[0])
    module = importlib.import_module(mutant.path.removesuffix(".py").replace("/", "."))
    code_of(module, str(mutant.function)).__code__ = compiled(watched, mutant.path)


def _meeting(mutant: Mutant, met: dict[str, list[str]], items: dict[str, pytest.Item]) -> list[str]:
    """The tests that come by what a mutant changes."""
    if mutant.changed is None:
        return [name for name in items if TABLE in name]
    if isinstance(mutant.changed, ast.AnnAssign):
        return [name for name in items if name.startswith("tests/access") or TABLE in name]
    return met.get(f"{mutant.path}:{mutant.function}", [])


def _nearest_first(mutant: Mutant, names: list[str], took: dict[str, float], last: str) -> list[str]:
    """Put the test that killed it last first, then those of the same subject, then the other rooms', a file at a time.

    Of the web's, which are many and slow, the first of every file come before the second of any.
    """
    files, met, turn = defaultdict[str, float](float), Counter[str](), {}
    for name in names:
        file = name.partition("::")[0]
        met[file] += name.startswith(SLOW)
        turn[name] = met[file]
        files[file] += took[name]
    stem = Path(mutant.path).stem.strip("_")
    subjects = SUBJECTS.get(stem, (f"test_{stem}",))

    def place(name: str) -> tuple[bool, bool, bool, int, int, float, str]:
        file = name.partition("::")[0]
        room = next((at for at, start in enumerate(NEAREST) if name.startswith(start)), len(NEAREST))
        quick = name.startswith(QUICK)
        return name != last, not quick, not any(each in file for each in subjects), room, turn[name], files[file], file

    return sorted(names, key=place)


def _warm_up(items: dict[str, pytest.Item], took: dict[str, float]) -> None:
    """Make here what tests share for the whole session, and the world of the queries, so that it is made once."""
    rooms: dict[str, str] = {}
    for name in sorted(took, key=lambda each: took[each]):
        rooms.setdefault(name.rpartition("/")[0], name)
    chosen = [items[name] for name in rooms.values()]
    for item, after in zip(chosen, [*chosen[1:], *chosen[:1]], strict=True):
        _run(item, after)
    world = [items[name] for name in took if name.startswith(WORLD)][:2]
    for item in world:
        _run(item, world[0])


def hunt(chosen: list[Mutant], paths: tuple[str, ...], kept: Kept) -> int:
    """Hunt mutants with the tests of some paths; print what became of each."""
    options = [*OPTIONS, "-m", NOT, f"--basetemp=/tmp/guards-{os.getpid()}"]
    with suppress(KeyError):
        del os.environ["PYTEST_XDIST_WORKER"]
    os.environ["PYTEST_XDIST_TESTRUNUID"] = f"guards{os.getpid()}"
    return int(pytest.main([*options, *paths], plugins=[Hunt(chosen, kept)]))


def table(kept: Kept) -> str:
    """Return how many mutants of each kind became what, as they were last met, and which of them still live."""
    noted = kept.noted()
    became = {mutant: noted.get(mutant.name, ("not tried", ""))[0] for mutant in mutants()}
    counts = Counter((mutant.kind, end) for mutant, end in became.items())
    lines = [f"{kind}: {end} {number}" for (kind, end), number in sorted(counts.items())]
    alive = [f"{end} {mutant.name}" for mutant, end in became.items() if end not in {"killed", "declared"}]
    return "\n".join([*lines, f"all: {counts.total()}", *alive])


def named(words: list[str]) -> list[Mutant]:
    """Return the mutants whose names hold one of these words; all when there are none."""
    return [mutant for mutant in mutants() if not words or any(word in mutant.name for word in words)]


def main(first: str, *words: str) -> int:
    """Hunt the guards of the short run, or those that words name; or count what became of all of them.

    The first word is `short`, `all`, or a file in which what was found is kept for the next time; `table` and that
    file count.
    """
    os.chdir(ROOT)
    if first == "table":
        sys.stdout.write(table(Kept(Path(words[0]))) + "\n")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        kept = Kept(Path(folder) / "met.json" if first in {"short", "all"} else Path(first))
        if first == "short":
            return hunt(named(list(IN_SHORT)), tuple(path.format(table=TABLE) for path in SHORT), kept)
        return hunt(named(list(words)), ALL, kept)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
