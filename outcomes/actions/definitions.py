"""The clinic's own responder definitions: named, numbered, frozen when written, never edited in place."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select

from outcomes.access.rules import Act
from outcomes.access.scope import Scope
from outcomes.actions.checks import fits, needed
from outcomes.actions.errors import Invalid
from outcomes.actions.work import Work, add, may
from outcomes.change.definitions import Criterion, Definition, DefinitionError, as_stored, read_definition
from outcomes.records.queries.reach import anchors
from outcomes.records.tables import ResponderDefinition, Score
from outcomes.voice import N_


@dataclass(frozen=True, slots=True)
class DefinitionForm:
    """A definition: whoever meets all criteria counts."""

    name: str
    criteria: tuple[Criterion, ...]
    source: str = ""


def define(work: Work, form: DefinitionForm) -> UUID:
    """Write the next version of a definition, frozen at once, and return its id.

    A version that is written when scores after FMT on one of its scales are already there is marked as such for ever,
    and every later figure says so.

    Raises:
        NotAllowed: for anybody but administrators.
        Invalid: for a name or criterion that cannot be, or a version equal to the one in force.
    """
    may(work, Act.MANAGE_PROTOCOL)
    name = needed("name", form.name)
    fits("name", name, 120)
    fits("source", form.source, 300)
    rule = as_stored(_checked(work, name, form))
    newest = _newest(work, name)
    if newest is not None and newest.rule == rule:
        raise Invalid("same_definition", "name", N_("This is the definition in force already."))
    row = ResponderDefinition(
        name=name,
        number=newest.number + 1 if newest else 1,
        rule=rule,
        frozen_at=work.now,
        after_data_seen=_seen(work, form),
    )
    return add(work, row)


def _checked(work: Work, name: str, form: DefinitionForm) -> Definition:
    definition = Definition(name, name, (form.criteria,), form.source)
    installed = {scale.key for scale in work.catalogue.scales() if scale.better is not None}
    if not form.criteria:
        raise Invalid("no_criterion", None, N_("Name one criterion at least."))
    if not definition.scales <= installed:
        raise Invalid("unknown_scale", None, N_("One of these scales is not installed."))
    try:
        return read_definition(name, as_stored(definition))
    except DefinitionError as error:
        raise Invalid("criterion", None, N_("A criterion needs a scale, a kind and a number.")) from error


def _newest(work: Work, name: str) -> ResponderDefinition | None:
    own = (ResponderDefinition.clinic_id == work.clinic_id, ResponderDefinition.name == name)
    return work.session.scalar(select(ResponderDefinition).where(*own).order_by(ResponderDefinition.number.desc()))


def _seen(work: Work, form: DefinitionForm) -> bool:
    """Whether a score after FMT is there on any of the scales."""
    anchor = anchors(Scope(work.clinic_id))
    after = exists().where(
        Score.clinic_id == work.clinic_id,
        Score.patient_id == anchor.c.patient_id,
        Score.scale.in_({criterion.scale for criterion in form.criteria}),
        Score.on_date > anchor.c.first_day,
        Score.value.is_not(None),
    )
    return work.session.scalar(select(anchor.c.patient_id).where(after).limit(1)) is not None
