"""Upkeep: computing every score again and comparing it with what is stored."""

import argparse
import sys
from datetime import UTC, datetime

from outcomes.access.scope import Actor
from outcomes.actions.importing.clinics import clinics
from outcomes.actions.rescore import rescore
from outcomes.actions.work import Work
from outcomes.instruments.catalogue import load_catalogue
from outcomes.records.sealing import KeyRing
from outcomes.records.session import act_as, new_session, open_engine
from outcomes.settings import Settings
from outcomes.terms import Role


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the commands."""
    again = subparsers.add_parser("rescore", help="compute every stored score again and name each difference")
    again.set_defaults(run=compare_scores)


def compare_scores(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Compute every score again; 0 when all are as stored, 1 when any differs."""
    engine = open_engine(settings.database_url, settings.audit_key)
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
