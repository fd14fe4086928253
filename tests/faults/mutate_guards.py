"""Takes each guard away, or turns it round, one at a time: a suite that stays green then does not watch that guard.

A guard is a line that keeps somebody from something: a rule of `access`, an act that is asked for, a check of a route
or of a patient, a condition that keeps a query to its clinic or its patient. Each mutant lives in a process of its
own: the changed function's code is put in the place of the real one, and the tests that know the guard are run.
"""

import ast
import copy
import functools
import importlib
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
WHERE = ("outcomes/access/rules.py", "outcomes/access/scope.py", "outcomes/web/security.py")
ROOMS = ("outcomes/records/queries", "outcomes/actions")
GUARDS = {"may", "require_patient", "the_patient", "keep_to_member", "_somebody_else", "_keep_an_administrator"}
CONDITIONS = {"live", "live_patients", "of_patient"}
OWNERS = {"scope", "work", "actor", "self", "subject", "who"}
EVERYWHERE = ast.parse("__import__('sqlalchemy').true()", mode="eval").body


@dataclass(frozen=True)
class Mutant:
    """One guard, taken away or turned round."""

    path: str
    line: int
    what: str
    function: str | None
    changed: ast.stmt = field(compare=False, repr=False)

    @property
    def name(self) -> str:
        """Where it is and what it does."""
        return f"{self.path}:{self.function}: {self.what}"


def mutants() -> list[Mutant]:
    """Return every mutant of every guard, in the order of the files."""
    paths = [*WHERE, *(str(p.relative_to(ROOT)) for room in ROOMS for p in sorted((ROOT / room).rglob("*.py")))]
    return [mutant for path in paths for mutant in _mutants_of(path)]


def _mutants_of(path: str) -> Iterator[Mutant]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    for top in tree.body:
        inner = top.body if isinstance(top, ast.ClassDef) else [top]
        for statement in inner:
            yield from _mutants_in(path, top, statement)


def _mutants_in(path: str, top: ast.stmt, statement: ast.stmt) -> Iterator[Mutant]:
    if path == WHERE[2] and getattr(statement, "name", None) not in GUARDING:
        return
    for number, node in enumerate(ast.walk(statement)):
        for what, change in _changes(path, node):
            changed = copy.deepcopy(statement)
            target = next(each for at, each in enumerate(ast.walk(changed)) if at == number)
            changed = _Replace(target, change).visit(changed)
            ast.fix_missing_locations(changed)
            owner = f"{top.name}." if isinstance(top, ast.ClassDef) and top is not statement else ""
            function = owner + statement.name if isinstance(statement, ast.FunctionDef) else None
            yield Mutant(
                path, getattr(node, "lineno", 0), f"{what} {ast.unparse(node).splitlines()[0][:90]}", function, changed
            )


GUARDING = {"allow", "access_of", "check_routes", "_guard", "_reach"}  # of the web's security, where more is done


def _changes(path: str, node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _name(node.value.func) in GUARDS:
        yield "without", ast.Pass()
    if isinstance(node, ast.Compare) and _keeps_to_owner(node):
        yield "without", EVERYWHERE
    if isinstance(node, ast.Call) and _name(node.func) in CONDITIONS:
        yield "without", EVERYWHERE
    if path in WHERE and isinstance(node, ast.If):
        yield "turned round", ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        yield "without", ast.If(ast.Constant(False), node.body, node.orelse)
    if path in WHERE and isinstance(node, ast.BoolOp):
        for left_out in range(len(node.values)):
            kept = [value for at, value in enumerate(node.values) if at != left_out]
            yield f"without part {left_out} of", kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)


def _keeps_to_owner(node: ast.Compare) -> bool:
    """Whether a comparison keeps a column to the clinic, patient or member of whoever asks."""
    if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq):
        return False
    sides = [node.left, node.comparators[0]]
    columns = {side.attr for side in sides if isinstance(side, ast.Attribute)}
    asked = {_name(side.value) for side in sides if isinstance(side, ast.Attribute)} | {
        _name(side.value.value)
        for side in sides
        if isinstance(side, ast.Attribute) and isinstance(side.value, ast.Attribute)
    }
    return bool(columns & {"clinic_id", "patient_id", "membership_id"}) and bool(asked & OWNERS)


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.AST, change: ast.AST) -> None:
        self.target, self.change = target, change

    def visit(self, node: ast.AST) -> Any:
        if node is self.target:
            return copy.deepcopy(self.change)
        return self.generic_visit(node)


# Making it live


