"""The clinic's own responder definitions: written before data are seen, changed only in the open."""

from typing import Any, ClassVar

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField
from wtforms.validators import Optional

from outcomes.access.rules import Access
from outcomes.actions import definitions as deeds
from outcomes.change.definitions import Criterion, Kind
from outcomes.records.queries.definitions import DefinitionRow, definitions
from outcomes.voice import N_, Voice
from outcomes.web.clinic import blueprint
from outcomes.web.clinic.fields import Groups, RecordForm, needed_text
from outcomes.web.clinic.protocols import scales_to_choose
from outcomes.web.clinic.saving import Sheet, save
from outcomes.web.database import catalogue, reading, voice, work
from outcomes.web.forms import NumberField, offered
from outcomes.web.i18n import say
from outcomes.web.member import the_member
from outcomes.web.security import allow

MOST = 3
UNPROCESSABLE = 422
KINDS = {
    Kind.GAIN_AT_LEAST: N_("better by at least"),
    Kind.GAIN_MORE_THAN: N_("better by more than"),
    Kind.GAIN_BEYOND_BAND: N_("better beyond the band"),
    Kind.SCORE_AT_LEAST: N_("score at least"),
    Kind.SCORE_AT_MOST: N_("score at most"),
}


def _none_or_scales() -> list[tuple[str, str]]:
    return [("", say(N_("none"))), *scales_to_choose()]


def _kinds() -> list[tuple[str, str]]:
    return [(kind.value, say(words)) for kind, words in KINDS.items()]


class DefinitionEntry(RecordForm):
    """A definition; whoever meets all its criteria counts."""

    groups: ClassVar[Groups] = (
        (N_("Definition"), ("name", "source")),
        (
            N_("Criteria, all of which must hold"),
            tuple(f"{n}_{i}" for i in range(MOST) for n in ("scale", "kind", "value")),
        ),
    )
    name = needed_text(N_("Name"), 120, N_("The same name again makes the next version."))
    source = needed_text(N_("Source or reason"), 300)


for _number in range(MOST):
    setattr(DefinitionEntry, f"scale_{_number}", SelectField(N_("Scale"), choices=offered(_none_or_scales)))
    setattr(DefinitionEntry, f"kind_{_number}", SelectField(N_("Criterion"), choices=offered(_kinds)))
    setattr(DefinitionEntry, f"value_{_number}", NumberField(N_("Number"), [Optional()]))


@blueprint.get("/admin/definitions")
@allow(Access.ADMINISTRATORS)
def responder_definitions() -> ResponseReturnValue:
    """Show the definitions, and the form of the next."""
    return _page(DefinitionEntry())


@blueprint.post("/admin/definitions")
@allow(Access.ADMINISTRATORS)
def define() -> ResponseReturnValue:
    """Write a definition, or the next version of one."""
    form = DefinitionEntry()
    sheet = Sheet(say(N_("Definitions")), (), url_for("clinic.responder_definitions"))
    answer = save(form, sheet, lambda: deeds.define(work(), _form(form)))
    return (_page(form), UNPROCESSABLE) if isinstance(answer, tuple) else answer


def _form(form: DefinitionEntry) -> deeds.DefinitionForm:
    return deeds.DefinitionForm(form.name.data, tuple(_criteria(form)), (form.source.data or "").strip())


def _criteria(form: DefinitionEntry) -> list[Criterion]:
    found = []
    for number in range(MOST):
        scale, value = form[f"scale_{number}"].data, form[f"value_{number}"].data
        if scale:
            kind = Kind(form[f"kind_{number}"].data)
            found.append(Criterion(scale, kind, None if value is None else float(value)))
    return found


def _page(form: DefinitionEntry) -> str:
    zone = the_member().place.time_zone
    rows = [_row(voice(), each, zone) for each in definitions(*reading())]
    return render_template("clinic/definitions.html", form=form, rows=rows)


def _row(speaker: Voice, row: DefinitionRow, zone: str) -> dict[str, Any]:
    said = [_criterion(speaker, criterion) for group in row.definition.any_of for criterion in group]
    return {
        "name": row.name,
        "number": row.number,
        "criteria": speaker.join(said),
        "source": row.definition.source,
        "frozen": speaker.moment(row.frozen_at, zone) if row.frozen_at else "",
        "late": row.after_data_seen,
    }


def _criterion(speaker: Voice, criterion: Criterion) -> str:
    title, words = speaker.pick(catalogue().scale(criterion.scale).title), speaker.say(KINDS[criterion.kind])
    return f"{title}: {words}" if criterion.value is None else f"{title}: {words} {speaker.number(criterion.value)}"
