"""The signatures of a visit in words."""

from dataclasses import dataclass
from uuid import UUID

from outcomes.records.queries.signatures import SignatureRow, Standing
from outcomes.terms import VisitState
from outcomes.voice import Voice
from outcomes.web.words import word


@dataclass(frozen=True, slots=True)
class SigningPage:
    """What a visit's page says of signing: the state, each signature, and what this member may do now."""

    state: str
    signatures: tuple[tuple[str, str], ...]
    broken: bool
    may_sign: bool
    may_unlock: bool


def signing_words(voice: Voice, standing: Standing, zone: str, member_id: UUID | None) -> SigningPage:
    """Put the signatures of a visit into words."""
    signed = standing.state is VisitState.SIGNED
    mine = any(row.membership_id == member_id and row.voided_at is None for row in standing.signatures)
    return SigningPage(
        state=word(voice, standing.state),
        signatures=tuple((_said(voice, row, zone), _voided(voice, row, zone)) for row in standing.signatures),
        broken=not standing.sound,
        may_sign=member_id is not None and not mine and standing.sound,
        may_unlock=signed,
    )


def _said(voice: Voice, row: SignatureRow, zone: str) -> str:
    return voice.say(
        "Signed by %(name)s on %(moment)s (%(utc)s UTC). Meaning: %(meaning)s.",
        name=row.printed_name,
        moment=voice.moment(row.signed_at, zone),
        utc=row.signed_at.strftime("%Y-%m-%d %H:%M:%S"),
        meaning=word(voice, row.meaning),
    )


def _voided(voice: Voice, row: SignatureRow, zone: str) -> str:
    if row.voided_at is None or row.why is None:
        return ""
    why = f"{word(voice, row.why)}: {row.more}" if row.more else word(voice, row.why)
    return voice.say(
        "Unlocked by %(name)s on %(moment)s. %(why)s",
        name=row.voided_by or voice.say("the program"),
        moment=voice.moment(row.voided_at, zone),
        why=why,
    )
