"""What was answered: protocols, visits, assessments and the scores computed from them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outcomes.records.base import SEALED, Base, ClinicRow, Code, Instant, Json, belongs_to, of_clinic
from outcomes.terms import Absence, AnsweredBy, AssessmentState, Language, Reached, Severity


class Protocol(ClinicRow, Base):
    """A version of the clinic's plan: time points with windows and the instruments due at each.

    `time_points` is a list of {"code", "title": {"en", "tr"}, "day", "before", "after", "instruments": [code]},
    days counted from FMT. A version is never edited; the one with the highest number is in force.
    """

    __tablename__ = "protocol"

    number: Mapped[int]
    from_date: Mapped[date]
    primary_scale: Mapped[str] = mapped_column(String(80))
    qualifying_scale: Mapped[str | None] = mapped_column(String(80))
    time_points: Mapped[list[dict[str, Any]]] = mapped_column(Json)

    __table_args__ = (of_clinic(), UniqueConstraint("clinic_id", "number"))


class Visit(ClinicRow, Base):
    """One occasion on which scores were taken. Its time point and window are computed on reading."""

    __tablename__ = "visit"

    patient_id: Mapped[UUID]
    on_date: Mapped[date]
    time_zone: Mapped[str] = mapped_column(String(64))
    reached: Mapped[Reached] = mapped_column(Code(Reached))
    severity: Mapped[Severity | None] = mapped_column(Code(Severity))
    crash: Mapped[bool] = mapped_column(default=False)
    too_ill: Mapped[bool] = mapped_column(default=False)
    qualifying: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str | None] = mapped_column(Text, info=SEALED)
    made_at: Mapped[datetime] = mapped_column(Instant)
    import_id: Mapped[UUID | None]

    __table_args__ = (
        belongs_to("patient"),
        belongs_to("import_run", "import_id"),
        Index(None, "clinic_id", "patient_id", "on_date"),
        Index(None, "clinic_id", "made_at"),
        Index(None, "clinic_id", "qualifying"),
    )


class Assessment(ClinicRow, Base):
    """One instrument filled in on one visit: every answer as given, and how it was given.

    `given_on` holds the day of each answer by item, where they came one by one; an item with a day and without an
    answer was skipped on purpose.
    """

    __tablename__ = "assessment"

    visit_id: Mapped[UUID]
    patient_id: Mapped[UUID]
    instrument: Mapped[str] = mapped_column(String(60))
    key_version: Mapped[str] = mapped_column(String(40))
    form_version: Mapped[str | None] = mapped_column(String(60))
    language: Mapped[Language] = mapped_column(Code(Language))
    wording_version: Mapped[str | None] = mapped_column(String(60))
    answered_by: Mapped[AnsweredBy] = mapped_column(Code(AnsweredBy))
    answers: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    totals: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    state: Mapped[AssessmentState] = mapped_column(Code(AssessmentState))
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    given_on: Mapped[dict[str, Any] | None] = mapped_column(Json)

    __table_args__ = (
        belongs_to("visit"),
        belongs_to("patient"),
        UniqueConstraint("clinic_id", "visit_id", "instrument"),
        Index(None, "clinic_id", "patient_id"),
    )


class Score(Base):
    """One scale's value on one civil date; flat and narrow, written with its assessment.

    `scale` is the instrument's code and the scale's code joined by a dot, e.g. "chalder11.likert".
    `value` is None exactly when `absence` says why.
    """

    __tablename__ = "score"

    clinic_id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(primary_key=True)
    assessment_id: Mapped[UUID] = mapped_column(primary_key=True)
    scale: Mapped[str] = mapped_column(String(80), primary_key=True)
    on_date: Mapped[date]
    value: Mapped[float | None]
    standard_error: Mapped[float | None]
    key_version: Mapped[str] = mapped_column(String(40))
    items_used: Mapped[int]
    items: Mapped[int]
    absence: Mapped[Absence | None] = mapped_column(Code(Absence))

    __table_args__ = (
        belongs_to("patient"),
        belongs_to("assessment"),
        Index(None, "clinic_id", "scale", "patient_id", "on_date"),
    )
