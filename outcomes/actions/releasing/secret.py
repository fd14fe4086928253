"""What leads back from a release, sealed: its seed, its groups, and what later releases are laid beside."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from outcomes.actions.errors import NotFound
from outcomes.actions.releasing.room import ReleaseRoom
from outcomes.actions.work import Work, add, edit_row
from outcomes.records.tables import ReleaseSecret

COLUMN = "release"


def keep_secret(work: Work, release_id: UUID, told: Mapping[str, Any]) -> None:
    """Keep it, in place of what was kept before."""
    row = _row(work, release_id)
    key_id, wrapped = (row.master_key_id, row.wrapped) if row else work.keys.new_patient_key(work.clinic_id, release_id)
    cipher = work.keys.open_patient_key(key_id, wrapped, work.clinic_id, release_id)
    sealed = cipher.seal(COLUMN, json.dumps(told, ensure_ascii=False, sort_keys=True))
    if row is None:
        named = {"id": uuid4(), "release_id": release_id, "master_key_id": key_id}
        add(work, ReleaseSecret(**named, wrapped=wrapped, sealed=sealed))
    else:
        edit_row(work, row, row.version, {"sealed": sealed})


def kept_of(work: Work, release_id: UUID) -> dict[str, Any]:
    """Open what is kept of a release.

    Raises:
        NotFound: nothing is.
    """
    row = _row(work, release_id)
    if row is None:
        raise NotFound("release_secret", release_id)
    cipher = work.keys.open_patient_key(row.master_key_id, row.wrapped, work.clinic_id, release_id)
    told: dict[str, Any] = json.loads(cipher.open(COLUMN, row.sealed))
    return told


def rewrap_releases(work: Work, data: Path) -> int:
    """Wrap anew, by the newest master key, the keys of releases and of their files; return how many were old."""
    done = 0
    for row in work.session.scalars(select(ReleaseSecret).where(ReleaseSecret.clinic_id == work.clinic_id)).all():
        if row.master_key_id != work.keys.newest:
            key_id, wrapped = work.keys.rewrapped(row.master_key_id, row.wrapped, work.clinic_id, row.release_id)
            edit_row(work, row, row.version, {"master_key_id": key_id, "wrapped": wrapped})
            done += 1
        done += ReleaseRoom(data, work.keys, work.clinic_id, row.release_id).rewrap()
    return done


def _row(work: Work, release_id: UUID) -> ReleaseSecret | None:
    statement = select(ReleaseSecret).where(
        ReleaseSecret.clinic_id == work.clinic_id, ReleaseSecret.release_id == release_id
    )
    return work.session.scalar(statement)
