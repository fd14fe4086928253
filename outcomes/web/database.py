"""The records as a request sees them: one session, one commit, and one place that writes down who read what.

A GET gets a session that the database itself refuses every write. Anything else gets a writing one, which is
committed when the view answers with success and rolled back when it refuses; a transaction that the database could
not fit in between others is done again.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import TypeVar
from uuid import UUID, uuid4

from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from outcomes.access.scope import DOOR, Reach, Scope, reach_of, scope_of
from outcomes.actions.errors import Refusal
from outcomes.actions.reading import Reading, write_down
from outcomes.actions.signing_in import Doorway
from outcomes.actions.work import Work
from outcomes.instruments.catalogue import Catalogue, load_catalogue
from outcomes.records.queries.days import today_in
from outcomes.records.queries.remembered import Remembered
from outcomes.records.sealing import KeyRing
from outcomes.records.session import act_as, keep_within, new_session, open_engine, with_retry
from outcomes.settings import Settings
from outcomes.web.i18n import voice
from outcomes.web.member import Member, member, the_member

__all__ = [
    "RecordsFlask",
    "catalogue",
    "doorway",
    "give_back",
    "keep_in_spite_of_refusal",
    "keep_to_member",
    "now",
    "reading",
    "records",
    "refuse_writing",
    "saw",
    "session",
    "today",
    "took",
    "voice",
    "work",
]

T = TypeVar("T")
SAFE = {"GET", "HEAD", "OPTIONS"}
SEEN_EVERY = timedelta(minutes=1)
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Records:
    """What lives as long as the program: settings, the database, the keys and the instruments."""

    settings: Settings
    engine: Engine
    keys: KeyRing
    memory: Remembered = field(default_factory=Remembered)
    _catalogue: Catalogue | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def catalogue(self) -> Catalogue:
        """The instruments, read from their files when the first page needs one."""
        with self._lock:
            if self._catalogue is None:
                self._catalogue = load_catalogue(self.settings.packs)
        return self._catalogue


def open_records(settings: Settings) -> Records:
    """Open the database and the key ring of these settings."""
    return Records(settings, open_engine(settings.database_url, settings.audit_key), KeyRing(settings.master_keys))


def records() -> Records:
    """Return what lives as long as the program."""
    found: Records = current_app.extensions["records"]
    return found


def now() -> datetime:
    """Return the instant of this request, the same for all of it."""
    if "now" not in g:
        g.now = datetime.now(UTC)
    instant: datetime = g.now
    return instant


def today() -> date:
    """Return the civil date where the member's clinic is."""
    return today_in(the_member().place.time_zone, now())


def session() -> Session:
    """Return the session of this request: reading for a GET, writing for anything else that is not refused."""
    if "session" not in g:
        reads = request.method in SAFE or "refusal" in g
        g.session = new_session(records().engine, read_only=reads, reach=g.get("reach", DOOR))
    opened: Session = g.session
    return opened


def keep_to_member() -> None:
    """Let this request reach what its member may and no more; until then it stands at the front door."""
    g.reach = _reach_of(the_member())
    if "session" in g:
        keep_within(g.session, g.reach)


def _reach_of(who: Member) -> Reach:
    return reach_of(who.actor, who.user_id)


def work() -> Work:
    """Return what an action needs; everything written from here on carries the member's name."""
    if "refusal" in g:
        g.refused = True
        raise g.refusal
    actor = the_member().actor
    act_as(session(), actor.name_in_trail, g.get("reason"))
    return Work(session(), actor, records().keys, records().catalogue, now())


def name_reason(reason: str) -> None:
    """Give everything that this request writes from here on its reason in the trail."""
    g.reason = reason


def reading() -> tuple[Scope, Session]:
    """Return what a query needs."""
    return scope_of(the_member().actor), session()


def doorway() -> Doorway:
    """Return what an action at the front door needs, where nobody is known yet."""
    return _doorway(session(), records().settings, now())


def _doorway(opened: Session, settings: Settings, at: datetime) -> Doorway:
    return Doorway(opened, at, settings.secret_key.encode(), settings.demo, settings.master_keys, settings.public_url)


def after_the_answer(opened: Records, act: Callable[[Doorway], T]) -> T:
    """Do something at the front door outside any request, in a transaction of its own, done again where that helps."""
    return with_retry(partial(_after_the_answer_once, opened, act))


