"""Takes each guard away, or turns it round, one at a time: a suite that stays green then does not watch that guard.

A guard is a line that keeps somebody from something: a rule of `access`, an act that is asked for, a check of a route
or of a patient, a condition that keeps a query to its clinic or its patient. Each mutant lives in a process of its
own: the changed function's code is put in the place of the real one, and the tests that come by it are run.
"""

import ast
import copy
import functools
import importlib
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from outcomes.access.rules import Access

ROOT = Path(__file__).parents[2]
WHERE = ("outcomes/access/rules.py", "outcomes/access/scope.py", "outcomes/web/security.py")
ROOMS = ("outcomes/records/queries", "outcomes/actions", "outcomes/web")
GUARDS = {"may", "require_patient", "the_patient", "keep_to_member", "_somebody_else", "_keep_an_administrator"}
CONDITIONS = {"live", "live_patients", "of_patient"}
OWNERS = {"scope", "work", "actor", "self", "subject", "who"}
KINDS = {
    **dict.fromkeys(WHERE, "rules"),
    ROOMS[0]: "conditions of queries",
    ROOMS[1]: "checks in actions",
    ROOMS[2]: "checks in views",
}
NOT_FOR_YOU = re.compile(r"abort\((HTTPStatus\.(NOT_FOUND|FORBIDDEN|UNAUTHORIZED)|40[134])\b")
REFUSALS = {"NotAllowed", "NotFound", "PermissionError"}
NOT_FOR_YOU = re.compile(r"abort\((HTTPStatus\.(NOT_FOUND|FORBIDDEN|UNAUTHORIZED)|40[134])\b")
REFUSALS = {"NotAllowed", "NotFound", "PermissionError"}
EVERYWHERE = ast.parse("__import__('sqlalchemy').true()", mode="eval").body


@dataclass(frozen=True)
class Mutant:
    """One guard, taken away or turned round."""

    path: str
    line: int
    what: str
    function: str | None
    changed: ast.stmt | None = field(compare=False, repr=False)
    opened_to: str | None = None  # of a route: the rule that stands in the place of its own

    @property
    def key(self) -> tuple[str, str | None]:
        """The function or table that it changes."""
        return self.path, self.function

    @property
    def name(self) -> str:
        """Where it is and what it does."""
        return f"{self.path}:{self.function}: {self.what}"

    @property
    def kind(self) -> str:
        """The kind of guard, as the trust page counts them."""
        if self.changed is None:
            return "routes"
        if isinstance(self.changed, ast.AnnAssign):
            return "tables of roles and acts"
        return next(kind for room, kind in KINDS.items() if self.path.startswith(room))


def mutants() -> list[Mutant]:
    """Return every mutant of every guard, in the order of the files."""
    rooms = (str(path.relative_to(ROOT)) for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))
    paths = dict.fromkeys([*WHERE, *rooms])
    guards = [mutant for path in paths for mutant in _mutants_of(path)]
    views = [mutant for path in sorted((ROOT / "outcomes/web").rglob("*.py")) for mutant in _routes_of(path)]
    return _numbered([*guards, *_tables(), *views])


def _numbered(made: list[Mutant]) -> list[Mutant]:
    """Tell guards of one function apart that read the same."""
    seen = Counter[str]()
    for at, mutant in enumerate(made):
        seen[mutant.name] += 1
        if seen[mutant.name] > 1:
            made[at] = replace(mutant, what=f"{mutant.what} ({seen[mutant.name]})")
    return made


def _tables() -> Iterator[Mutant]:
    """Each line of the tables of `access`, opened to every role and closed to all of them."""
    for table, value in (each for each in _assigned(WHERE[0]) if isinstance(each[1].value, ast.Dict)):
        for number, row in enumerate(value.value.values):
            for what, words in WHAT_OF[table]:
                if words == ast.unparse(row):
                    continue  # it is so already
                changed = copy.deepcopy(value)
                changed.value.values[number] = ast.parse(words, mode="eval").body
                ast.fix_missing_locations(changed)
                name = f"{what} {ast.unparse(value.value.keys[number])}"
                yield Mutant(WHERE[0], row.lineno, name, table, changed)


def _assigned(path: str) -> Iterator[tuple[str, Any]]:
    for each in ast.parse((ROOT / path).read_text("utf-8")).body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            yield each.target.id, each


ROLES = [("opened to all in", "frozenset(Role)"), ("closed to all in", "frozenset()")]
WHAT_OF = {"ADMITTED": ROLES, "ACTS": ROLES, "WAITING_ROOMS": [("another room for", "Access.SIGNED_IN")]}


def _routes_of(path: Path) -> Iterator[Mutant]:
    """Each route without its rule, and open to whom it is not for."""
    for each in ast.walk(ast.parse(path.read_text("utf-8"))):
        for rule in each.decorator_list if isinstance(each, ast.FunctionDef) else ():
            if isinstance(rule, ast.Call) and _name(rule.func) == "allow":
                own = rule.args[0].attr
                other = "SIGNED_IN" if own == "EVERYONE" else "EVERYONE"
                where = str(path.relative_to(ROOT)), rule.lineno
                yield Mutant(*where, f"without @allow(Access.{own})", each.name, None)
                yield Mutant(*where, f"@allow(Access.{other}) for {own}", each.name, None, other)


def _mutants_of(path: str) -> Iterator[Mutant]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    for top in tree.body:
        inner = top.body if isinstance(top, ast.ClassDef) else [top]
        for statement in inner:
            yield from _mutants_in(path, top, statement)


