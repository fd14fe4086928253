"""What patients tell by themselves: forms sent in, the daily diary, their own activities; and how they are asked."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outcomes.records.base import SEALED, UNAUDITED, Base, ClinicRow, Instant, belongs_to


class SelfReport(ClinicRow, Base):
    """A form that a patient sent in, on the visit that holds its answers, and what the clinic did with it.

    `membership_id` is who sent it; `short` marks the one question of a bad day; `note` is what the reviewer tells
    the patient.
    """

    __tablename__ = "self_report"

    patient_id: Mapped[UUID]
    visit_id: Mapped[UUID]
    membership_id: Mapped[UUID]
    short: Mapped[bool] = mapped_column(default=False)
    words: Mapped[str | None] = mapped_column(Text, info=SEALED)
    sent_at: Mapped[datetime] = mapped_column(Instant)
    reviewed_at: Mapped[datetime | None] = mapped_column(Instant)
    reviewed_by: Mapped[UUID | None]
    note: Mapped[str | None] = mapped_column(Text, info=SEALED)

    __table_args__ = (
        belongs_to("patient"),
        belongs_to("visit"),
        belongs_to("membership"),
        belongs_to("membership", "reviewed_by"),
        Index(None, "clinic_id", "patient_id", "sent_at"),
        Index(None, "clinic_id", "reviewed_at"),
    )


class DiaryDay(ClinicRow, Base):
    """One scale's value on one day, as tapped; the weekly mean is computed on reading."""

    __tablename__ = "diary_day"

    patient_id: Mapped[UUID]
    membership_id: Mapped[UUID]
    scale: Mapped[str] = mapped_column(String(80))
    on_date: Mapped[date]
    value: Mapped[int] = mapped_column(SmallInteger)
    given_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        belongs_to("patient"),
        belongs_to("membership"),
        UniqueConstraint("clinic_id", "patient_id", "scale", "on_date"),
    )


class OwnActivity(ClinicRow, Base):
    """Something a patient wants to be able to do, in the patient's words. `ended_at` is when it was laid aside."""

    __tablename__ = "own_activity"

    patient_id: Mapped[UUID]
    words: Mapped[str] = mapped_column(Text, info=SEALED)
    made_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (belongs_to("patient"), Index(None, "clinic_id", "patient_id"))


class ActivityScore(ClinicRow, Base):
    """How hard an own activity was on a visit, 0 (no trouble) to 10 (could not do it)."""

    __tablename__ = "activity_score"

    patient_id: Mapped[UUID]
    visit_id: Mapped[UUID]
    activity_id: Mapped[UUID]
    value: Mapped[int] = mapped_column(SmallInteger)

    __table_args__ = (
        belongs_to("patient"),
        belongs_to("visit"),
        belongs_to("own_activity", "activity_id"),
        UniqueConstraint("clinic_id", "visit_id", "activity_id"),
        Index(None, "clinic_id", "patient_id"),
    )


class Reminder(Base):
    """One letter that something is due, claimed before it is sent: one an account, follow-up and kind, never a second.

    `course` is the day 0 from which the follow-up counts, or "before". A letter the mail server refused has no
    `claimed_at` any more and is tried again; one that was claimed and never said to be sent may have gone out, and is
    not. No fact about anybody's health, so it has no trail; the consent to letters, and its withdrawal, have one.
    """

    __tablename__ = "reminder"

    clinic_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    membership_id: Mapped[UUID]
    patient_id: Mapped[UUID]
    point: Mapped[str] = mapped_column(String(60))
    course: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(20))
    claimed_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        belongs_to("membership"),
        belongs_to("patient"),
        UniqueConstraint("clinic_id", "membership_id", "point", "course", "kind"),
        UNAUDITED,
    )
