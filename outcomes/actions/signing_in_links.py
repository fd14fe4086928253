"""Links by e-mail: a new password for whoever forgot it, and a sign-in for patients.

The page that takes an address says the same whoever it belongs to and looks nothing up; the letter is written after the
answer, to the address that is stored, never to the one that was typed. A token has 256 random bits, is kept as a hash,
works once, and only the form behind its page uses it up: mail programs open links by themselves.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select, update

from outcomes.access.tokens import address_of, new_token, token_hash
from outcomes.actions.signing_in_door import (
    NOBODY,
    Doorway,
    LinkExpired,
    begin_by_password,
    end_all,
    set_password,
)
from outcomes.records.queries.factors import Letterbox, is_staff, link_of, links_sent
from outcomes.records.session import act_as
from outcomes.records.tables import AccountLink, User
from outcomes.terms import Language, LinkKind
from outcomes.voice import N_, Voice

LASTS = {LinkKind.RESET: timedelta(hours=1), LinkKind.SIGN_IN: timedelta(minutes=15)}
MOST_LETTERS = 3
LETTERS_PER = timedelta(hours=1)
PATHS = {LinkKind.RESET: "password", LinkKind.SIGN_IN: "enter"}
SUBJECTS = {
    LinkKind.RESET: N_("A new password"),
    LinkKind.SIGN_IN: N_("Your link to sign in"),
}
TEXTS = {
    LinkKind.RESET: N_(
        "Somebody asked for a new password for this address. Open this link within one hour to set one:"
    ),
    LinkKind.SIGN_IN: N_("Open this link within 15 minutes to sign in:"),
}
NOT_YOU = N_("If it was not you, you need do nothing: without this letter nobody gets in.")


@dataclass(frozen=True, slots=True)
class Post:
    """A letter to be sent, once its link is committed."""

    to: str
    subject: str
    text: str


def write_link(door: Doorway, kind: LinkKind, typed: str) -> Post | None:
    """Make a link for the account with an address and return the letter; None when there is none to write to.

    Nobody gets more than three letters of a kind an hour, however often and from wherever they are asked for. A link to
    sign in is for patients' accounts alone.
    """
    act_as(door.session, NOBODY)
    box = _letterbox(door, address_of(typed))
    if box is None or (kind is LinkKind.SIGN_IN and is_staff(door.session, box.user_id)):
        return None
    if links_sent(door.session, box.user_id, kind, door.now - LETTERS_PER) >= MOST_LETTERS:
        return None
    token = new_token()
    door.session.add(
        AccountLink(
            id=uuid4(),
            user_id=box.user_id,
            kind=kind,
            token_hash=token_hash(token),
            made_at=door.now,
            expires_at=door.now + LASTS[kind],
        )
    )
    door.session.flush()
    voice = Voice(Language(box.language))
    address = f"{door.public_url}/{PATHS[kind]}/{token}"
    text = f"{voice.say(TEXTS[kind])}\n\n{address}\n\n{voice.say(NOT_YOU)}\n"
    return Post(box.email, voice.say(SUBJECTS[kind]), text)


def linked(door: Doorway, kind: LinkKind, token: str) -> Letterbox:
    """Return whom a link is for; looking does not use it up.

    Raises:
        LinkExpired: unknown, used or too old, or of another kind.
    """
    box = link_of(door.session, token_hash(token), kind, door.now)
    if box is None or (kind is LinkKind.SIGN_IN and is_staff(door.session, box.user_id)):
        raise LinkExpired
    return box


def reset_password(door: Doorway, token: str, password: str) -> None:
    """Use a link up for a new password; every sign-in ends, and nobody is signed in by it.

    A second factor stays as it is: the letter stands in for the password alone.

    Raises:
        LinkExpired: as `linked`.
        Invalid: the password is weak; the link stays open.
    """
    box = linked(door, LinkKind.RESET, token)
    act_as(door.session, f"user:{box.user_id}", "reset by e-mail")
    set_password(door, box.user_id, password, (box.email,))
    _use_all(door, box, LinkKind.RESET)
    end_all(door, box.user_id)


def sign_in_by_link(door: Doorway, token: str, device: str) -> str:
    """Use a link up to sign a patient in; half a sign-in where the patient has set up a second factor.

    Raises:
        LinkExpired: as `linked`; also for an account that has become one of staff.
    """
    box = linked(door, LinkKind.SIGN_IN, token)
    act_as(door.session, f"user:{box.user_id}")
    _use_all(door, box, LinkKind.SIGN_IN)
    return begin_by_password(door, box.user_id, device)


def _use_all(door: Doorway, box: Letterbox, kind: LinkKind) -> None:
    """Use this link up, and every other open one of its kind.

    Raises:
        LinkExpired: another request was faster.
    """
    open_ones = update(AccountLink).where(AccountLink.user_id == box.user_id, AccountLink.used_at.is_(None))
    this = door.session.execute(open_ones.where(AccountLink.id == box.link_id).values(used_at=door.now))
    if not this.rowcount:  # type: ignore[attr-defined]  # of a cursor's result
        raise LinkExpired
    door.session.execute(open_ones.where(AccountLink.kind == kind).values(used_at=door.now))


def _letterbox(door: Doorway, address: str) -> Letterbox | None:
    """Return the open account with an address that was taken up by its owner once."""
    row = door.session.execute(
        select(User.id, User.email, User.language).where(
            User.email == address, User.active.is_(True), User.password_hash.is_not(None)
        )
    ).one_or_none()
    return None if row is None else Letterbox(*row)