def _mutants_in(path: str, top: ast.stmt, statement: ast.stmt) -> Iterator[Mutant]:
    if path == WHERE[2] and getattr(statement, "name", None) not in GUARDING:
        return
    plain = set(_of_python(statement))
    for number, node in enumerate(ast.walk(statement)):
        for what, change in _changes(path, node, plain=node in plain):
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


def _changes(path: str, node: ast.AST, *, plain: bool) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _name(node.value.func) in GUARDS:
        yield "without", ast.Pass()
    if isinstance(node, ast.Compare) and _keeps_to_owner(node):
        yield from (
            [("always", ast.Constant(True)), ("never", ast.Constant(False))] if plain else [("without", EVERYWHERE)]
        )
    if isinstance(node, ast.Call) and _name(node.func) in CONDITIONS and not path.startswith(ROOMS[2]):
        yield "without", EVERYWHERE
    if isinstance(node, ast.IfExp) and "scope.patient_id" in ast.unparse(node.test):
        yield "of any patient in", node.orelse if isinstance(node.test, ast.Attribute) else node.body
    if path in WHERE and isinstance(node, ast.If):
        yield "turned round", ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    if isinstance(node, ast.If) and (path in WHERE or _refuses(node.body[0])):
        yield "without", ast.If(ast.Constant(False), node.body, node.orelse)
    if path in WHERE and isinstance(node, ast.BoolOp):
        yield from ((f"without part {left_out} of", kept) for left_out, kept in _shorter(node))
    elif (
        isinstance(node, ast.If) and isinstance(node.test, ast.BoolOp) and path not in WHERE and _refuses(node.body[0])
    ):
        for left_out, kept in _shorter(node.test):
            yield f"without part {left_out} of", ast.If(kept, node.body, node.orelse)


def _shorter(node: ast.BoolOp) -> Iterator[tuple[int, ast.expr]]:
    """Several conditions, each time without one of them."""
    for left_out in range(len(node.values)):
        kept = [value for at, value in enumerate(node.values) if at != left_out]
        yield left_out, kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)


def _refuses(node: ast.stmt) -> bool:
    """Whether a line turns somebody away: nobody may do that, or there is no such thing."""
    if isinstance(node, ast.Raise):
        return isinstance(node.exc, ast.Call) and _name(node.exc.func) in REFUSALS
    return NOT_FOR_YOU.match(ast.unparse(node)) is not None


def _of_python(node: ast.AST, asked: bool = False) -> Iterator[ast.AST]:
    """The comparisons that Python answers itself; those in the arguments of a call are for the database."""
    if isinstance(node, ast.Compare) and asked:
        yield node
    for name, value in ast.iter_fields(node):
        now = name in {"test", "ifs", "values"} or (asked and not isinstance(node, ast.Call))
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST):
                yield from _of_python(each, now and not isinstance(node, ast.Dict))


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
    if mutant.changed is None:
        _declare_otherwise(getattr(module, str(mutant.function)), mutant.opened_to)
    elif isinstance(mutant.changed, ast.AnnAssign):
        _fill_otherwise(module, mutant)
    else:
        code_of(module, str(mutant.function)).__code__ = compiled(mutant.changed, mutant.path)
    forget()


def _declare_otherwise(view: Any, rule: str | None) -> None:
    while view is not None:
        if rule is None:
            vars(view).pop("access", None)
        else:
            view.access = Access[rule]
        view = getattr(view, "__wrapped__", None)


def _fill_otherwise(module: ModuleType, mutant: Mutant) -> None:
    table = getattr(module, str(mutant.function))
    body = ast.Module([copy.deepcopy(mutant.changed)], [])
    exec(compile(body, mutant.path, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - our own words, changed in one place
    table.update(getattr(module, str(mutant.function)))
    setattr(module, str(mutant.function), table)


def compiled(changed: ast.stmt, path: str) -> CodeType:
    """Return the code of a function's text."""
    body = ast.Module([copy.deepcopy(changed)], [])
    for each in body.body:
        if isinstance(each, ast.FunctionDef):
            each.decorator_list = []
    code = compile(ast.fix_missing_locations(body), path, "exec", flags=0, dont_inherit=True)
    name = changed.name if isinstance(changed, ast.FunctionDef) else ""
    return next(each for each in code.co_consts if isinstance(each, CodeType) and each.co_name == name)


def code_of(module: ModuleType, name: str) -> FunctionType:
    """Return the function of a module that holds the code, below properties and decorators."""
    found = functools.reduce(getattr, name.split("."), module)
    found = found.fget if isinstance(found, property) else found
    while not isinstance(found, FunctionType) or hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    return found


def forget() -> None:
    """Empty what functions remember, so that nothing is answered from before a change."""
    for name in [name for name in sys.modules if name.startswith(REMEMBER)]:
        for each in list(vars(sys.modules[name]).values()):
            if isinstance(each, functools._lru_cache_wrapper):
                each.cache_clear()


REMEMBER = ("outcomes.access", "outcomes.records", "outcomes.actions", "outcomes.web")


REDUNDANT: dict[str, str] = {
    "outcomes/records/queries/portal.py:own_record: without if scope.patient_id is None:": (
        "the next line asks `patient_record` for the patient None, who is not found either"
    ),
}
"""Guards that can be taken away and no answer changes, each with the reason."""
