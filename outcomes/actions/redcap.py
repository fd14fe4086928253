"""Writing out a clinic's own REDCap files from what its records hold."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.exchange.writers.redcap import RedcapFiles, RedcapVisit, fields_of, redcap_files
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.queries.redcap import clinic_visits
from outcomes.voice import Voice


@dataclass(frozen=True, slots=True)
class Taken:
    """The clinic's files, and whose records are in them."""

    files: RedcapFiles
    patients: frozenset[UUID]


def take_redcap(scope: Scope, session: Session, catalogue: Catalogue, voice: Voice) -> Taken:
    """Return every patient's answers and scores in the shape of a REDCap project; the voice says its labels.

    Raises:
        NotFound: for a scope of one patient.
    """
    found = clinic_visits(scope, session)
    used = {key for visit in found for key in (*visit.values, *visit.absences)}
    visits = (RedcapVisit(each.code, each.on_date, each.values, each.absences) for each in found)
    files = redcap_files(fields_of(catalogue, voice, used), visits, voice)
    return Taken(files, frozenset(visit.patient_id for visit in found))
