"""Setting the clinic's plan. A version is never edited: a change makes the next one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from outcomes.access.rules import Act
from outcomes.actions.errors import Invalid
from outcomes.actions.work import Work, add, may
from outcomes.change.windows import TimePointError, as_stored, time_points
from outcomes.records.tables import Protocol
from outcomes.voice import N_


@dataclass(frozen=True, slots=True)
class ProtocolForm:
    """A version of the plan. `time_points` are as `outcomes.change.windows.as_stored` gives them.

    `primary_scale` was named before data were seen; `qualifying_scale` is the one by whose score patients were let
    into treatment, if any.
    """

    primary_scale: str
    time_points: Sequence[Mapping[str, Any]]
    qualifying_scale: str | None = None
    from_date: date | None = None


def set_protocol(work: Work, form: ProtocolForm) -> UUID:
    """Store the next version of the plan, in force from now on, and return its id.

    Raises:
        NotAllowed: for anybody but administrators.
        Invalid: for a time point that cannot be read, a scale or an instrument that is not installed, or no time point.
    """
    may(work, Act.MANAGE_PROTOCOL)
    points = _checked_points(work, form)
    for name in ("primary_scale", "qualifying_scale"):
        _check_scale(work, name, getattr(form, name))
    last = work.session.scalar(select(func.max(Protocol.number)).where(Protocol.clinic_id == work.clinic_id)) or 0
    row = Protocol(
        number=last + 1,
        from_date=form.from_date or work.today,
        primary_scale=form.primary_scale,
        qualifying_scale=form.qualifying_scale,
        time_points=points,
    )
    return add(work, row)


def _checked_points(work: Work, form: ProtocolForm) -> list[dict[str, Any]]:
    try:
        points = time_points(form.time_points)
    except TimePointError as error:
        raise Invalid(
            "time_point",
            "time_points",
            N_("Time point %(number)s cannot be used: look at “%(key)s”."),
            number=error.index + 1,
            key=error.key,
        ) from error
    if not points:
        raise Invalid("no_time_point", "time_points", N_("A plan needs at least one time point."))
    for code in {code for point in points for code in point.instruments}:
        if code not in work.catalogue:
            raise _not_installed("time_points", code)
    return as_stored(points)


def _check_scale(work: Work, field: str, key: str | None) -> None:
    if key is None:
        return
    code = key.partition(".")[0]
    if code not in work.catalogue or key not in {scale.key for scale in work.catalogue[code].scales}:
        raise _not_installed(field, key)


def _not_installed(field: str, name: str) -> Invalid:
    return Invalid(
        "unknown_instrument", field, N_("This instrument is not installed: %(instrument)s."), instrument=name
    )
