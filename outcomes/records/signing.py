"""What a signature binds: the canonical content of a visit, and its hash.

The canonical content is one JSON object `{"format": 1, "visit": {…}, "assessments": […], "scores": […]}`:

- each row stands in it as the audit trail writes it, that is, as it is stored: sealed text by its ciphertext, so that
  a signature can be checked without any patient's key and outlives an erasure;
- deleted assessments of the visit are part of it; fields that are empty are left out, so that a column which a later
  release adds changes no hash before it holds something;
- assessments are ordered by id, scores by assessment and scale; names are sorted; no white space; UTF-8.

The hash is SHA-256 over those bytes.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, exists, literal_column, select

from outcomes.records import audit
from outcomes.records.base import Base
from outcomes.records.tables import Assessment, Score, Signature, SignatureVoid, Visit

FORMAT = 1
AT_ONCE = 200

VISIT, ASSESSMENT, SCORE = (Base.metadata.tables[each.__tablename__] for each in (Visit, Assessment, Score))
Told = Mapping[str, Any]


def holds() -> ColumnElement[bool]:
    """Whether a signature was not voided."""
    voided = (SignatureVoid.clinic_id == Signature.clinic_id) & (SignatureVoid.signature_id == Signature.id)
    return ~exists().where(voided)


def content_hashes(connection: Connection, clinic_id: UUID, visit_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the hash of the canonical content of each of these visits; a visit that is not there has none."""
    visits = {UUID(row["id"]): row for row in _rows(connection, VISIT, clinic_id, VISIT.c.id.in_(visit_ids))}
    assessments, visit_of = defaultdict(list), {}
    for row in _rows(connection, ASSESSMENT, clinic_id, ASSESSMENT.c.visit_id.in_(visit_ids)):
        assessments[UUID(row["visit_id"])].append(row)
        visit_of[UUID(row["id"])] = UUID(row["visit_id"])
    scores = defaultdict(list)
    of_these = SCORE.c.patient_id.in_({UUID(row["patient_id"]) for row in visits.values()})
    for row in _rows(connection, SCORE, clinic_id, of_these & SCORE.c.assessment_id.in_(list(visit_of))):
        scores[visit_of[UUID(row["assessment_id"])]].append(row)
    return {each: _hash(visits[each], assessments[each], scores[each]) for each in visits}


def _rows(connection: Connection, table: Any, clinic_id: UUID, condition: ColumnElement[bool]) -> list[Told]:  # noqa: ANN401 - a table
    told: ColumnElement[str] = literal_column(audit.row_json(table, connection.dialect.name, table.name))
    rows = connection.execute(select(told).select_from(table).where(table.c.clinic_id == clinic_id, condition))
    return [json.loads(row[0]) for row in rows]


def _hash(visit: Told, assessments: Iterable[Told], scores: Iterable[Told]) -> str:
    content = {
        "format": FORMAT,
        "visit": _filled(visit),
        "assessments": [_filled(row) for row in sorted(assessments, key=lambda row: row["id"])],
        "scores": [_filled(row) for row in sorted(scores, key=lambda row: (row["assessment_id"], row["scale"]))],
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _filled(row: Told) -> Told:
    return {name: value for name, value in row.items() if value is not None}


def content_hash(connection: Connection, clinic_id: UUID, visit_id: UUID) -> str | None:
    """Return the hash of one visit's canonical content; None for a visit that is not there."""
    return content_hashes(connection, clinic_id, [visit_id]).get(visit_id)


def broken_signatures(connection: Connection, clinic_id: UUID) -> Iterator[UUID]:
    """Yield each signed visit whose content is no longer what was signed."""
    signed: dict[UUID, set[str]] = defaultdict(set)
    statement = select(Signature.visit_id, Signature.content_sha256).where(Signature.clinic_id == clinic_id, holds())
    for visit_id, content in connection.execute(statement):
        signed[visit_id].add(content)
    waiting = iter(signed)
    while some := list(islice(waiting, AT_ONCE)):
        now = content_hashes(connection, clinic_id, some)
        yield from (visit_id for visit_id in some if signed[visit_id] != {now.get(visit_id)})
