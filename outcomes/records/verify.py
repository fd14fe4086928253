"""Verification: chain, replay against the rows, anchors, the text of the triggers, signatures, in one pass.

Each of the first four sees what the others miss: the chain an edited entry, the replay a row edited past the
trail, an anchor a trail cut off at its end, the triggers' text a trail that is no longer written.
A signature names the visit whose content is no longer what somebody signed.
"""

from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, Text, bindparam, cast, func, select, text
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records import audit
from outcomes.records.anchors import Anchor, read_anchors
from outcomes.records.chain import BOUND, ENTRY, HEAD, SEAL, mac_of
from outcomes.records.faults import Fault, FaultKind
from outcomes.records.replay import Replay
from outcomes.records.signing import broken_signatures
from outcomes.records.tables import AnchorMark, Clinic
from outcomes.records.wall import wall_faults

MOST_FAULTS = 1000
AT_ONCE = 2000

Progress = Callable[[int, int], None]

_chain: Select[Any] = (
    select(SEAL.c.position, SEAL.c.mac, *(cast(ENTRY.c[name], Text) for name in BOUND))
    .outerjoin_from(SEAL, ENTRY, (ENTRY.c.clinic_id == SEAL.c.clinic_id) & (ENTRY.c.id == SEAL.c.entry_id))
    .where(SEAL.c.clinic_id == bindparam("clinic"))
    .order_by(SEAL.c.position)
)
_unsealed = (
    select(ENTRY.c.id)
    .where(ENTRY.c.clinic_id == bindparam("clinic"))
    .except_(select(SEAL.c.entry_id).where(SEAL.c.clinic_id == bindparam("clinic")))
)


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked at and what is wrong; `stopped` when there were too many faults to go on."""

    entries: int
    faults: tuple[Fault, ...]
    stopped: bool = False

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


@dataclass(slots=True)
class _Count:
    """How many entries have been seen, told to whoever waits."""

    total: int
    tell: Progress
    done: int = 0

    def one(self) -> None:
        self.done += 1
        if self.done % AT_ONCE == 0 or self.done == self.total:
            self.tell(self.done, self.total)


def verify(
    session: Session, anchors: Path | None = None, only: Scope | None = None, tell: Progress | None = None
) -> Verification:
    """Check the trail of every clinic, or of one, in a single state of the database.

    Parameters:
        session: A reading session.
        anchors: The folder of the anchor file, where there is one.
        only: The one clinic to check; its accounts are checked too.
        tell: Called now and then with how many entries are done, of how many.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL enable_nestloop = off"))  # it reads all of both sides of a join
    key: bytes = connection.get_execution_options()["audit_key"]
    kept = list(read_anchors(anchors, key)) if anchors else []
    clinics = _clinics(connection, kept, only)
    total = connection.scalar(select(func.count()).select_from(SEAL).where(SEAL.c.clinic_id.in_(clinics))) or 0
    count = _Count(total, tell or (lambda _done, _total: None))
    found = _all_faults(connection, key, clinics, kept if anchors else None, count)
    faults = [fault for _, fault in zip(range(MOST_FAULTS), found, strict=False)]
    return Verification(count.done, tuple(faults), stopped=len(faults) == MOST_FAULTS)


def _all_faults(
    connection: Connection, key: bytes, clinics: list[UUID], kept: list[Anchor] | None, count: _Count
) -> Iterator[Fault]:
    yield from trigger_faults(connection)
    yield from wall_faults(connection)
    anchored: dict[UUID, dict[int, str]] = defaultdict(dict)
    for anchor in kept or ():
        if anchor.genuine:
            anchored[anchor.clinic_id][anchor.position] = anchor.mac
        else:
            yield Fault(FaultKind.ANCHOR_FORGED)
    if kept is not None:
        yield from _lost_anchors(connection, clinics, anchored)
    for clinic in clinics:
        yield from _clinic_faults(connection, key, clinic, anchored[clinic], count)


def _clinics(connection: Connection, kept: list[Anchor], only: Scope | None) -> list[UUID]:
    """Return every clinic of which there is a trace anywhere."""
    if only is not None:
        return [audit.INSTALLATION, only.clinic_id]
    traces = [Clinic.clinic_id, HEAD.c.clinic_id, SEAL.c.clinic_id, ENTRY.c.clinic_id]
    found = {audit.INSTALLATION} | {anchor.clinic_id for anchor in kept}
    for column in traces:
        found |= set(connection.scalars(select(column).distinct()))
    return sorted(found)


