"""Every statement of a query or an act says whose rows it means: the clinic of each table that it names.

A statement that forgets the clinic gives the right answer as long as no other clinic has such a row, so hardly any
test of what comes out would tell. Here the statements themselves are read as they go to a database of the tests: each
table of clinics' rows must be held to a given clinic, by itself or by what it is joined to.
"""

import re
import sys
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Engine, event

from outcomes.records import tables
from outcomes.records.base import Base

assert tables.Patient.metadata is Base.metadata  # all of them are known from here on
READ = ("outcomes.records.queries", "outcomes.actions")
BEYOND = ("outcomes.records.session", "outcomes.records.base")
TOKEN = re.compile(r"'[^']*'|%\(\w+\)s|[\w\".]+|[^\s\w]")
GIVEN = re.compile(r"\?|%\(\w+\)s")
AFTER_FROM = {"WHERE", "GROUP", "ORDER", "LIMIT", "HAVING", "UNION", "RETURNING", "SET", "EXCEPT", "FOR"}
BEGINS = {"SELECT", "UPDATE", "DELETE"}
NO_BEGINNING = {("FOR", "UPDATE"), ("DO", "UPDATE"), ("DISTINCT", "FROM"), ("KEY", "UPDATE")}
NO_ALIAS = AFTER_FROM | {"JOIN", "LEFT", "OUTER", "INNER", "ON", "AS", "NO", "CROSS"}
NOTHING = ("0 = 1", "false")
GIVEN_CLINIC = (0, "")


@dataclass
class Part:
    """One SELECT, UPDATE or DELETE of a statement: its tables by how it calls them, and whose clinics are equal."""

    outer: "Part | None"
    depth: int
    tables: dict[str, str] = field(default_factory=dict)
    equal: list[tuple[str, str]] = field(default_factory=list)
    in_from: bool = False
    of_nothing: bool = False  # as a search is written that can find nobody

    def place(self, name: str) -> tuple[int, str]:
        """The table that a name means here: of this part or of one around it, or what has been held to a clinic."""
        part: Part | None = self
        while part is not None:
            if name in part.tables:
                return id(part), name
            part = part.outer
        return GIVEN_CLINIC


def parts_of(statement: str) -> list[Part]:
    """Read the parts of a statement as SQLAlchemy writes it."""
    tokens = TOKEN.findall(statement)
    parts: list[Part] = []
    part, depth, wanted = None, 0, False
    for at, token in enumerate(tokens):
        word, before = token.upper(), tokens[at - 1].upper() if at else ""
        if token == "(":
            depth += 1
        elif token == ")":
            depth -= 1
            while part is not None and part.depth > depth:
                part = part.outer
        elif (before, word) in NO_BEGINNING:
            continue
        elif word in BEGINS:
            outer = part.outer if part is not None and part.depth == depth else part
            part = Part(outer, depth)
            parts.append(part)
            wanted = word == "UPDATE"
        elif part is not None:
            wanted = _read(part, tokens, at, depth, wanted=wanted)
    return parts


def _read(part: Part, tokens: list[str], at: int, depth: int, *, wanted: bool) -> bool:
    """Take in one word of a part; tell whether the name of a table comes next."""
    token, word = tokens[at], tokens[at].upper()
    if (word == "FROM" and depth == part.depth) or word == "JOIN":
        part.in_from = True
        return True
    if token == "," and part.in_from and depth == part.depth:
        return True
    if word in AFTER_FROM and depth == part.depth:
        part.in_from = False
        part.of_nothing |= word == "WHERE" and " ".join(tokens[at + 1 : at + 4]).startswith(NOTHING)
    if wanted and re.match(r"\w", token):
        part.tables[_alias(tokens, at)] = token
        return False
    _compare(part, tokens, at)
    return False


def _alias(tokens: list[str], at: int) -> str:
    after = tokens[at + 1 : at + 3]
    if after and after[0].upper() == "AS":
        return after[1]
    return after[0] if after and re.match(r"\w", after[0]) and after[0].upper() not in NO_ALIAS else tokens[at]


def _compare(part: Part, tokens: list[str], at: int) -> None:
    """Keep that the clinic of one table is that of another, or is given."""
    name, _, column = tokens[at].rpartition(".")
    if column != "clinic_id" or not name:
        return
    around = [tokens[at + 1 : at + 3], tokens[max(at - 2, 0) : at][::-1]]
    for operator, other in (each for each in around if len(each) == 2):
        if operator == "=" and (GIVEN.fullmatch(other) or other.endswith(".clinic_id")):
            part.equal.append((name, "" if GIVEN.fullmatch(other) else other.rpartition(".")[0]))
    if tokens[at + 1 : at + 3] == ["IN", "("]:
        part.equal.append((name, ""))


OF_CLINICS = {table.name for table in Base.metadata.sorted_tables if "clinic_id" in table.c}


@cache
def unbound(statement: str, root: str = "") -> frozenset[str]:
    """The tables of a statement that are held to no clinic, nor to the clinic of its root where it has one."""
    parts = parts_of(statement)
    named = {(id(part), name): table for part in parts if not part.of_nothing for name, table in part.tables.items()}
    pairs = [{part.place(one), part.place(other)} for part in parts for one, other in part.equal]
    held = {GIVEN_CLINIC}
    held |= {
        (id(part), name) for part in parts for name, table in part.tables.items() if table not in OF_CLINICS - {root}
    }
    while found := {each for pair in pairs if pair & held for each in pair} - held:
        held |= found
    return frozenset(table for place, table in named.items() if place not in held)


def asker() -> str:
    """The module and function of the program that sends a statement, if a query or an act does."""
    frame = sys._getframe(2)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith(("outcomes.", "tests.")) and not module.startswith(BEYOND):
            return f"{module}.{frame.f_code.co_name}" if module.startswith(READ) else ""
        frame = frame.f_back
    return ""


def watch() -> None:
    """Refuse, in every database of this process, what a query or an act asks of all clinics at once."""
    event.listen(Engine, "before_cursor_execute", _look_at)


def _look_at(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    left = unbound(statement)
    if left and (who := asker()):
        left = unbound(statement, ROOTS.get(who, ("", ""))[0])
        assert not left, f"{who} names no clinic for {sorted(left)}: {statement}"


ROOTS = {
    "outcomes.actions.erase._close_account": ("membership", "an account lives on while it has a place anywhere"),
    "outcomes.actions.importing.clinics.clinics": ("clinic", "the command asks which of them a file is for"),
    "outcomes.actions.signing_in._reaches_further": ("membership", "nobody has chosen a place yet"),
    "outcomes.records.queries.factors.is_staff": ("membership", "whoever is staff anywhere owes a second factor"),
    "outcomes.records.queries.signing_in.demo_accounts": (
        "membership",
        "the demo's invented people, for its front door",
    ),
    "outcomes.records.queries.signing_in.invited": ("invitation", "found by the secret of the link"),
    "outcomes.records.queries.signing_in.signed_in": ("membership", "found by the secret of the cookie"),
}
"""What is asked of every clinic at once, from which table on, and why."""
