"""Why an action was refused. Each error has a code, and a sentence that the door translates.

The text of an error holds codes and ids alone, so that it may be logged; what somebody typed travels in
attributes, for the page that asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from outcomes.records.queries.errors import NotFound
from outcomes.voice import N_

__all__ = ["Conflict", "Invalid", "KeyReused", "NotAllowed", "NotFound", "Refusal", "StaleVersion"]


class Refusal(Exception):  # noqa: N818 - the family name of all refusals
    """An action was refused; nothing was written.

    `sentence` is an English message id with %(name)s places, `values` what fills them.
    """

    code = "refused"
    sentence = N_("This cannot be done.")
    values: Mapping[str, Any] = MappingProxyType({})


class NotAllowed(Refusal):
    """The role of the actor does not reach so far."""

    code = "not_allowed"
    sentence = N_("Your account may not do this.")

    def __init__(self, action: str) -> None:
        super().__init__(f"{self.code}: {action}")
        self.action = action


class Invalid(Refusal):
    """What was given breaks a rule; `field` is the name of the form's field, None for the form as a whole."""

    def __init__(self, code: str, field: str | None, sentence: str, **values: object) -> None:
        super().__init__(f"{code}: {field}")
        self.code = code
        self.field = field
        self.sentence = sentence
        self.values = values


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field that two people changed: what this actor wants, and what is stored by now."""

    field: str
    mine: Any
    theirs: Any


class StaleVersion(Refusal):
    """Somebody else saved this record first; both values of every field that differs are kept for the page."""

    code = "stale_version"
    sentence = N_("Somebody else changed this record while you were editing it. Choose what to keep.")

    def __init__(self, table: str, row_id: UUID, current: int, conflicts: tuple[Conflict, ...]) -> None:
        super().__init__(f"{self.code}: {table} {row_id} is at version {current}")
        self.table = table
        self.row_id = row_id
        self.current = current
        self.conflicts = conflicts


class KeyReused(Refusal):
    """A form's key came back with another body."""

    code = "key_reused"
    sentence = N_("This form was already saved with other answers. Open it again to change them.")

    def __init__(self, key: str) -> None:
        super().__init__(f"{self.code}: {key}")
        self.key = key
