"""Building a release outside any request: read, made, written sealed, and noted; or refused with the reason.

It reads one state of the records, and writes what came of it in a second transaction of its own. Brings numpy.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from outcomes.access.scope import Actor, Reach, reach_of, scope_of
from outcomes.actions.release import left_before
from outcomes.actions.releasing.making import Asked, Differences, Made, Source, differences, earlier_of, make
from outcomes.actions.releasing.recipe import read_recipe
from outcomes.actions.releasing.room import ReleaseRoom
from outcomes.actions.releasing.secret import keep_secret, kept_of
from outcomes.actions.work import Work, Write, edit_row, found, the_clinic
from outcomes.exchange.writers.contents import Progress, Step
from outcomes.exchange.writers.manifest import Manifest
from outcomes.exchange.writers.package import write_package
from outcomes.instruments.catalogue import Catalogue
from outcomes.privacy.tiers import RefusedError
from outcomes.records.queries.days import today_in
from outcomes.records.sealing import KeyRing
from outcomes.records.session import act_as, new_session
from outcomes.records.tables import Release
from outcomes.terms import ReleaseState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a building works with, outside any request. `write` is the door's; `reach` None is the actor's own."""

    engine: Engine
    keys: KeyRing
    catalogue: Catalogue
    data: Path
    actor: Actor
    write: Write
    reach: Reach | None = None
    thorough: bool = True

    def room(self, release_id: UUID) -> ReleaseRoom:
        """The place of a release's file."""
        return ReleaseRoom(self.data, self.keys, self.actor.clinic_id, release_id)

    def within(self) -> Reach:
        """How far its transactions reach."""
        return self.reach or reach_of(self.actor)


@dataclass(frozen=True, slots=True)
class Ready:
    """A release that was made, and the releases it was laid beside."""

    made: Made
    beside: tuple[str, ...]


def build(bench: Bench, release_id: UUID, tell: Progress | None = None) -> ReleaseState:
    """Build a release to its end, and say how it ended. Whatever happens is noted with the release.

    Raises:
        Nothing: what goes wrong is logged by its kind, and the release says that it was broken off.
    """
    room = bench.room(release_id)
    told = tell or room.tell
    try:
        told(Step("reading", 0))
        ready = _ready(bench, release_id)
        with room.written() as target:
            manifest = write_package(ready.made.contents, target, told, room.folder)
        ended, values = ReleaseState.BUILT, _values(ready.made, manifest)
        kept = {**ready.made.kept, "beside": list(ready.beside)}
    except RefusedError as refused:
        because = {"reason": refused.because.reason.value, "numbers": dict(refused.because.numbers)}
        ended, values, kept = ReleaseState.REFUSED, {"risk": {"refused": because}}, {}
    except Exception as error:  # noqa: BLE001 - a thread has nobody above it to tell
        log.error("release_broken_off release=%s kind=%s", release_id, type(error).__name__)  # noqa: TRY400 - values
        ended, values, kept = ReleaseState.BROKEN_OFF, {}, {}
    bench.write(bench.engine, bench.within(), partial(_note, bench, release_id, {**values, "state": ended.value}, kept))
    room.end()
    return ended


def _values(made: Made, manifest: Manifest) -> dict[str, Any]:
    words = {language.value: list(sentences) for language, sentences in made.contents.risk_words.items()}
    return {
        "risk": {**made.contents.risk, "words": words},
        "counts": dict(made.counts),
        "file_sha256": manifest.sha256,
        "file_bytes": manifest.size,
    }


def _ready(bench: Bench, release_id: UUID, *, again: bool = False) -> Ready:
    """Make a release from one state of the records; `again` lays it beside the same releases as when it was built."""
    with new_session(bench.engine, read_only=True, reach=bench.within()) as session:
        work = Work(session, bench.actor, bench.keys, bench.catalogue, datetime.now(UTC))
        row = found_to_read(work, release_id)
        beside = left_before(work, row)
        if again:
            beside = [UUID(hex=each) for each in kept_of(work, row.id).get("beside", _hexes(beside))]
        earlier = earlier_of([kept_of(work, each) for each in beside])
        return Ready(make(_source(work, row), _asked(work, row), earlier, thorough=bench.thorough), _hexes(beside))


def _hexes(ids: list[UUID]) -> tuple[str, ...]:
    return tuple(each.hex for each in ids)


def found_to_read(work: Work, release_id: UUID) -> Release:
    """Return a release without locking it; see `work.found`."""
    return work.session.get_one(Release, (work.clinic_id, release_id))


def _source(work: Work, row: Release) -> Source:
    clinic, scope = the_clinic(work), scope_of(work.actor)
    day = today_in(clinic.time_zone, row.as_of)
    return Source(scope, work.session, work.keys, work.catalogue, clinic.country, day)


def _asked(work: Work, row: Release) -> Asked:
    seed = bytes.fromhex(kept_of(work, row.id)["seed"])
    return Asked(read_recipe(row.recipe), row.title, row.as_of, seed, row.basis)


def _note(bench: Bench, release_id: UUID, values: Mapping[str, Any], kept: Mapping[str, Any], session: Session) -> None:
    act_as(session, bench.actor.name_in_trail)
    work = Work(session, bench.actor, bench.keys, bench.catalogue, datetime.now(UTC))
    row = found(work, Release, release_id)
    if row.state == ReleaseState.BUILDING:
        edit_row(work, row, row.version, values)
        if kept:
            keep_secret(work, release_id, {**kept_of(work, release_id), **kept})


def what_differs(work: Work, release_id: UUID) -> Differences:
    """Say what is different now from when a release was made: who withdrew, who came, whose scores changed."""
    row = found_to_read(work, release_id)
    source = _source(work, row)
    return differences(source, read_recipe(row.recipe), kept_of(work, row.id))


def same_bytes(bench: Bench, release_id: UUID, target: Any, tell: Progress) -> Manifest:  # noqa: ANN401 - any place for bytes
    """Make a release once more from today's records, with the seed and the instant that it had, into a place.

    Raises:
        RefusedError: today's records do not allow it any more.
    """
    return write_package(_ready(bench, release_id, again=True).made.contents, target, tell)
