"""Upkeep: scores computed again, the audit trail verified and anchored, what is past its time thrown away."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from outcomes.access.scope import EVERYTHING, Actor
from outcomes.actions.drafts import drop_old
from outcomes.actions.importing.clinics import clinics
from outcomes.actions.once import forget_old_keys
from outcomes.actions.rescore import rescore
from outcomes.actions.signing_in import Doorway, forget_old_attempts
from outcomes.actions.work import Work
from outcomes.cli.setup import tell_missing_wall
from outcomes.instruments.catalogue import load_catalogue
from outcomes.records.anchors import write_anchors
from outcomes.records.sealing import KeyRing
from outcomes.records.session import act_as, new_session, open_engine
from outcomes.records.verify import verify
from outcomes.settings import Settings
from outcomes.terms import Language, Role
from outcomes.voice import Voice


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the commands."""
    again = subparsers.add_parser("rescore", help="compute every stored score again and name each difference")
    again.set_defaults(run=compare_scores)
    trail = subparsers.add_parser("verify", help="check the audit trail against itself, the records and its anchors")
    trail.set_defaults(run=verify_trail)
    anchor = subparsers.add_parser("anchor", help="write the heads of the audit trail to the anchor file; run it daily")
    anchor.set_defaults(run=write_anchor)
    tidy = subparsers.add_parser("tidy", help="throw away old drafts, form keys and sign-in attempts; run it daily")
    tidy.set_defaults(run=tidy_up)


def compare_scores(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Compute every score again; 0 when all are as stored, 1 when any differs."""
    engine = open_engine(settings.database_url, settings.audit_key, EVERYTHING)
    differences = 0
    with new_session(engine, read_only=True) as session:
        for clinic in clinics(session):
            actor = Actor(clinic.id, None, Role.ADMINISTRATOR)
            act_as(session, actor.name_in_trail)
            keys, now = KeyRing(settings.master_keys), datetime.now(UTC)
            for each in rescore(Work(session, actor, keys, load_catalogue(settings.packs), now)):
                differences += 1
                print(f"{each.assessment_id} {each.scale} {each.field}: {each.stored} stored, {each.computed} computed")
    print(f"{differences} differences", file=sys.stderr)
    return 1 if differences else 0


def verify_trail(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Check the whole trail; 0 when it is sound, 1 when anything is wrong, with table, row and field of each fault."""
    engine = open_engine(settings.database_url, settings.audit_key, EVERYTHING)
    voice = Voice(Language.ENGLISH)
    with new_session(engine, read_only=True) as session:
        found = verify(session, _anchors(settings), tell=_told)
    print(file=sys.stderr)
    tell_missing_wall(engine)
    for fault in found.faults:
        where = "/".join(str(part) for part in (fault.table, fault.row_id, fault.field) if part)
        print(f"{fault.kind} {where} position={fault.position}: {voice.say(fault.sentence)}")
    print(f"{found.entries} entries, {len(found.faults)} faults", file=sys.stderr)
    return 0 if found.sound else 1


def write_anchor(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Write an anchor for every chain that has grown. Keep copies of the file where the database is not."""
    folder = _anchors(settings)
    folder.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database_url, settings.audit_key, EVERYTHING)
    with new_session(engine) as session:
        act_as(session, "program", "anchor")
        written = write_anchors(session, folder, datetime.now(UTC))
        session.commit()
    print(f"{written} anchors written to {folder}")
    return 0


def tidy_up(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Throw away drafts that nobody touched for 30 days, and keys of forms and attempts that no longer matter."""
    engine, now = open_engine(settings.database_url, settings.audit_key, EVERYTHING), datetime.now(UTC)
    with new_session(engine) as session:
        drafts = keys = 0
        for clinic in clinics(session):
            actor = Actor(clinic.id, None, Role.ADMINISTRATOR)
            act_as(session, actor.name_in_trail)
            work = Work(session, actor, KeyRing(settings.master_keys), load_catalogue(settings.packs), now)
            drafts, keys = drafts + drop_old(work), keys + forget_old_keys(work)
        forget_old_attempts(Doorway(session, now, settings.secret_key.encode()))
        session.commit()
    print(f"{drafts} drafts and {keys} form keys thrown away")
    return 0


def _anchors(settings: Settings) -> Path:
    return settings.data / "anchors"


def _told(done: int, total: int) -> None:
    print(f"\r{done} of {total} entries", end="", file=sys.stderr, flush=True)
