"""Taking over a clinic's own table: a dry run that writes nothing, then all of it or none of it.

The same file taken over twice writes nothing the second time: what is recorded just so is left as it is, and what is
recorded otherwise refuses the whole file.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.rules import Act
from outcomes.access.scope import Scope, scope_of
from outcomes.actions.errors import Refusal
from outcomes.actions.importing.known import known_records
from outcomes.actions.importing.rows import rows_of_plan, store
from outcomes.actions.work import Work, add, edit_row, lock_imports, may
from outcomes.exchange.readers.files import read_table
from outcomes.exchange.readers.mapping import ColumnMapping, mapping_of
from outcomes.exchange.readers.people import patient_codes
from outcomes.exchange.readers.plan import Surroundings, plan_import
from outcomes.exchange.readers.planned import ImportCounts, ImportPlan
from outcomes.exchange.readers.problems import MappingRefused
from outcomes.exchange.readers.redcap import read_dictionary, without_guards
from outcomes.exchange.readers.redcap_mapping import Described, describe
from outcomes.exchange.readers.table import Table, header_hash
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.queries.plan import plan as protocol
from outcomes.records.sealing import KeyRing
from outcomes.records.tables import ImportMapping, ImportRun
from outcomes.voice import N_

Progress = Callable[[int, int], None]
"""Told how many rows of how many are stored."""


class ImportRefused(Refusal):
    """A file with problems; nothing of it was written."""

    code = "import_refused"
    sentence = N_("The file was not imported. Nothing was written.")

    def __init__(self, plan: ImportPlan) -> None:
        super().__init__(f"{self.code}: {plan.problem_count} problems")
        self.plan = plan


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What came of an import. `run_id` is None when everything was there already."""

    run_id: UUID | None
    counts: ImportCounts


@dataclass(frozen=True, slots=True)
class ImportDesk:
    """What a dry run needs: it reads and writes nothing."""

    scope: Scope
    session: Session
    keys: KeyRing
    catalogue: Catalogue
    today: date


def read_with(content: bytes, mapping: ColumnMapping) -> Table:
    """Read a file as its mapping says it is written.

    Raises:
        UnreadableFile: with every reason why it is no table.
    """
    table = read_table(content, mapping.encoding, mapping.delimiter, mapping.sheet)
    return without_guards(table) if mapping.guarded else table


def described(desk: ImportDesk, table: Table, dictionary: bytes) -> Described:
    """Return what a REDCap dictionary tells of its data file, the mapping above all.

    Raises:
        UnreadableFile: when it is no dictionary, or that of another file.
    """
    points = protocol(desk.scope, desk.session).points
    return describe(table, read_dictionary(dictionary), desk.catalogue, points, desk.today)


def dry_run(desk: ImportDesk, table: Table, mapping: ColumnMapping) -> ImportPlan:
    """Work out what an import would write, and every problem that stands in its way."""
    known = known_records(desk.scope, desk.session, desk.keys, patient_codes(table, mapping))
    points = protocol(desk.scope, desk.session).points
    return plan_import(table, mapping, Surroundings(desk.catalogue, known, points, desk.today))


def remembered_mapping(scope: Scope, session: Session, table: Table) -> ColumnMapping | None:
    """Return the mapping with which a file of these columns was last imported."""
    statement = select(ImportMapping.mapping).where(
        ImportMapping.clinic_id == scope.clinic_id,
        ImportMapping.header_hash == header_hash(table.header),
        ImportMapping.deleted_at.is_(None),
    )
    data = session.scalar(statement)
    if data is None:
        return None
    try:
        return mapping_of(data)
    except MappingRefused:  # kept by another version of the program, which knew other words
        return None


def import_file(work: Work, content: bytes, mapping: ColumnMapping, progress: Progress | None = None) -> ImportOutcome:
    """Take over a file: patients, courses, arms, visits, assessments and their scores, all of it or none of it.

    Parameters:
        work: the actor's turn at the records.
        content: the file.
        mapping: what its columns mean.
        progress: told how many rows of how many are stored.

    Returns:
        What was written.

    Raises:
        NotAllowed: if the actor may not import.
        UnreadableFile: when the file is no table.
        ImportRefused: with the dry run's plan and its problems.
    """
    may(work, Act.IMPORT_RECORDS)
    clinic = lock_imports(work)
    table = read_with(content, mapping)
    desk = ImportDesk(scope_of(work.actor), work.session, work.keys, work.catalogue, work.today)
    plan = dry_run(desk, table, mapping)
    if not plan.ready:
        raise ImportRefused(plan)
    if not plan.counts.new:
        return ImportOutcome(None, plan.counts)
    run_id = _add_run(work, content, mapping, plan.counts)
    rows = rows_of_plan(work, plan, mapping, run_id, mapping.language or clinic.language)
    for stored in store(work, rows):
        if progress is not None:
            progress(stored, rows.count)
    _remember(work, table, mapping)
    return ImportOutcome(run_id, plan.counts)


def _add_run(work: Work, content: bytes, mapping: ColumnMapping, counts: ImportCounts) -> UUID:
    run = ImportRun(
        id=uuid4(),
        membership_id=work.actor.membership_id,
        file_sha256=sha256(content).hexdigest(),
        mapping=mapping.as_data(),
        counts=asdict(counts),
        at=work.now,
    )
    return add(work, run)


def _remember(work: Work, table: Table, mapping: ColumnMapping) -> None:
    """Keep the mapping for the next file with these columns."""
    place = header_hash(table.header)
    statement = select(ImportMapping).where(
        ImportMapping.clinic_id == work.clinic_id, ImportMapping.header_hash == place
    )
    row = work.session.scalar(statement)
    if row is None:
        add(work, ImportMapping(header_hash=place, mapping=mapping.as_data()))
    else:
        edit_row(work, row, row.version, {"mapping": mapping.as_data(), "deleted_at": None})
