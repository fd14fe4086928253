"""The audit trail of a clinic as its administrator reads it: changes of records and of accounts, and who read what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, select, tuple_
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records import audit
from outcomes.records.base import Base
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.history import ARM_TOLD_BY, SEALED, FieldChange, changes_between, member_names
from outcomes.records.queries.reach import Person, cipher_for, people
from outcomes.records.queries.references import Names, names_of
from outcomes.records.queries.treatment import arm_is_hidden
from outcomes.records.sealed_rows import REASON, opened_by_any, sealed_columns
from outcomes.records.sealing import KeyRing, PatientCipher
from outcomes.records.tables import (
    AnchorMark,
    AuditEntry,
    AuditSeal,
    ChainHead,
    Membership,
    Passkey,
    ReadLog,
)

ACCOUNTS = ("user_account", "passkey")


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """Which entries are asked for; None is any. `before` is the place in the chain to go on from, the newest first."""

    actor: str | None = None
    table: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One change of one row.

    `who` is a member's name, None for the program. `withheld` when its fields would tell an arm that is still hidden
    from this reader.
    """

    position: int
    at: datetime
    who: str | None
    reason: str | None
    table: str
    row_id: str
    operation: str
    patient: Person | None
    changes: tuple[FieldChange, ...]
    withheld: bool


@dataclass(frozen=True, slots=True)
class Trail:
    """A page of the trail; `next_before` is where the next page goes on, None at the end."""

    entries: tuple[TrailEntry, ...]
    names: Names
    next_before: int | None


@dataclass(frozen=True, slots=True)
class ReadRow:
    """Somebody of the clinic opened a patient's record."""

    id: UUID
    at: datetime
    who: str
    patient_id: UUID
    patient: Person | None
    what: str


@dataclass(slots=True)
class _Desk:
    """What turns a page of entries into what a reader may see: keys, names of people, and whose arm is hidden."""

    scope: Scope
    session: Session
    keys: KeyRing
    members: Mapping[str, str]
    patients: Mapping[UUID, Person]
    ciphers: dict[UUID, PatientCipher | None] = field(default_factory=dict)
    hidden: dict[UUID, bool] = field(default_factory=dict)

    def cipher(self, patient_id: UUID) -> PatientCipher | None:
        if patient_id not in self.ciphers:
            self.ciphers[patient_id] = cipher_for(self.scope, self.session, self.keys, patient_id)
        return self.ciphers[patient_id]

    def hides_arm(self, patient_id: UUID) -> bool:
        if patient_id not in self.hidden:
            self.hidden[patient_id] = bool(self.session.scalar(select(arm_is_hidden(self.scope, patient_id))))
        return self.hidden[patient_id]


def trail(scope: Scope, session: Session, keys: KeyRing, chosen: TrailFilter, limit: int = 50) -> Trail:
    """A page of the changes of a clinic's records, the newest first.

    Raises:
        NotFound: for a scope of one patient.
    """
    _staff(scope)
    return _page(scope, session, keys, _of_clinic(scope.clinic_id, chosen), limit)


def account_trail(scope: Scope, session: Session, keys: KeyRing, chosen: TrailFilter, limit: int = 50) -> Trail:
    """A page of the changes of the accounts of this clinic's members, without secrets, the newest first.

    Raises:
        NotFound: for a scope of one patient.
    """
    _staff(scope)
    users = select(Membership.user_id).where(Membership.clinic_id == scope.clinic_id)
    ids = [row.hex for row in session.scalars(users)]
    ids += [row.hex for row in session.scalars(select(Passkey.id).where(Passkey.user_id.in_(users)))]
    own = and_(AuditEntry.table_name.in_(ACCOUNTS), AuditEntry.row_id.in_(ids))
    return _page(scope, session, keys, _of_clinic(audit.INSTALLATION, chosen).where(own), limit)


def _staff(scope: Scope) -> None:
    if scope.patient_id is not None:
        raise NotFound("audit_entry")


def _of_clinic(clinic_id: UUID, chosen: TrailFilter) -> Select[int, AuditEntry]:
    wanted: list[ColumnElement[bool]] = []
    if chosen.actor is not None:
        wanted.append(AuditEntry.actor == chosen.actor)
    if chosen.table is not None:
        wanted.append(AuditEntry.table_name == chosen.table)
    if chosen.since is not None:
        wanted.append(AuditEntry.at >= _as_written(chosen.since))
    if chosen.until is not None:
        wanted.append(AuditEntry.at < _as_written(chosen.until))
    if chosen.before is not None:
        wanted.append(AuditSeal.position < chosen.before)
    return (
        select(AuditSeal.position, AuditEntry)
        .join(AuditEntry, (AuditEntry.clinic_id == AuditSeal.clinic_id) & (AuditEntry.id == AuditSeal.entry_id))
        .where(AuditSeal.clinic_id == clinic_id, *wanted)
        .order_by(AuditSeal.position.desc())
    )