def _clinic_faults(
    connection: Connection, key: bytes, clinic: UUID, anchored: dict[int, str], count: _Count
) -> Iterator[Fault]:
    replay = Replay(clinic)
    end = yield from _chain_faults(connection, key, clinic, anchored, replay, count)
    for position in anchored:  # those met were taken out on the way
        yield Fault(FaultKind.ANCHOR_UNMET, clinic, position=position)
    if _head(connection, clinic) != end:
        yield Fault(FaultKind.HEAD_MOVED, clinic, position=end[0])
    for entry_id in connection.scalars(_unsealed, {"clinic": clinic}):
        of_entry = (ENTRY.c.clinic_id == clinic) & (ENTRY.c.id == entry_id)
        entry = connection.execute(select(ENTRY.c.table_name, ENTRY.c.row_id).where(of_entry)).one()
        yield Fault(FaultKind.ENTRY_UNSEALED, clinic, *entry)
    yield from replay.faults(connection)
    for visit_id in broken_signatures(connection, clinic):
        yield Fault(FaultKind.SIGNATURE_BROKEN, clinic, "visit", visit_id.hex)


def _chain_faults(
    connection: Connection, key: bytes, clinic: UUID, anchored: dict[int, str], replay: Replay, count: _Count
) -> Generator[Fault, None, tuple[int, str]]:
    """Walk the chain; yield its faults and return its last position and hash.

    After a fault the walk goes on from the hash that is stored, so that one changed entry is one fault.
    """
    walk = connection.execute(_chain, {"clinic": clinic}, execution_options={"yield_per": AT_ONCE})
    before, due = "", 1
    for position, mac, entry_id, *rest in walk:
        count.one()
        if position != due:
            yield Fault(FaultKind.SEAL_MISSING, clinic, position=due)
        if entry_id is None:
            yield Fault(FaultKind.ENTRY_MISSING, clinic, position=position)
        else:
            at, actor, reason, table, row_id, operation, old, new = rest
            entry = (entry_id.replace("-", ""), at, actor, reason, table, row_id, operation, old, new)
            if position == due and mac_of(key, before, clinic.hex, position, entry) != mac:
                yield Fault(FaultKind.ENTRY_CHANGED, clinic, table, row_id, position=position)
            replay.apply(position, table, row_id, old, new)
        if anchored and anchored.get(position) == mac:
            del anchored[position]
        before, due = mac, position + 1
    return due - 1, before


def _head(connection: Connection, clinic: UUID) -> tuple[int, str]:
    head = connection.execute(select(HEAD.c.position, HEAD.c.mac).where(HEAD.c.clinic_id == clinic)).one_or_none()
    return (head.position, head.mac) if head else (0, "")


def _lost_anchors(connection: Connection, clinics: list[UUID], anchored: dict[UUID, dict[int, str]]) -> Iterator[Fault]:
    """Name the anchors that the database remembers and the file does not."""
    for clinic, position in connection.execute(select(AnchorMark.clinic_id, AnchorMark.position)):
        if clinic in clinics and position not in anchored[clinic]:
            yield Fault(FaultKind.ANCHOR_LOST, clinic, position=position)


def trigger_faults(connection: Connection) -> Iterator[Fault]:
    """Compare the triggers of the database, and the functions they call, with what they must be."""
    dialect = connection.dialect.name
    expected = {_name_of(statement): statement for statement in audit.statements(dialect)}
    there = _on_sqlite(connection) if dialect == "sqlite" else _on_postgresql(connection)
    for name in sorted(expected.keys() | there.keys()):
        if expected.get(name) != there.get(name):
            yield Fault(FaultKind.TRIGGER_CHANGED, table=name)


def _name_of(statement: str) -> str:
    return statement.split()[2]


def _on_sqlite(connection: Connection) -> dict[str, str]:
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return {name: statement for name, statement in rows}  # noqa: C416 - rows are not pairs to a type checker


def _on_postgresql(connection: Connection) -> dict[str, str]:
    """Read triggers and functions back in the words in which they were made; one that is off has none."""
    triggers = text(
        "SELECT tgname, CASE tgenabled WHEN 'O' THEN pg_get_triggerdef(pg_trigger.oid, true) ELSE '' END"
        " FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE NOT tgisinternal AND tgparentid = 0 AND relnamespace = current_schema()::regnamespace"
    )
    functions = text(
        "SELECT proname, prosrc, coalesce(proconfig, '{}'), prosecdef FROM pg_proc"
        " WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'audit%'"
    )
    there = {name: statement for name, statement in connection.execute(triggers)}  # noqa: C416 - see above
    for name, body, settings, as_owner in connection.execute(functions):
        given = "".join(" SET {}='{}'".format(*setting.split("=", 1)) for setting in settings)
        there[f"{name}()"] = "" if as_owner else audit.function(name, body, given)
    return there
