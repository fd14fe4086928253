"""What tests of the trail read and write."""

from datetime import date
from uuid import uuid4

from sqlalchemy import insert, select, text

from outcomes.records.tables import Assessment, AuditEntry, Score, Visit
from tests.cast import NOW


def entries_of(session):
    """All entries in the order of writing, sealed or not.

    SQLite keeps that order in its row numbers; elsewhere it is the instant, and within one transaction the id.
    """
    place = text("audit_entry.rowid") if session.get_bind().dialect.name == "sqlite" else AuditEntry.at
    statement = select(AuditEntry).order_by(place, AuditEntry.id).execution_options(populate_existing=True)
    return session.scalars(statement).all()


def add_visit(session, cast, instrument="chalder11"):
    """Write a visit with one assessment; return the assessment's id."""
    place = {"clinic_id": cast.clinic_id, "patient_id": cast.patient_id}
    visit_id, assessment_id = uuid4(), uuid4()
    day = {"on_date": date(2026, 5, 3), "time_zone": "Europe/Istanbul", "reached": "clinic", "made_at": NOW}
    session.execute(insert(Visit), [{**place, "id": visit_id, **day}])
    given = {"instrument": instrument, "key_version": "1", "language": "tr", "answered_by": "self"}
    filled = {"answers": {"1": 2, "2": None}, "totals": {}, "state": "complete"}
    session.execute(insert(Assessment), [{**place, "id": assessment_id, "visit_id": visit_id, **given, **filled}])
    return assessment_id


def add_scores(session, cast, values):
    """Write a visit with one assessment and a score a scale; return the assessment's id and the rows."""
    assessment_id = add_visit(session, cast)
    place = {"clinic_id": cast.clinic_id, "patient_id": cast.patient_id, "assessment_id": assessment_id}
    known = {"on_date": date(2026, 5, 3), "key_version": "1", "items_used": 1, "items": 1, "absence": None}
    rows = [
        {**place, "scale": scale, "value": value, "standard_error": None, **known} for scale, value in values.items()
    ]
    session.execute(insert(Score), rows)
    return assessment_id, *rows
