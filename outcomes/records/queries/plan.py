"""The protocol in force, as pages and windows need it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.change.windows import TimePoint, default_time_points, time_points
from outcomes.records.queries.reach import live
from outcomes.records.tables import Protocol


@dataclass(frozen=True, slots=True)
class Plan:
    """A version of the clinic's protocol. Number 0 stands for a clinic that has none yet."""

    id: UUID | None
    number: int
    from_date: date | None
    primary_scale: str | None
    qualifying_scale: str | None
    points: tuple[TimePoint, ...]

    def point(self, code: str) -> TimePoint | None:
        """The time point of this code."""
        return next((point for point in self.points if point.code == code), None)


NO_PLAN = Plan(None, 0, None, None, None, default_time_points())


def plans(scope: Scope, session: Session) -> tuple[Plan, ...]:
    """Every version of the protocol, the newest first."""
    rows = session.scalars(select(Protocol).where(live(Protocol, scope)).order_by(Protocol.number.desc()))
    return tuple(
        Plan(
            row.id,
            row.number,
            row.from_date,
            row.primary_scale,
            row.qualifying_scale,
            time_points(row.time_points),
        )
        for row in rows
    )


def plan(scope: Scope, session: Session) -> Plan:
    """The version in force: the one with the highest number."""
    return next(iter(plans(scope, session)), NO_PLAN)
