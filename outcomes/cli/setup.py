"""Setting up: `prepare` makes everything ready, `init` founds the clinic, `serve` opens the web."""

import argparse
import os
import sys
from datetime import UTC, datetime
from typing import NoReturn

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from outcomes.access.scope import EVERYTHING, Actor
from outcomes.actions.accounts import ClinicForm, Founded, MemberForm, found_clinic
from outcomes.actions.demo.clinic import Making, make_demo, sign_ins
from outcomes.actions.errors import Invalid
from outcomes.actions.importing.clinics import clinics
from outcomes.actions.protocol import ProtocolForm, set_protocol
from outcomes.actions.work import Work
from outcomes.change.windows import as_stored, default_time_points
from outcomes.instruments.catalogue import load_catalogue
from outcomes.instruments.errors import InstrumentFileError
from outcomes.records.migrating import upgrade
from outcomes.records.schema import schema_is_current
from outcomes.records.sealing import KeyRing
from outcomes.records.session import act_as, new_session, open_engine
from outcomes.records.wall import lacks_rights, missing_wall
from outcomes.settings import Settings
from outcomes.terms import Language, Role
from outcomes.translations import compile_translations
from outcomes.voice import Voice

REFUSED = 2
THREADS = 4
SERVER_LOG = "outcomes.web.server_log.ServerLog"
WITHOUT_WALL = {
    "superuser": "the program works as a superuser of PostgreSQL, whom no policy holds back.",
    "bypassrls": "the program works as a role that may pass row-level security.",
    "owner": "the program works as the owner of its tables, who can take their policies away.",
}
OWN_SCALES = ("own_fatigue", "own_thinking", "own_quality_of_life")


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the commands."""
    ready = subparsers.add_parser("prepare", help="make the database, the translations and the demo ready")
    ready.set_defaults(run=prepare)
    first = subparsers.add_parser("init", help="found the clinic and invite its first administrator")
    first.add_argument("--clinic", required=True, help="the clinic's name")
    first.add_argument("--email", required=True, help="the first administrator's address")
    first.add_argument("--name", required=True, help="the first administrator's name")
    first.add_argument("--time-zone", default="Europe/Istanbul", help="such as Europe/Istanbul")
    first.add_argument("--language", default="en", choices=[word.value for word in Language])
    first.set_defaults(run=init)
    door = subparsers.add_parser("serve", help="prepare, then serve the web on 127.0.0.1")
    door.set_defaults(run=serve)


def prepare(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Make ready what the server needs; a second time nothing is left to do."""
    compile_translations()
    try:
        load_catalogue(settings.packs)
    except InstrumentFileError as error:
        print(error, file=sys.stderr)
        return REFUSED
    settings.data.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database_url, settings.audit_key, EVERYTHING)
    _make_schema(engine, settings)
    tell_missing_wall(engine)
    if settings.demo:
        _make_demo_once(engine, settings)
    engine.dispose()
    return 0


def _make_schema(engine: Engine, settings: Settings) -> None:
    """Bring the schema up to date as its owner, and give the program's role its rights where it is another."""
    owner = open_engine(settings.schema_url, settings.audit_key, EVERYTHING)
    role = engine.url.username if engine.url.username != owner.url.username else None
    if not schema_is_current(owner) or (role and lacks_rights(engine)):
        upgrade(owner, role=role)
    owner.dispose()


def _make_demo_once(engine: Engine, settings: Settings) -> None:
    with new_session(engine) as session:
        if clinics(session):
            return
        making = Making(
            session,
            KeyRing(settings.master_keys),
            load_catalogue(settings.packs),
            datetime.now(UTC),
            settings.secret_key.encode(),
        )
        make_demo(making, _told)
        session.commit()
    print(file=sys.stderr)


def tell_missing_wall(engine: Engine) -> None:
    """Say plainly where the database could not keep clinics apart by itself."""
    with engine.connect() as connection:
        reason = missing_wall(connection)
    if reason is not None:
        print(f"The second wall is missing: {WITHOUT_WALL[reason]}", file=sys.stderr)
        print("See SECURITY.md, Roles on PostgreSQL.", file=sys.stderr)


def _told(done: int, of: int) -> None:
    print(f"\rInventing the demo cohort: {done} of {of}", end="", file=sys.stderr, flush=True)


def init(arguments: argparse.Namespace, settings: Settings) -> int:
    """Found the clinic and print the one-time link of its first administrator."""
    if settings.demo:
        print("In demo mode the clinic is founded by itself. Unset OUTCOMES_DEMO first.", file=sys.stderr)
        return REFUSED
    if prepare(arguments, settings):
        return REFUSED
    language = Language(arguments.language)
    clinic = ClinicForm(arguments.clinic, arguments.time_zone, language)
    person = MemberForm(arguments.email, arguments.name, Role.ADMINISTRATOR, language)
    engine = open_engine(settings.database_url, settings.audit_key, EVERYTHING)
    with new_session(engine) as session:
        try:
            founded = found_clinic(session, clinic, person, datetime.now(UTC))
        except Invalid as refusal:
            print(Voice(language).say(refusal.sentence, **refusal.values), file=sys.stderr)
            return REFUSED
        _first_plan(session, settings, founded)
        session.commit()
    print("Open this link once, before it expires, to set a password:")
    print(f"{settings.public_url}/invitation/{founded.administrator.token}")
    return 0


def _first_plan(session: Session, settings: Settings, founded: Founded) -> None:
    """Put a plan in force that works at once: the program's own three scales, which need no licence."""
    actor = Actor(founded.clinic_id, founded.administrator.membership_id, Role.ADMINISTRATOR)
    act_as(session, "program", "founded")
    catalogue, now = load_catalogue(settings.packs), datetime.now(UTC)
    points = as_stored(default_time_points(OWN_SCALES))
    work = Work(session, actor, KeyRing(settings.master_keys), catalogue, now)
    set_protocol(work, ProtocolForm(f"{OWN_SCALES[0]}.score", points))


def serve(arguments: argparse.Namespace, settings: Settings) -> int:
    """Prepare, say where the door is, and hand the process over to the web server, bound to this machine alone."""
    if prepare(arguments, settings):
        return REFUSED
    print(f"Outcomes: {settings.public_url}")
    if settings.demo:
        print("Demo: all people are invented. Sign in as:")
        for each in sign_ins():
            print(f"  {each.role:<14} {each.email:<28} {each.password}")
    sys.stdout.flush()
    return _hand_over(settings)


def _hand_over(settings: Settings) -> NoReturn:
    os.execv(sys.executable, [sys.executable, "-m", *_server(settings)])  # noqa: S606 - our own interpreter


def _server(settings: Settings) -> list[str]:
    address = f"127.0.0.1:{settings.port}"
    if sys.platform == "win32":
        return ["waitress", f"--listen={address}", f"--threads={THREADS}", "wsgi:app"]
    options = ["--worker-class", "gthread", "--threads", str(THREADS), "--workers", "1"]
    silence = ["--log-level", "warning", "--logger-class", SERVER_LOG, "--no-control-socket"]
    return ["gunicorn", "--bind", address, *options, *silence, "wsgi:app"]
