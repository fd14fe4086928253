"""`rotate-keys`: everything a master key wrapped is wrapped anew by the newest, one patient at a time."""

import argparse
import sys
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from outcomes.access.scope import EVERYTHING, Actor
from outcomes.access.sealed_secrets import SecretUnreadable
from outcomes.actions.importing.clinics import clinics
from outcomes.actions.keys import (
    Rotation,
    not_rotated,
    patients_with_keys,
    rotate_drafts,
    rotate_patient,
    rotate_second_factors,
)
from outcomes.actions.releasing.secret import rewrap_releases
from outcomes.actions.work import Work
from outcomes.instruments.catalogue import load_catalogue
from outcomes.records.sealing import KeyRing, SealBroken, UnknownMasterKey
from outcomes.records.session import act_as, new_session, open_engine
from outcomes.settings import Settings
from outcomes.terms import Role

REFUSED = 2
AT_ONCE = 50


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    rotate = subparsers.add_parser("rotate-keys", help="wrap all keys anew with the newest master key; seal clear text")
    rotate.set_defaults(run=rotate_keys)


def rotate_keys(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Rotate; stopped and run again, it goes on where it was. 0 when nothing needs an older key any more."""
    engine = open_engine(settings.database_url, settings.audit_key, EVERYTHING)
    done = Rotation()
    try:
        left = _rotate_all(engine, settings, done)
    except (UnknownMasterKey, SealBroken, SecretUnreadable) as error:
        print(f"{error}. Nothing was lost; put the key back and run this again.", file=sys.stderr)
        return REFUSED
    finally:
        engine.dispose()
    print(
        f"{done.keys} patient keys wrapped anew, {done.texts} texts sealed, {done.drafts} drafts and"
        f" {done.factors} second factors sealed anew; {done.locked} texts in clear on signed visits, {left} keys left"
    )
    return 1 if left else 0


def _rotate_all(engine: Engine, settings: Settings, done: Rotation) -> int:
    left = 0
    with new_session(engine) as session:
        for clinic in clinics(session):
            turn = _turn(session, settings, clinic.id)
            left += _rotate_clinic(turn, done)
            rewrap_releases(turn, settings.data)
        act_as(session, "program", "keys rotated")
        rotate_second_factors(session, settings.master_keys, done)
        session.commit()
    return left


def _turn(session: Session, settings: Settings, clinic_id: UUID) -> Work:
    actor = Actor(clinic_id, None, Role.ADMINISTRATOR)
    return Work(session, actor, KeyRing(settings.master_keys), load_catalogue(settings.packs), datetime.now(UTC))


def _rotate_clinic(work: Work, done: Rotation) -> int:
    """Rotate patient by patient; what is committed need not be done again."""
    act_as(work.session, work.actor.name_in_trail)
    patients = patients_with_keys(work)
    for number, patient_id in enumerate(patients, 1):
        rotate_patient(work, patient_id, done)
        if number % AT_ONCE == 0:
            _commit(work)
            print(f"\r{number} of {len(patients)} patients", end="", file=sys.stderr, flush=True)
    rotate_drafts(work, done)
    _commit(work)
    print(f"\r{len(patients)} of {len(patients)} patients", file=sys.stderr)
    return sum(1 for _ in not_rotated(work))


def _commit(work: Work) -> None:
    work.session.commit()
    act_as(work.session, work.actor.name_in_trail)
