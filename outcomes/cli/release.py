"""`release`: what the desk does, for whoever runs the server: list, build, risk, again, write.

A release that a command builds waits for approval at the desk like any other: a command is nobody, so it approves none.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from outcomes.access.scope import EVERYTHING, Actor, Reach, scope_of
from outcomes.actions.errors import NotFound, Refusal
from outcomes.actions.importing.clinics import clinics
from outcomes.actions.release import ReleaseForm, Taken, ask, take
from outcomes.actions.releasing.recipe import COLUMNS
from outcomes.actions.work import Work
from outcomes.exchange.writers.contents import Step
from outcomes.instruments.catalogue import Catalogue, load_catalogue
from outcomes.privacy.tiers import Because, Reason, RefusedError, Tier
from outcomes.privacy.words import reason
from outcomes.records.queries.cohort import scales_in_use
from outcomes.records.queries.research import ReleaseRow, all_releases, one_release
from outcomes.records.sealing import KeyRing
from outcomes.records.session import act_as, new_session, open_engine, with_retry
from outcomes.settings import Settings
from outcomes.terms import Language, ReleaseState, Role
from outcomes.voice import Voice

REFUSED = 2
TIERS = {"public": Tier.PUBLIC, "agreement": Tier.AGREEMENT, "safe-room": Tier.SAFE_ROOM}
PIECE = 1 << 20


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    command = subparsers.add_parser("release", help="build, measure, compare and write releases for research")
    deeds = command.add_subparsers(dest="deed", required=True, metavar="WHAT")
    _deed(deeds, "list", "name every release and how far it has come", list_releases)
    build = _deed(deeds, "build", "build a release from today's records", build_release)
    build.add_argument("--tier", choices=sorted(TIERS), required=True)
    build.add_argument("--title", required=True)
    build.add_argument("--purpose", required=True, help="which study or question, and who will use it")
    build.add_argument("--scales", help="keys of scales, joined by commas; all in use unless told")
    build.add_argument("--columns", help=f"any of {','.join(COLUMNS)}; all unless told")
    build.add_argument("--basis", help="the written basis for records of fewer than 40 patients")
    for name, what, do in (
        ("risk", "say what was measured about a release", tell_risk),
        ("again", "make a release once more and compare its bytes", compare),
    ):
        _deed(deeds, name, what, do).add_argument("id", type=UUID)
    write = _deed(deeds, "write", "write an approved release to a file", write_one)
    write.add_argument("id", type=UUID)
    write.add_argument("file", type=Path)
    write.add_argument("--why", required=True, help="what it is taken for; it is written down")


def _deed(
    deeds: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    what: str,
    do: Callable[["Counter", argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = deeds.add_parser(name, help=what)
    parser.add_argument("--clinic", help="the clinic's name, where there are several")
    parser.set_defaults(run=lambda arguments, settings: _at_counter(do, arguments, settings))
    return parser


@dataclass(frozen=True, slots=True)
class Counter:
    """What a command works with."""

    settings: Settings
    engine: Engine
    keys: KeyRing
    catalogue: Catalogue
    actor: Actor

    def work(self, session: Session) -> Work:
        """The program's turn at the records of the clinic."""
        act_as(session, self.actor.name_in_trail, "release")
        return Work(session, self.actor, self.keys, self.catalogue, datetime.now(UTC))


def _at_counter(
    do: Callable[[Counter, argparse.Namespace], int], arguments: argparse.Namespace, settings: Settings
) -> int:
    engine = open_engine(settings.database_url, settings.audit_key, EVERYTHING)
    with new_session(engine, read_only=True) as session:
        found = [each for each in clinics(session) if arguments.clinic in {None, each.name}]
    if len(found) != 1:
        print("Say which clinic, by its name: --clinic.", file=sys.stderr)
        return REFUSED
    actor = Actor(found[0].id, None, Role.ADMINISTRATOR)
    counter = Counter(settings, engine, KeyRing(settings.master_keys), load_catalogue(settings.packs), actor)
    try:
        return do(counter, arguments)
    except NotFound:
        print("There is no such release.", file=sys.stderr)
    except OSError as error:
        print(f"The file could not be handled: {error.strerror}", file=sys.stderr)
        return 1
    except Refusal as refusal:
        print(Voice(Language.ENGLISH).say(refusal.sentence, **refusal.values), file=sys.stderr)
    finally:
        engine.dispose()
    return REFUSED


def list_releases(counter: Counter, _arguments: argparse.Namespace) -> int:
    """Name every release."""
    with new_session(counter.engine, read_only=True) as session:
        for row in all_releases(scope_of(counter.actor), session):
            print(f"{row.id} {row.as_of.isoformat()} tier {row.tier} {row.state}: {row.title}")
    return 0


def build_release(counter: Counter, arguments: argparse.Namespace) -> int:
    """Build a release; 0 when it waits for approval, 2 when it is refused."""
    from outcomes.actions.release_build import build  # noqa: PLC0415 - brings numpy

    with new_session(counter.engine) as session:
        work = counter.work(session)
        form = _form(counter, arguments, session)
        if form is None:
            return REFUSED
        release_id = ask(work, form)
        session.commit()
    ended = build(_bench(counter), release_id, _tell)
    print(file=sys.stderr)
    _say(_row(counter, release_id))
    return 0 if ended is ReleaseState.BUILT else REFUSED if ended is ReleaseState.REFUSED else 1


