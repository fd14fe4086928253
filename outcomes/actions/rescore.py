"""Computing every score again from its answers, to show that what is stored is what they say."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from outcomes.access.rules import Act
from outcomes.actions.assess import score_rows
from outcomes.actions.work import Work, may
from outcomes.instruments.errors import AnswerError
from outcomes.instruments.scoring import score
from outcomes.records.tables import Assessment, Score, Visit

COMPARED = ("on_date", "value", "standard_error", "key_version", "items_used", "items", "absence")
AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored score that its answers do not give; `stored` or `computed` is None where there is no such score.

    `field` names what differs: a column, "score" for a whole row, "instrument" when the key is not installed, or
    "answers" when they are not permitted by it.
    """

    assessment_id: UUID
    scale: str
    field: str
    stored: object
    computed: object


def rescore(work: Work) -> Iterator[Difference]:
    """Compute every score of the clinic again and yield each difference; nothing is written.

    Raises:
        NotAllowed: for anybody but those who may change records.
    """
    may(work, Act.CHANGE_RECORD)
    statement = (
        select(Assessment, Visit.on_date, Visit.too_ill)
        .join(Visit, (Visit.clinic_id == Assessment.clinic_id) & (Visit.id == Assessment.visit_id))
        .where(Assessment.clinic_id == work.clinic_id, Assessment.deleted_at.is_(None))
        .order_by(Assessment.id)
        .execution_options(yield_per=AT_A_TIME)
    )
    for rows in work.session.execute(statement).partitions():
        stored = _stored(work, [row.Assessment.id for row in rows])
        for assessment, on_date, too_ill in rows:
            yield from _differences(work, assessment, (on_date, too_ill), stored.get(assessment.id, {}))


def _stored(work: Work, assessment_ids: list[UUID]) -> dict[UUID, dict[str, Score]]:
    found: dict[UUID, dict[str, Score]] = {}
    statement = select(Score).where(Score.clinic_id == work.clinic_id, Score.assessment_id.in_(assessment_ids))
    for row in work.session.scalars(statement.execution_options(populate_existing=True)):
        found.setdefault(row.assessment_id, {})[row.scale] = row
    return found


def _differences(
    work: Work, assessment: Assessment, visit: tuple[Any, bool], stored: dict[str, Score]
) -> Iterator[Difference]:
    instrument = work.catalogue.get(assessment.instrument, assessment.key_version)
    if instrument is None:
        yield Difference(assessment.id, assessment.instrument, "instrument", assessment.key_version, None)
        return
    try:
        results = score(instrument, assessment.answers, assessment.totals)
    except AnswerError as error:
        yield Difference(assessment.id, assessment.instrument, "answers", error.item, None)
        return
    assessed = {name: getattr(assessment, name) for name in ("clinic_id", "patient_id", "id", "key_version")}
    on_date, too_ill = visit
    for row in score_rows(assessed, on_date, results, too_ill=too_ill):
        known = stored.pop(row["scale"], None)
        if known is None:
            yield Difference(assessment.id, row["scale"], "score", None, row["value"])
            continue
        for name in COMPARED:
            if getattr(known, name) != row[name]:
                yield Difference(assessment.id, row["scale"], name, getattr(known, name), row[name])
    for scale, left in stored.items():
        yield Difference(assessment.id, scale, "score", left.value, None)
