"""The daily diary: one tap a day and scale, correctable on that day."""

from uuid import UUID

from sqlalchemy import select

from outcomes.access.rules import Act
from outcomes.actions.checks import within
from outcomes.actions.errors import Invalid, NotAllowed
from outcomes.actions.work import Work, add, may, the_patient
from outcomes.records.tables import DiaryDay
from outcomes.voice import N_

DIARY = ("own_fatigue.score", "own_thinking.score", "own_quality_of_life.score")
"""The scales of the diary, fatigue first."""
MOST = 10


def tap(work: Work, patient_id: UUID, scale: str, value: int) -> None:
    """Write down today's value of a scale; a second tap on the same day corrects the first.

    Raises:
        NotAllowed: for anybody but the patient.
        NotFound: for a patient who is not there.
        Invalid: for a scale that the diary does not have, or a value outside 0 to 10.
    """
    may(work, Act.REPORT_ON_ONESELF, patient_id)
    the_patient(work, patient_id)
    if scale not in DIARY:
        raise Invalid("unknown_scale", "scale", N_("The diary does not ask this."))
    within("value", value, 0, MOST)
    member = work.actor.membership_id
    if member is None:
        raise NotAllowed("keep_diary")
    row = _today(work, patient_id, scale)
    if row is None:
        place = {"patient_id": patient_id, "scale": scale, "on_date": work.today}
        add(work, DiaryDay(**place, value=value, membership_id=member, given_at=work.now))
    elif row.value != value:
        row.value, row.membership_id, row.given_at = value, member, work.now
        row.version += 1
    work.session.flush()


def _today(work: Work, patient_id: UUID, scale: str) -> DiaryDay | None:
    statement = select(DiaryDay).where(
        DiaryDay.clinic_id == work.clinic_id,
        DiaryDay.patient_id == patient_id,
        DiaryDay.scale == scale,
        DiaryDay.on_date == work.today,
    )
    return work.session.scalar(statement.with_for_update())
