"""The clinic's own measurement error: from its people whose baseline was taken more than once."""

from collections.abc import Collection, Mapping

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.change.individual import OwnError, own_error
from outcomes.change.windows import BASELINE_WINDOW
from outcomes.records.queries.days import days_after
from outcomes.records.queries.plainly import plain_rows
from outcomes.records.queries.reach import anchors, live
from outcomes.records.queries.remembered import Remembered
from outcomes.records.session import whole_clinic
from outcomes.records.tables import Assessment, Score, Visit


def repeated_baselines(
    scope: Scope, session: Session, scales: Collection[str]
) -> dict[str, tuple[tuple[float, ...], ...]]:
    """By scale, the baseline scores of every patient who has two or more.

    Scores that qualified a patient for treatment are left out: they were chosen for being bad.
    """
    anchor = anchors(Scope(scope.clinic_id, None, scope.blinded))
    statement = (
        select(Score.scale, Score.patient_id, Score.value, Score.assessment_id)
        .select_from(anchor)
        .outerjoin(  # an outer join keeps SQLite from reading all scores of the clinic first
            Score,
            and_(
                Score.clinic_id == scope.clinic_id,
                Score.scale.in_(scales),
                Score.patient_id == anchor.c.patient_id,
                Score.on_date.between(days_after(anchor.c.first_day, -BASELINE_WINDOW), anchor.c.first_day),
            ),
        )
    )
    left_out = qualifying_assessments(scope, session)
    found: dict[str, dict[object, list[float]]] = {}
    for scale, patient_id, value, assessment_id in plain_rows(session, statement):
        if value is not None and assessment_id not in left_out:
            found.setdefault(scale, {}).setdefault(patient_id, []).append(value)
    return {scale: tuple(tuple(each) for each in people.values() if len(each) > 1) for scale, people in found.items()}


def qualifying_assessments(scope: Scope, session: Session) -> set[object]:
    """The assessments whose scores let a patient into treatment, by id as the driver gives it."""
    visits = select(Visit.id).where(live(Visit, scope), Visit.qualifying.is_(True))
    statement = select(Assessment.id).where(Assessment.clinic_id == scope.clinic_id, Assessment.visit_id.in_(visits))
    return {row[0] for row in plain_rows(session, statement)}


def own_errors(
    scope: Scope, session: Session, scales: Collection[str], memory: Remembered | None = None
) -> Mapping[str, OwnError | None]:
    """By scale, the clinic's own error, None where too few people have two baselines.

    It is one figure of the whole clinic and shows nobody's score, so a patient may know it too; it is worked out in a
    session that sees the whole clinic, whoever asks.
    """
    asked = tuple(sorted(set(scales)))
    whole, name = Scope(scope.clinic_id, None, scope.blinded), ("own errors", asked)
    known: Mapping[str, OwnError | None] | None = memory.known(whole, session, name) if memory else None
    if known is not None:
        return known
    with whole_clinic(session, scope.clinic_id) as wide:

        def make() -> Mapping[str, OwnError | None]:
            baselines = repeated_baselines(whole, wide, asked)
            return {scale: own_error(baselines.get(scale, ())) for scale in asked}

        return make() if memory is None else memory.get(whole, wide, name, make)
