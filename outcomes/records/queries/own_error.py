"""The clinic's own measurement error: from its people whose baseline was taken more than once."""

from collections.abc import Collection, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.change.individual import OwnError, own_error
from outcomes.change.windows import BASELINE_WINDOW
from outcomes.records.queries.days import days_after
from outcomes.records.queries.reach import anchors, live_patients
from outcomes.records.queries.remembered import Remembered
from outcomes.records.tables import Assessment, Patient, Score, Visit


def repeated_baselines(
    scope: Scope, session: Session, scales: Collection[str]
) -> dict[str, tuple[tuple[float, ...], ...]]:
    """By scale, the baseline scores of every patient who has two or more.

    Scores that qualified a patient for treatment are left out: they were chosen for being bad.
    """
    whole = Scope(scope.clinic_id, None, scope.blinded)
    anchor = anchors(whole)
    scores = (
        select(
            Score.scale,
            Score.patient_id,
            Score.value,
            func.count().over(partition_by=(Score.scale, Score.patient_id)).label("times"),
        )
        .join(anchor, anchor.c.patient_id == Score.patient_id)
        .join(Patient, (Patient.clinic_id == Score.clinic_id) & (Patient.id == Score.patient_id))
        .join(Assessment, (Assessment.clinic_id == Score.clinic_id) & (Assessment.id == Score.assessment_id))
        .join(Visit, (Visit.clinic_id == Assessment.clinic_id) & (Visit.id == Assessment.visit_id))
        .where(
            Score.clinic_id == scope.clinic_id,
            Score.scale.in_(scales),
            Score.value.is_not(None),
            Score.on_date.between(days_after(anchor.c.first_day, -BASELINE_WINDOW), anchor.c.first_day),
            Visit.qualifying.is_(False),
            live_patients(whole),
        )
        .subquery("baseline")
    )
    statement = select(scores.c.scale, scores.c.patient_id, scores.c.value).where(scores.c.times > 1)
    found: dict[str, dict[object, list[float]]] = {}
    for scale, patient_id, value in session.execute(statement.order_by(scores.c.scale, scores.c.patient_id)):
        found.setdefault(scale, {}).setdefault(patient_id, []).append(value)
    return {scale: tuple(tuple(each) for each in people.values()) for scale, people in found.items()}


def own_errors(
    scope: Scope, session: Session, scales: Collection[str], memory: Remembered | None = None
) -> Mapping[str, OwnError | None]:
    """By scale, the clinic's own error, None where too few people have two baselines.

    It is one figure of the whole clinic and shows nobody's score, so a patient may know it too.
    """
    asked = tuple(sorted(set(scales)))
    whole = Scope(scope.clinic_id, None, scope.blinded)

    def make() -> Mapping[str, OwnError | None]:
        baselines = repeated_baselines(whole, session, asked)
        return {scale: own_error(baselines.get(scale, ())) for scale in asked}

    return make() if memory is None else memory.get(whole, session, ("own errors", asked), make)
