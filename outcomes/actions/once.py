"""Doing a thing once: a form's key, sent again, gives the first result."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from outcomes.actions.errors import Invalid, KeyReused
from outcomes.actions.work import Work
from outcomes.records.tables import IdempotencyKey
from outcomes.voice import N_

LONGEST_KEY = 64
KEPT = timedelta(days=30)


def once(work: Work, key: str | None, body: object, do: Callable[[], UUID]) -> UUID:
    """Do something and return its id; the same key with the same body gives the id of the first time.

    Without a key it is simply done. Of two that come at the same instant the second waits for the first.

    Raises:
        KeyReused: if the key came before with another body.
        Invalid: if the key is too long.
    """
    if key is None:
        return do()
    if not 0 < len(key) <= LONGEST_KEY:
        raise Invalid("key_length", "key", N_("This form is damaged. Open it again."))
    digest = body_hash(body)
    first = _result_of(work, key, digest) if not _claimed(work, key, digest) else None
    if first is not None:
        return first
    result = do()
    row = work.session.get_one(IdempotencyKey, (work.clinic_id, key))
    row.result = str(result)
    work.session.flush()
    return result


def forget_old_keys(work: Work) -> int:
    """Throw away keys of forms sent more than 30 days ago, whose drafts are gone too; return how many there were."""
    old = (IdempotencyKey.clinic_id == work.clinic_id, IdempotencyKey.at <= work.now - KEPT)
    return len(work.session.scalars(delete(IdempotencyKey).where(*old).returning(IdempotencyKey.key)).all())


def _claimed(work: Work, key: str, digest: str) -> bool:
    """Claim the key; False when it was claimed before."""
    if work.session.get(IdempotencyKey, (work.clinic_id, key)) is not None:
        return False
    row = {"clinic_id": work.clinic_id, "key": key, "body_hash": digest, "at": work.now}
    try:
        with work.session.begin_nested():
            work.session.execute(insert(IdempotencyKey).values(row))
    except IntegrityError:
        return False
    return True


def _result_of(work: Work, key: str, digest: str) -> UUID | None:
    statement = select(IdempotencyKey.body_hash, IdempotencyKey.result).where(
        IdempotencyKey.clinic_id == work.clinic_id, IdempotencyKey.key == key
    )
    row = work.session.execute(statement).one()
    if row.body_hash != digest:
        raise KeyReused(key)
    return UUID(row.result) if row.result else None


def body_hash(body: object) -> str:
    """A fingerprint of what a form asks for; equal contents give equal fingerprints."""
    text = json.dumps(_plain(body), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Enum | UUID) else value