def apply(mutant: Mutant) -> None:
    """Put a mutant in the place of what it changes, wherever that has been imported to."""
    module = importlib.import_module(mutant.path.removesuffix(".py").replace("/", "."))
    body = ast.Module([copy.deepcopy(mutant.changed)], [])
    for each in body.body:
        if isinstance(each, ast.FunctionDef):
            each.decorator_list = []
    code = compile(ast.fix_missing_locations(body), mutant.path, "exec", flags=0, dont_inherit=True)
    if mutant.function is None:
        exec(code, module.__dict__)  # noqa: S102 - our own words, changed in one place
        return
    new = next(
        each
        for each in code.co_consts
        if isinstance(each, CodeType) and each.co_name == mutant.function.rpartition(".")[2]
    )
    found = functools.reduce(getattr, mutant.function.split("."), module)
    found = found.fget if isinstance(found, property) else found
    if hasattr(found, "cache_clear"):
        found.cache_clear()
    while not isinstance(found, FunctionType) or hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    found.__code__ = new


SHORT = {
    "outcomes/access/rules.py": ["tests/access/test_rules.py"],
    "outcomes/access/scope.py": ["tests/access/test_scope.py", "tests/access/test_rules.py"],
    "outcomes/records/queries/members.py": ["tests/records/queries/test_every_query.py"],
    "outcomes/records/queries/reach.py": ["tests/records/queries/test_every_query.py"],
}
"""The files of the short run, each with the fewest tests that know its guards."""

IN_SHORT = ("rules.py:can", "scope.py:scope_of", "member_list: without live(", "live_patients: without Patient.id")
"""The guards of the short run."""

TESTS_OF = {
    "outcomes/access": ("tests/access", "tests/records/queries/test_every_query.py", "tests/web/test_matrix.py"),
    "outcomes/web": ("tests/web/test_security.py", "tests/web/test_matrix.py"),
    "outcomes/records/queries": ("tests/records/queries", "tests/web/test_worklist.py", "tests/web/test_matrix.py"),
    "outcomes/actions": ("tests/actions",),
}


def tests_of(mutant: Mutant) -> list[str]:
    """Return the tests that know a guard, the likeliest first."""
    room = next(room for room in TESTS_OF if mutant.path.startswith(room))
    stem = Path(mutant.path).stem
    near = [str(p.relative_to(ROOT)) for p in ROOT.glob(f"tests/*/**/test_{stem}*.py")]
    return [*dict.fromkeys([*near, *TESTS_OF[room]])]


LONGEST = 900
OUTCOMES = {0: "survived", 1: "killed"}


def run(mutant: Mutant | None, tests: list[str]) -> str:
    """Run tests in a process of their own in which a mutant lives, or none: "killed" once one test fails."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return OUTCOMES.get(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), "broken")
    signal.alarm(LONGEST)  # one that hangs is neither killed nor alive
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    os.environ["PYTEST_XDIST_TESTRUNUID"] = f"mutant{os.getpid()}"
    if mutant is not None:
        apply(mutant)
    chosen = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not postgres and not full and not browser"]
    os._exit(int(pytest.main([*chosen, f"--basetemp=/tmp/guards-{os.getpid()}", *tests])))


def warm(tests: list[str]) -> None:
    """Import what the tests import, once for all mutants."""
    pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests])


def hunt(chosen: list[Mutant], tests: dict[str, list[str]] | None = None) -> dict[str, list[str]]:
    """Run mutants and return their names by what became of them; tests that fail by themselves kill nobody."""
    known = {mutant.name: (tests or {}).get(mutant.path) or tests_of(mutant) for mutant in chosen}
    warm(sorted({path for paths in known.values() for path in paths}))
    whole = {tuple(paths): run(None, paths) for paths in known.values()}
    found: dict[str, list[str]] = {"killed": [], "survived": [], "broken": []}
    for mutant in chosen:
        paths = known[mutant.name]
        became = run(mutant, paths) if whole[tuple(paths)] == "survived" else "broken"
        found[became].append(mutant.name)
        print(became, mutant.name, flush=True)  # noqa: T201 - a long run says where it is
    return found


if __name__ == "__main__":
    os.chdir(ROOT)
    if sys.argv[1] == "short":
        hunt([m for m in mutants() if any(part in m.name for part in IN_SHORT)], SHORT)
        sys.exit()
    part, parts = int(sys.argv[1]), int(sys.argv[2])
    hunt([m for m in mutants() if not sys.argv[3:] or any(word in m.name for word in sys.argv[3:])][part::parts])
