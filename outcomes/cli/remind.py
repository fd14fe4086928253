"""`remind`: letters to patients for whom something is due. To be run every hour; a letter never goes twice."""

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Engine

from outcomes.access.scope import EVERYTHING, Actor
from outcomes.actions import remind
from outcomes.actions.importing.clinics import clinics
from outcomes.actions.work import Work
from outcomes.exchange.letters import LetterNotSent, is_proven, send
from outcomes.instruments.catalogue import Catalogue, load_catalogue
from outcomes.records.sealing import KeyRing
from outcomes.records.session import act_as, new_session, open_engine, with_retry
from outcomes.records.violations import Violation
from outcomes.settings import Settings
from outcomes.terms import Role

T = TypeVar("T")
REFUSED = 2


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    run = subparsers.add_parser("remind", help="write to patients for whom something is due; run it every hour")
    run.add_argument("--dry-run", action="store_true", help="say to whom a letter would go, by number, and send none")
    run.set_defaults(run=remind_all)


def remind_all(arguments: argparse.Namespace, settings: Settings) -> int:
    """Send what is due. What is printed holds ids and no address.

    Returns:
        0 when every letter went out, 1 when the mail server refused one, 2 when no test letter has gone out yet.
    """
    if not arguments.dry_run and not is_proven(settings):
        print("No letter is sent: `mail-test` has not succeeded with these mail settings.", file=sys.stderr)
        return REFUSED
    engine = open_engine(settings.database_url, settings.audit_key, EVERYTHING)
    round_ = _Round(settings, engine, load_catalogue(settings.packs), datetime.now(UTC))
    with new_session(engine, read_only=True) as session:
        ids = [clinic.id for clinic in clinics(session)]
    counts: Counter[str] = Counter()
    for clinic_id in ids:
        counts += round_.of_clinic(clinic_id, dry=arguments.dry_run)
    told = "would be sent" if arguments.dry_run else "sent"
    print(f"{counts['sent']} letters {told}, {counts['refused']} refused by the mail server", file=sys.stderr)
    return 1 if counts["refused"] else 0


class _Round:
    """One run of the command: its settings, its engine and its instant."""

    def __init__(self, settings: Settings, engine: Engine, catalogue: Catalogue, now: datetime) -> None:
        self.settings, self.engine, self.catalogue, self.now = settings, engine, catalogue, now
        self.keys = KeyRing(settings.master_keys)

    def of_clinic(self, clinic_id: UUID, *, dry: bool) -> Counter[str]:
        """Write the letters of one clinic."""
        counts: Counter[str] = Counter()
        for to in self._turn(clinic_id, remind.who_may_be_reminded):
            if dry:
                kind = self._turn(clinic_id, partial(remind.would_remind, to=to))
                outcome = "sent" if kind else "nothing"
                print(f"{to.membership_id} {kind}" if kind else "", end="\n" if kind else "")
            else:
                outcome = self._one(clinic_id, to.membership_id)
            counts[outcome] += 1
        return counts

    def _one(self, clinic_id: UUID, membership_id: UUID) -> str:
        """Claim a letter, send it, and note what became of it."""
        try:
            claimed = self._turn(clinic_id, partial(remind.claim, membership_id=membership_id))
        except Violation:  # another run was faster
            return "nothing"
        if claimed is None:
            return "nothing"
        key, site = self.settings.secret_key.encode(), self.settings.public_url
        try:
            send(self.settings, remind.letter(claimed, clinic_id, key, site), self.now)
        except LetterNotSent as error:
            self._turn(clinic_id, partial(remind.settle, reminder_id=claimed.reminder_id, sent=False))
            print(f"{claimed.reminder_id} refused {error}")
            return "refused"
        self._turn(clinic_id, partial(remind.settle, reminder_id=claimed.reminder_id, sent=True))
        print(f"{claimed.reminder_id} {claimed.state} sent")
        return "sent"

    def _turn(self, clinic_id: UUID, do: Callable[[Work], T]) -> T:
        """Do something in a transaction of its own, in the program's name."""
        return with_retry(partial(self._turn_once, clinic_id, do))

    def _turn_once(self, clinic_id: UUID, do: Callable[[Work], T]) -> T:
        actor = Actor(clinic_id, None, Role.ADMINISTRATOR)
        with new_session(self.engine) as session:
            act_as(session, actor.name_in_trail)
            work = Work(session, actor, self.keys, self.catalogue, self.now)
            result = do(work)
            session.commit()
        return result