def _form(counter: Counter, arguments: argparse.Namespace, session: Session) -> ReleaseForm | None:
    """What is asked for; None when a scale or a column that somebody named is not there, which is said."""
    known = {scale.key for scale in counter.catalogue.scales()}
    used = [key for key in scales_in_use(scope_of(counter.actor), session) if key in known]
    scales = _named("scales", arguments.scales, known, used)
    columns = _named("columns", arguments.columns, COLUMNS, COLUMNS)
    if scales is None or columns is None:
        return None
    tier, basis = TIERS[arguments.tier], arguments.basis
    return ReleaseForm(arguments.title, arguments.purpose, tier, scales, columns, basis=basis)


def _named(what: str, told: str | None, known: Collection[str], unless_told: Iterable[str]) -> tuple[str, ...] | None:
    names = tuple(told.split(",")) if told else tuple(unless_told)
    if unknown := set(names) - set(known):
        print(f"No such {what}: {', '.join(sorted(unknown))}.", file=sys.stderr)
        return None
    return names


def tell_risk(counter: Counter, arguments: argparse.Namespace) -> int:
    """Say what was measured, in words and then as JSON."""
    row = _row(counter, arguments.id)
    _say(row)
    print(json.dumps({name: value for name, value in row.risk.items() if name != "words"}, indent=1))
    return 0


def compare(counter: Counter, arguments: argparse.Namespace) -> int:
    """Make a release once more; 0 when its bytes are the same, 1 with what differs when they are not."""
    row = _row(counter, arguments.id)
    if row.file_sha256 is None:
        print("This release has no file to compare with.", file=sys.stderr)
        return REFUSED
    if _made_again(counter, arguments.id) == row.file_sha256:
        print(f"The same bytes: {row.file_sha256}")
        return 0
    print("Other bytes: " + ", ".join(f"{name} {number}" for name, number in _differing(counter, arguments.id).items()))
    return 1


def _made_again(counter: Counter, release_id: UUID) -> str | None:
    """The sum of a release as today's records make it; None when they do not allow it any more, which is said."""
    from outcomes.actions.release_build import same_bytes  # noqa: PLC0415 - brings numpy

    try:
        with Path(os.devnull).open("wb") as nowhere:
            return same_bytes(_bench(counter), release_id, nowhere, _tell).sha256
    except RefusedError as refused:
        print("\r" + _said(refused.because), file=sys.stderr, end="")
        return None
    finally:
        print(file=sys.stderr)


def _differing(counter: Counter, release_id: UUID) -> dict[str, int]:
    from outcomes.actions.release_build import what_differs  # noqa: PLC0415 - brings numpy

    with new_session(counter.engine, read_only=True) as session:
        work = Work(session, counter.actor, counter.keys, counter.catalogue, datetime.now(UTC))
        return what_differs(work, release_id).as_data()


def write_one(counter: Counter, arguments: argparse.Namespace) -> int:
    """Write an approved release to a new file, and write down why. What cannot be written is not taken."""
    file: Path = arguments.file
    try:
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        print(f"{file}: {error.strerror}", file=sys.stderr)
        return REFUSED
    try:
        with os.fdopen(number, "wb") as target:
            taken = _handed_over(counter, arguments, target)
    except BaseException:
        file.unlink()  # half a release would be taken for a whole one
        raise
    print(f"{file}: {taken.size} bytes, SHA-256 {taken.sha256}")
    return 0


def _handed_over(counter: Counter, arguments: argparse.Namespace, target: BinaryIO) -> Taken:
    """Write down who takes it before a byte is handed over."""
    with new_session(counter.engine) as session:
        taken = take(counter.work(session), arguments.id, arguments.why, counter.settings.data)
        session.commit()
    with taken.room.read() as source:
        while piece := source.read(PIECE):
            target.write(piece)
    return taken


def _row(counter: Counter, release_id: UUID) -> ReleaseRow:
    with new_session(counter.engine, read_only=True) as session:
        return one_release(scope_of(counter.actor), session, release_id)


def _bench(counter: Counter) -> Any:  # noqa: ANN401 - its module brings numpy and is loaded where it is needed
    from outcomes.actions.release_build import Bench  # noqa: PLC0415

    settings, actor = counter.settings, counter.actor
    return Bench(counter.engine, counter.keys, counter.catalogue, settings.data, actor, _write, EVERYTHING)


def _write(engine: Engine, reach: Reach, do: Callable[[Session], None]) -> None:
    with_retry(partial(_write_once, engine, reach, do))


def _write_once(engine: Engine, reach: Reach, do: Callable[[Session], None]) -> None:
    with new_session(engine, reach=reach) as session:
        do(session)
        session.commit()


def _say(row: ReleaseRow) -> None:
    print(f"{row.id} {row.state}")
    for sentence in row.risk.get("words", {}).get("en", ()):
        print(f"  {sentence}")
    if refused := row.risk.get("refused"):
        print(f"  {_said(Because(Reason(refused['reason']), refused['numbers']))}")


def _said(because: Because) -> str:
    return reason(Voice(Language.ENGLISH), because)


def _tell(step: Step) -> None:
    of = f" of {step.of}" if step.of else ""
    print(f"\r{step.part}: {step.done}{of}      ", end="", file=sys.stderr, flush=True)