def _after_the_answer_once(opened: Records, act: Callable[[Doorway], T]) -> T:
    with new_session(opened.engine, reach=DOOR) as own:
        result = act(_doorway(own, opened.settings, datetime.now(UTC)))
        own.commit()
    return result


def write_apart(engine: Engine, reach: Reach, do: Callable[[Session], None]) -> None:
    """Do something outside any request within a reach, in a transaction of its own, done again where that helps."""
    with_retry(partial(_write_apart_once, engine, reach, do))


def _write_apart_once(engine: Engine, reach: Reach, do: Callable[[Session], None]) -> None:
    with new_session(engine, reach=reach) as own:
        do(own)
        own.commit()


def catalogue() -> Catalogue:
    """Return the instruments."""
    return records().catalogue


def keep_in_spite_of_refusal() -> None:
    """Have what was written committed although the answer refuses: a form's draft, so that nothing typed is lost."""
    g.keeps = True


def refuse_writing(refusal: Refusal) -> None:
    """Let this request read once more, and meet a refusal where it would write."""
    give_back()
    g.refusal = refusal


def saw(patient_id: UUID, what: str) -> None:
    """Note that this page shows a patient's record; it is written down after the answer."""
    g.setdefault("saw", []).append((patient_id, what))


def took(patient_id: UUID, what: str) -> None:
    """Note that a whole record leaves as a file; that is written down even of the patient's own."""
    g.setdefault("took", []).append((patient_id, what))


class RecordsFlask(Flask):
    """Flask with the one commit of a request."""

    def dispatch_request(self) -> ResponseReturnValue:
        """Answer, then commit; start over when the database could not serialise the transaction."""
        return with_retry(self._answer_and_commit)

    def _answer_and_commit(self) -> ResponseReturnValue:
        try:
            response = self.make_response(super().dispatch_request())
            _finish(response)
        except SQLAlchemyError:
            give_back()
            raise
        return response


def _finish(response: Response) -> None:
    """Commit what was written when the answer is a success, or when it is to outlive a refusal."""
    opened: Session | None = g.get("session")
    keeps = response.status_code < HTTPStatus.BAD_REQUEST or g.get("keeps", False)
    if opened is not None and request.method not in SAFE and keeps:
        opened.commit()


def give_back() -> None:
    """Roll back and close the session of this request, if it has one."""
    opened: Session | None = g.pop("session", None)
    if opened is not None:
        opened.close()


def _close(_error: BaseException | None) -> None:
    give_back()


def _write_down_after(response: Response) -> Response:
    """Have reading and being seen written down when the answer has gone out."""
    who = member()
    if who is None or response.status_code >= HTTPStatus.BAD_REQUEST:
        return response
    seen: list[tuple[UUID, str]] = [*(g.get("saw", []) if who.actor.patient_id is None else []), *g.get("took", [])]
    overdue = now() - g.seen_at >= SEEN_EVERY
    if seen or overdue:
        response.call_on_close(partial(_write_down, records().engine, who, _notes(who, seen), now()))
    return response


def _notes(who: Member, seen: list[tuple[UUID, str]]) -> tuple[Reading, ...]:
    """Turn what was shown or taken into rows of the read log; a patient's look at the own record is none."""
    actor = who.actor
    if actor.membership_id is None:
        return ()
    return tuple(Reading(actor.clinic_id, uuid4(), actor.membership_id, patient, what) for patient, what in seen)


def _write_down(engine: Engine, who: Member, notes: tuple[Reading, ...], at: datetime) -> None:
    """Write the read log and the time of being seen, in a transaction of their own."""
    try:
        with_retry(partial(_write_down_once, engine, who, notes, at))
    except SQLAlchemyError as error:
        log.error("read_log_not_written kind=%s", type(error).__name__)  # noqa: TRY400 - the text of the error holds values


def _write_down_once(engine: Engine, who: Member, notes: tuple[Reading, ...], at: datetime) -> None:
    with new_session(engine, reach=_reach_of(who)) as opened:
        write_down(opened, notes, who.sign_in_id, at)
        opened.commit()


def keep_records(app: Flask, settings: Settings) -> None:
    """Give the app its records, and end each request's session."""
    app.extensions["records"] = open_records(settings)
    app.after_request(_write_down_after)
    app.teardown_request(_close)
