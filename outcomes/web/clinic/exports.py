"""One patient's whole record as a file, for a clinician to hand on; that it was taken is written down."""

import json
from io import BytesIO
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from flask import Response
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions.take_home import whole_record
from outcomes.exchange.writers.fhir import as_bundle
from outcomes.exchange.writers.redcap import RedcapScale, RedcapVisit, data_dictionary, data_file
from outcomes.records.queries.own_record import whole
from outcomes.records.queries.redcap import clinic_visits
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
    """Every patient's scores in the shape of a REDCap project, with the data dictionary: identified, for the clinic."""
    scope, session = reading()
    found = clinic_visits(scope, session)
    used = sorted({key for _, visit in found for key in (*visit.values, *visit.absences)})
    scales = [_as_field(key) for key in used]
    for patient_id in {patient_id for patient_id, _ in found}:
        took(patient_id, REDCAP)
    visits = (RedcapVisit(each.code, each.on_date, each.values, each.absences) for _, each in found)
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        archive.writestr("redcap_data.csv", data_file(scales, visits))
        archive.writestr("redcap_data_dictionary.csv", data_dictionary(scales))
    answer = Response(target.getvalue(), content_type="application/zip")
    answer.headers["Content-Disposition"] = 'attachment; filename="redcap.zip"'
    return answer


def _as_field(key: str) -> RedcapScale:
    """A scale as a field; one that no instrument at hand has any more goes by its key."""
    known = {scale.key: scale for scale in catalogue().scales()}
    if key not in known:
        return RedcapScale(key, key)
    scale = known[key]
    return RedcapScale(key, voice().pick(scale.title), scale.minimum, scale.maximum)
