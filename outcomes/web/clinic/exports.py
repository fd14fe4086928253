"""Identified records as files, for a clinician to hand on or to keep; that they were taken is written down."""

import json
from uuid import UUID

from flask import Response
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions.redcap import take_redcap
from outcomes.actions.take_home import whole_record
from outcomes.exchange.writers.fhir import as_bundle
from outcomes.records.queries.own_record import whole
from outcomes.web.clinic import blueprint
from outcomes.web.database import catalogue, now, reading, records, today, took, voice
from outcomes.web.security import allow

TAKEN = "whole record as a file"
REDCAP = "scores as a REDCap file"


@blueprint.get("/patients/<uuid:patient_id>/record.json")
@allow(Access.CLINICIANS)
def patient_as_fhir(patient_id: UUID) -> ResponseReturnValue:
    """The whole record of one patient as a FHIR R4 bundle."""
    scope, session = reading()
    rows = whole_record(whole(scope, session, records().keys, patient_id, today()), now())
    took(patient_id, TAKEN)
    content = json.dumps(as_bundle(rows, catalogue()), ensure_ascii=False, indent=1).encode()
    answer = Response(content, content_type="application/fhir+json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{rows.person.id}.json"'
    return answer


@blueprint.get("/cohort/redcap.zip")
@allow(Access.CLINICIANS)
def clinic_as_redcap() -> ResponseReturnValue:
    """Every patient's answers and scores as a REDCap data file with its dictionary: identified, for the clinic."""
    taken = take_redcap(*reading(), catalogue(), voice())
    for patient_id in taken.patients:
        took(patient_id, REDCAP)
    answer = Response(taken.files.archive(), content_type="application/zip")
    answer.headers["Content-Disposition"] = 'attachment; filename="redcap.zip"'
    return answer
