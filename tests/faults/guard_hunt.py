"""Runs the tests against each mutant of a guard, in one process that has collected them all and is forked for each.

First the tests are run as they are, and what each comes by and how long it takes is written down; then every mutant
meets the tests that come by its function, the nearest and quickest first, until one of them fails. A test that fails
by itself kills nobody.
"""

import ast
import builtins
import copy
import importlib
import json
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

from tests.faults.mutate_guards import REDUNDANT, ROOT, Mutant, apply, code_of, compiled, forget, mutants

ALL = ("tests/access", "tests/records", "tests/actions", "tests/web", "tests/cli")
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
OUTCOMES = {0: "survived", 1: "killed"}
WORLD = "tests/records/queries/test_every_query.py::test_records_under_the_same_ids"
QUICK = ("tests/access", "tests/records/queries/test_every_query")
NEAREST = (
    "tests/access",
    "tests/records/queries/test_every_query",
    "tests/records/queries",
    "tests/actions",
    "tests/records",
)


class Hunt:
    """Stands in the place of the loop in which pytest runs its tests."""

    def __init__(self, chosen: list[Mutant], known: Path | None) -> None:
        self.chosen, self.known, self.met = chosen, known, defaultdict[str, list[str]](list)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Hunt the mutants with the tests that were collected."""
        items = {item.nodeid: item for item in session.items}
        met, took = self._reconnoitre(items)
        _warm_up(items, took)
        for mutant in self.chosen:
            near = _nearest_first(mutant, [name for name in _meeting(mutant, met, items) if name in took], took)
            became = forked(lambda run=[items[name] for name in near], of=mutant: _die_of(of, run)) if near else "unmet"
            if became == "survived" and mutant.name in REDUNDANT:
                became = "declared"
            print(became, mutant.name, f"({len(near)} tests)", file=sys.__stderr__, flush=True)
        return True

    def _reconnoitre(self, items: dict[str, pytest.Item]) -> tuple[dict[str, list[str]], dict[str, float]]:
        """Return which tests come by which function, and how long each that holds by itself takes."""
        kept = self.known or Path(f"/tmp/guards-{os.getpid()}.json")  # noqa: S108 - of this run alone
        if not kept.exists():
            forked(lambda: _write_down(items, self.chosen, kept))
        met, took = json.loads(kept.read_text())
        if self.known is None:
            kept.unlink()
        return met, {name: seconds for name, seconds in took.items() if name in items}


def forked(act: Callable[[], int]) -> str:
    """Do something in a process of its own and tell how it ended."""
    for stream in (sys.stdout, sys.stderr, sys.__stderr__):
        stream.flush()
    child = os.fork()
    if child:
        return OUTCOMES.get(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), "broken")
    signal.alarm(LONGEST * 5)
    try:
        os._exit(act())
    finally:
        os._exit(2)


def _run(item: pytest.Item, after: pytest.Item) -> bool:
    """Run one test; tell whether it holds. What is made for the whole session stays for the one after."""
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=after))


def _die_of(mutant: Mutant, near: list[pytest.Item]) -> int:
    signal.alarm(LONGEST)  # one that hangs is neither killed nor alive
    apply(mutant)
    near[0].session._setupstate.teardown_exact(near[0])
    return int(not all(_run(item, after) for item, after in zip(near, [*near[1:], near[0]], strict=True)))


def _write_down(items: dict[str, pytest.Item], chosen: list[Mutant], where: Path) -> int:
    """Run every test as it is and keep what it came by."""
    seen: set[str] = set()
    vars(builtins)["_came_by"] = seen.add
    for key, mutant in {mutant.key: mutant for mutant in chosen if isinstance(mutant.changed, ast.FunctionDef)}.items():
        _watch(mutant, "{}:{}".format(*key))
    met, took = defaultdict[str, list[str]](list), {}
    run = list(items.values())
    for item, after in zip(run, [*run[1:], run[0]], strict=True):
        seen.clear()
        forget()
        began = time.perf_counter()
        if _run(item, after):
            took[item.nodeid] = time.perf_counter() - began
        else:
            print("fails by itself:", item.nodeid, file=sys.__stderr__, flush=True)
        for key in seen:
            met[key].append(item.nodeid)
    where.write_text(json.dumps([met, took]))
    return 0


def _watch(mutant: Mutant, key: str) -> None:
    """Have a function say that somebody came by."""
    source = ast.parse((ROOT / mutant.path).read_text("utf-8"))
    name = str(mutant.function).rpartition(".")[2]
    found = next(each for each in ast.walk(source) if isinstance(each, ast.FunctionDef) and each.name == name)
    watched = copy.deepcopy(found)
    watched.body.insert(0, ast.parse(f"_came_by({key!r})").body[0])
    module = importlib.import_module(mutant.path.removesuffix(".py").replace("/", "."))
    code_of(module, str(mutant.function)).__code__ = compiled(watched, mutant.path)


TABLES = {"ACTS": "can", "ADMITTED": "admits", "WAITING_ROOMS": "_guard"}


def _meeting(mutant: Mutant, met: dict[str, list[str]], items: dict[str, pytest.Item]) -> list[str]:
    """The tests that come by what a mutant changes."""
    if mutant.changed is None:
        return [name for name in items if TABLE in name]
    if isinstance(mutant.changed, ast.AnnAssign):
        return [name for name in items if name.startswith("tests/access") or TABLE in name]
    return met.get(f"{mutant.path}:{mutant.function}", [])


def _nearest_first(mutant: Mutant, names: list[str], took: dict[str, float]) -> list[str]:
    """Put the tests of the same subject first, then the other rooms', file by file and the quick files first."""
    files: dict[str, float] = defaultdict(float)
    for name in names:
        files[name.partition("::")[0]] += took[name]
    subject = f"test_{Path(mutant.path).stem.strip('_')}"

    def place(name: str) -> tuple[bool, bool, int, float, str]:
        file = name.partition("::")[0]
        room = next((at for at, start in enumerate(NEAREST) if name.startswith(start)), len(NEAREST))
        quick = name.startswith(QUICK)
        return not quick, subject not in file, room, files[file], file

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


def hunt(chosen: list[Mutant], paths: tuple[str, ...], known: Path | None = None) -> int:
    """Hunt mutants with the tests of some paths; print what became of each."""
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", NOT, f"--basetemp=/tmp/guards-{os.getpid()}"]
    with suppress(KeyError):
        del os.environ["PYTEST_XDIST_WORKER"]
    os.environ["PYTEST_XDIST_TESTRUNUID"] = f"guards{os.getpid()}"
    return int(pytest.main([*options, *paths], plugins=[Hunt(chosen, known)]))


def named(words: list[str]) -> list[Mutant]:
    """Return the mutants whose names hold one of these words; all when there are none."""
    return [mutant for mutant in mutants() if not words or any(word in mutant.name for word in words)]


if __name__ == "__main__":
    os.chdir(ROOT)
    if sys.argv[1] == "short":
        sys.exit(hunt(named(list(IN_SHORT)), tuple(path.format(table=TABLE) for path in SHORT)))
    sys.exit(hunt(named(sys.argv[2:]), ALL, Path(sys.argv[1]) if sys.argv[1] != "all" else None))
