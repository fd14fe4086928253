"""The reason of a change on the forms: chosen from a short list, explained where that is not enough."""

from typing import TypeVar, cast
from uuid import UUID

from flask import request

from outcomes.actions.errors import Invalid
from outcomes.actions.reasons import Reason, for_trail, read_reason, reason_of
from outcomes.terms import ChangeReason
from outcomes.voice import N_, Voice
from outcomes.web.clinic.fields import RecordForm, text, word
from outcomes.web.database import name_reason, work
from outcomes.web.words import word as term

F = TypeVar("F", bound=RecordForm)

LONGEST = 300
OF_THE_HOUSE = {
    "taken_in": N_("taken in from a record of another clinic"),
    "taken_back_by_patient": N_("the patient took it back"),
}
"""Reasons that the program names by itself."""


class ReasonForm(RecordForm):
    """Why something is changed."""

    why = word(N_("Why it is changed"), ChangeReason)
    why_more = text(N_("In your own words"), LONGEST, N_("Needed for another reason; else as you like."))

    @property
    def reason(self) -> Reason:
        """What was chosen.

        Raises:
            Invalid: when nothing was, or "another reason" without an explanation.
        """
        return reason_of(self.why.data, self.why_more.data)


def edited(form: type[F]) -> type[F]:
    """Return a form as it asks for a change of what is stored: with the reason at its end."""
    groups = (*form.groups, (N_("Reason for the change"), ("why", "why_more")))
    more = {"groups": groups, "__doc__": form.__doc__}
    return cast("type[F]", type(f"Edited{form.__name__}", (ReasonForm, form), more))


def take_reason(form: ReasonForm) -> bool:
    """Name the reason of everything this request writes from here on; say beside the field what is missing."""
    patient_id = (request.view_args or {}).get("patient_id")
    try:
        name_reason(for_trail(work(), form.reason, patient_id if isinstance(patient_id, UUID) else None))
    except Invalid as refusal:
        form.take(refusal)
        return False
    return True


def reason_words(voice: Voice, kept: str | None) -> str:
    """Say a reason that the trail keeps, its word in the reader's language."""
    why, more = read_reason(kept or "")
    if why is None:
        own = OF_THE_HOUSE.get(more.rstrip(": "))
        return more if own is None else voice.say(own)
    return f"{term(voice, why)}: {more}" if more else term(voice, why)