def _as_written(instant: datetime) -> str:
    """An instant in the words of the trail, whose order is that of time."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _page(scope: Scope, session: Session, keys: KeyRing, statement: Select[int, AuditEntry], limit: int) -> Trail:
    found = session.execute(statement.limit(limit + 1)).all()
    rows = found[:limit]
    owners = {owner for _, row in rows if (owner := _owner(row)) is not None}
    members = {**member_names(scope, session), **_account_names(scope, session)}
    desk = _Desk(scope, session, keys, members, people(scope, session, keys, owners))
    entries = tuple(_entry(desk, position, row) for position, row in rows)
    pointing = [
        (change.field, value) for entry in entries for change in entry.changes for value in (change.old, change.new)
    ]
    return Trail(entries, names_of(scope, session, pointing), rows[-1][0] if len(found) > limit else None)


def _account_names(scope: Scope, session: Session) -> dict[str, str]:
    """The names of members as the trail of accounts calls them."""
    statement = select(Membership.user_id, Membership.display_name).where(Membership.clinic_id == scope.clinic_id)
    return {f"user:{user_id}": name for user_id, name in session.execute(statement)}


def _owner(row: AuditEntry) -> UUID | None:
    """The patient whose row was changed, if it was a patient's."""
    held = row.new or row.old or {}
    told = held.get("id") if row.table_name == "patient" else held.get("patient_id")
    return UUID(told) if told else None


def _entry(desk: _Desk, position: int, row: AuditEntry) -> TrailEntry:
    owner = _owner(row)
    withheld = owner is not None and row.table_name in ARM_TOLD_BY and desk.hides_arm(owner)
    ciphers = [cipher] if owner is not None and (cipher := desk.cipher(owner)) else []
    old, new = (_opened(ciphers, row.table_name, held or {}) for held in (row.old, row.new))
    return TrailEntry(
        position=position,
        at=datetime.fromisoformat(row.at),
        who=desk.members.get(row.actor),
        reason=row.reason and opened_by_any(ciphers, REASON, row.reason),
        table=row.table_name,
        row_id=row.row_id,
        operation=row.operation,
        patient=desk.patients.get(owner) if owner else None,
        changes=() if withheld else tuple(changes_between(old, new, _hidden(row.table_name))),
        withheld=withheld,
    )


def _opened(ciphers: list[PatientCipher], table: str, held: Mapping[str, Any]) -> dict[str, Any]:
    own = {name for name in sealed_columns(table) & held.keys() if held[name] is not None}
    return dict(held) | {name: opened_by_any(ciphers, f"{table}.{name}", str(held[name])) for name in own}


def _hidden(table: str) -> frozenset[str]:
    """The columns of which only the change is told: identifiers, secrets, and what stands in the trail by its hash."""
    columns = Base.metadata.tables[table]
    return SEALED | set(audit.secret_columns(columns)) | set(audit.personal_columns(columns))


def read_log(
    scope: Scope,
    session: Session,
    keys: KeyRing,
    *,
    member: UUID | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> tuple[ReadRow, ...]:
    """Who of the clinic opened whose record, the newest first, going on after one row of it.

    Raises:
        NotFound: for a scope of one patient.
    """
    _staff(scope)
    last = session.get(ReadLog, (scope.clinic_id, after)) if after else None
    wanted = [ReadLog.membership_id == member] if member else []
    if last is not None:
        wanted.append(tuple_(ReadLog.at, ReadLog.id) < (last.at, last.id))
    statement = (
        select(ReadLog.id, ReadLog.at, Membership.display_name, ReadLog.patient_id, ReadLog.what)
        .join(Membership, (Membership.clinic_id == ReadLog.clinic_id) & (Membership.id == ReadLog.membership_id))
        .where(ReadLog.clinic_id == scope.clinic_id, *wanted)
        .order_by(ReadLog.at.desc(), ReadLog.id.desc())
        .limit(limit)
    )
    rows = session.execute(statement).all()
    known = people(scope, session, keys, {row.patient_id for row in rows})
    return tuple(ReadRow(row.id, row.at, row[2], row.patient_id, known.get(row.patient_id), row.what) for row in rows)


@dataclass(frozen=True, slots=True)
class Anchored:
    """How far the clinic's chain has come, and how far and when it was last written down outside the database."""

    position: int
    anchored: int | None
    at: datetime | None


def anchored(scope: Scope, session: Session) -> Anchored:
    """How old the newest anchor of the clinic's chain is.

    Raises:
        NotFound: for a scope of one patient.
    """
    _staff(scope)
    position = session.scalar(select(ChainHead.position).where(ChainHead.clinic_id == scope.clinic_id)) or 0
    mark = session.get(AnchorMark, scope.clinic_id)
    return Anchored(position, mark.position if mark else None, mark.anchored_at if mark else None)


def actors(scope: Scope, session: Session) -> list[tuple[str, str]]:
    """Everybody who is or was a member: how the trail calls them, and their names."""
    return sorted(member_names(scope, session).items(), key=lambda each: each[1])
