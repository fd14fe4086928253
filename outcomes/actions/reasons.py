"""The reason of a change: a word from a short list, and more in one's own words where that is not enough."""

from dataclasses import dataclass
from uuid import UUID

from outcomes.actions.checks import fits, needed
from outcomes.actions.errors import Invalid
from outcomes.actions.work import Work, the_cipher
from outcomes.records.sealed_rows import sealed_reason
from outcomes.terms import ChangeReason
from outcomes.voice import N_

LONGEST = 300
BETWEEN = ": "


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is changed."""

    why: ChangeReason
    more: str = ""

    @property
    def text(self) -> str:
        """The word, and what was added to it."""
        return f"{self.why}{BETWEEN}{self.more}" if self.more else self.why.value


def reason_of(why: str | None, more: str | None = None) -> Reason:
    """Return a reason that was chosen on a form.

    Raises:
        Invalid: without a word of the list, for "other" without an explanation, or for one that is too long.
    """
    if why not in set(ChangeReason):
        raise Invalid("needed", "why", N_("Choose why this is changed."))
    words = (more or "").strip()
    fits("why_more", words, LONGEST)
    if why == ChangeReason.OTHER:
        needed("why_more", words)
    return Reason(ChangeReason(why), words)


def for_trail(work: Work, reason: Reason, patient_id: UUID | None) -> str:
    """Return a reason as the trail keeps it: the word in clear, what was typed about a patient sealed.

    Raises:
        NotFound: if the patient's key was destroyed.
    """
    if patient_id is None or not reason.more:
        return reason.text
    return sealed_reason(the_cipher(work, patient_id), reason.more, reason.why)


def read_reason(text: str) -> tuple[ChangeReason | None, str]:
    """Return the word of a reason and what was added to it; None for one in somebody's own words alone.

    >>> read_reason("mistyped: seven, not one"), read_reason("a mistake")
    ((<ChangeReason.MISTYPED: 'mistyped'>, 'seven, not one'), (None, 'a mistake'))
    """
    word, _, more = text.partition(BETWEEN)
    return (ChangeReason(word), more) if word in set(ChangeReason) else (None, text)
