"""What a verification may find: each fault names its table, row and field as far as they can be known."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from outcomes.voice import N_


class FaultKind(StrEnum):
    """What is wrong."""

    ENTRY_CHANGED = "entry_changed"
    ENTRY_MISSING = "entry_missing"
    ENTRY_UNSEALED = "entry_unsealed"
    SEAL_MISSING = "seal_missing"
    HEAD_MOVED = "head_moved"
    HISTORY_BROKEN = "history_broken"
    ROW_CHANGED = "row_changed"
    ROW_MISSING = "row_missing"
    ROW_UNKNOWN = "row_unknown"
    ANCHOR_UNMET = "anchor_unmet"
    ANCHOR_FORGED = "anchor_forged"
    ANCHOR_LOST = "anchor_lost"
    TRIGGER_CHANGED = "trigger_changed"
    WALL_CHANGED = "wall_changed"
    WALL_PASSED = "wall_passed"
    RIGHTS_CHANGED = "rights_changed"
    SIGNATURE_BROKEN = "signature_broken"


SENTENCES = {
    FaultKind.ENTRY_CHANGED: N_("An entry of the audit trail, or its place, was changed."),
    FaultKind.ENTRY_MISSING: N_("An entry of the audit trail was removed."),
    FaultKind.ENTRY_UNSEALED: N_("An entry of the audit trail was not written by this program."),
    FaultKind.SEAL_MISSING: N_("A seal of the audit trail was removed."),
    FaultKind.HEAD_MOVED: N_("The end of the audit trail is not where it should be."),
    FaultKind.HISTORY_BROKEN: N_("A change does not follow from the one before it."),
    FaultKind.ROW_CHANGED: N_("A record was changed without an entry in the audit trail."),
    FaultKind.ROW_MISSING: N_("A record was removed without an entry in the audit trail."),
    FaultKind.ROW_UNKNOWN: N_("A record was added without an entry in the audit trail."),
    FaultKind.ANCHOR_UNMET: N_("The audit trail no longer holds what an anchor says it held."),
    FaultKind.ANCHOR_FORGED: N_("An anchor was not written by this program."),
    FaultKind.ANCHOR_LOST: N_("An anchor that was written is no longer in its file."),
    FaultKind.TRIGGER_CHANGED: N_("A trigger that writes or guards the audit trail is missing or was changed."),
    FaultKind.WALL_CHANGED: N_(
        "A rule by which the database keeps clinics and patients apart is missing or was changed."
    ),
    FaultKind.WALL_PASSED: N_("The database has a view or function through which rows of every clinic can be read."),
    FaultKind.RIGHTS_CHANGED: N_("The program may do more or less with this table of the database than it needs."),
    FaultKind.SIGNATURE_BROKEN: N_("A signed visit no longer holds what was signed."),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    `clinic_id` is the nil UUID for accounts, None for triggers. `row_id` is the row's key without its
    clinic, several parts joined by "/". `position` is the place in the clinic's chain.
    """

    kind: FaultKind
    clinic_id: UUID | None = None
    table: str | None = None
    row_id: str | None = None
    field: str | None = None
    position: int | None = None

    @property
    def sentence(self) -> str:
        """What is wrong, as an English message id."""
        return SENTENCES[self.kind]
