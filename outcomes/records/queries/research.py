"""Releases as pages show them: to researchers the finished ones, to administrators all; never a live record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from outcomes.access.scope import ReleaseScope, Scope
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.reach import live
from outcomes.records.tables import Clinic, Membership, Release, ReleaseApproval, ReleaseTaking
from outcomes.terms import ReleaseState

APPROVED = ReleaseState.APPROVED.value
ONE_PERSON = "release_by_one_person"


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A release. `counts` hold numbers that may be shown, `risk` what was measured, or why it was refused."""

    id: UUID
    title: str
    tier: int
    as_of: datetime
    state: str
    version: int
    purpose: str | None
    basis: str | None
    prepared_by: UUID | None
    recipe: Mapping[str, Any] = field(repr=False)
    risk: Mapping[str, Any] = field(repr=False)
    counts: Mapping[str, Any] | None
    file_sha256: str | None
    file_bytes: int | None


@dataclass(frozen=True, slots=True)
class Deed:
    """Who approved or took a release, when, and for a taking what for; no name stands for a command."""

    who: str | None
    at: datetime
    why: str = ""


_COLUMNS = (
    *(Release.id, Release.title, Release.tier, Release.as_of, Release.state, Release.version, Release.purpose),
    *(Release.basis, Release.prepared_by, Release.recipe, Release.risk, Release.counts),
    *(Release.file_sha256, Release.file_bytes),
)


def finished_releases(scope: ReleaseScope, session: Session) -> tuple[ReleaseRow, ...]:
    """The approved releases of a clinic, the newest first."""
    return _rows(session, _statement(scope.clinic_id).where(Release.state == APPROVED))


def finished_release(scope: ReleaseScope, session: Session, release_id: UUID) -> ReleaseRow:
    """An approved release of a clinic.

    Raises:
        NotFound: there is none of this id that is approved.
    """
    found = _rows(session, _statement(scope.clinic_id).where(Release.state == APPROVED, Release.id == release_id))
    return _only(found, release_id)


def all_releases(scope: Scope, session: Session) -> tuple[ReleaseRow, ...]:
    """Every release of a clinic, whatever came of it, the newest first.

    Raises:
        NotFound: for a scope of one patient.
    """
    _staff_only(scope)
    return _rows(session, _statement(scope.clinic_id))


def one_release(scope: Scope, session: Session, release_id: UUID) -> ReleaseRow:
    """A release of a clinic, whatever came of it.

    Raises:
        NotFound: there is none of this id, or for a scope of one patient.
    """
    _staff_only(scope)
    return _only(_rows(session, _statement(scope.clinic_id).where(Release.id == release_id)), release_id)


def one_person_approves(scope: Scope, session: Session) -> bool:
    """Whether the clinic lets whoever prepared a release approve it; without that setting two persons are needed."""
    settings = session.scalar(select(Clinic.settings).where(Clinic.clinic_id == scope.clinic_id)) or {}
    return bool(settings.get(ONE_PERSON, False))


def approvals(scope: Scope, session: Session, release_id: UUID) -> tuple[Deed, ...]:
    """Who approved a release."""
    statement = (
        select(Membership.display_name, ReleaseApproval.at)
        .join(Membership, _is_member(ReleaseApproval))
        .where(live(ReleaseApproval, scope), ReleaseApproval.release_id == release_id)
        .order_by(ReleaseApproval.at)
    )
    return tuple(Deed(*row) for row in session.execute(statement))


def takings(scope: Scope, session: Session, release_id: UUID) -> tuple[Deed, ...]:
    """Who took a release, and what for."""
    statement = (
        select(Membership.display_name, ReleaseTaking.at, ReleaseTaking.why)
        .outerjoin(Membership, _is_member(ReleaseTaking))
        .where(live(ReleaseTaking, scope), ReleaseTaking.release_id == release_id)
        .order_by(ReleaseTaking.at)
    )
    return tuple(Deed(*row) for row in session.execute(statement))


def _is_member(table: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a table with a member in it
    joined: ColumnElement[bool] = (Membership.clinic_id == table.clinic_id) & (Membership.id == table.membership_id)
    return joined


def _statement(clinic_id: UUID) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .where(Release.clinic_id == clinic_id, Release.deleted_at.is_(None))
        .order_by(Release.as_of.desc(), Release.id)
    )


def _rows(session: Session, statement: Select[Any]) -> tuple[ReleaseRow, ...]:
    return tuple(ReleaseRow(*row) for row in session.execute(statement))


def _only(found: tuple[ReleaseRow, ...], release_id: UUID) -> ReleaseRow:
    if not found:
        raise NotFound("release", release_id)
    return found[0]


def _staff_only(scope: Scope) -> None:
    if scope.patient_id is not None:
        raise NotFound("release")
