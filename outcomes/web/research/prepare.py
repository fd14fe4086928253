"""Asking for a release: its tier, purpose, scales, visits and columns; who would be in it; and its building."""

from collections.abc import Callable
from http import HTTPStatus
from threading import Thread
from uuid import UUID, uuid4

from flask import Response, after_this_request, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from outcomes.access.rules import Access
from outcomes.access.scope import Actor
from outcomes.actions import release as deeds
from outcomes.actions.errors import Invalid, KeyReused
from outcomes.actions.releasing.recipe import COLUMNS, PURPOSES
from outcomes.exchange.writers.contents import OUTSIDE
from outcomes.privacy.tiers import RefusedError, Tier, decide
from outcomes.privacy.words import TIERS, reason
from outcomes.records.queries.cohort import scales_in_use
from outcomes.records.queries.plan import plan
from outcomes.records.queries.release import Standing, standings
from outcomes.voice import N_
from outcomes.web.database import Records, catalogue, reading, records, today, voice, work, write_apart
from outcomes.web.forms import Form, at_most, needed, offered
from outcomes.web.i18n import say
from outcomes.web.member import the_member
from outcomes.web.research import blueprint
from outcomes.web.research.release_page import standing_said, tiers
from outcomes.web.security import allow


def _scales() -> list[tuple[str, str]]:
    known = {scale.key for scale in catalogue().scales()}
    used = [key for key in scales_in_use(*reading()) if key in known]
    return [(key, _scale_title(key)) for key in used]


def _scale_title(key: str) -> str:
    """Name a scale with its questionnaire, and once where both have the same name."""
    known = catalogue()
    scale, questionnaire = (voice().pick(each.title) for each in (known.scale(key), known.instrument_of(key)))
    return scale if scale == questionnaire else f"{questionnaire}: {scale}"


def _visits() -> list[tuple[str, str]]:
    points = sorted(plan(*reading()).points, key=lambda point: point.day)
    named = [(point.code, voice().pick(point.title)) for point in points]
    return [*named, (OUTSIDE, say(N_("outside every visit window")))]


def _columns() -> list[tuple[str, str]]:
    return [(name, say(offered.title)) for name, offered in COLUMNS.items()]


def _tier_choices() -> list[tuple[int, str]]:
    return [(int(tier), say(TIERS[tier])) for tier in Tier]


def _boxes(label: str, listed: Callable[[], list[tuple[str, str]]], hint: str = "") -> SelectMultipleField:
    """Return boxes to tick any number of."""
    shape = {"widget": ListWidget(prefix_label=False), "option_widget": CheckboxInput()}
    return SelectMultipleField(label, choices=offered(listed), description=hint, default=list, **shape)


class ReleaseEntry(Form):
    """What is asked of a release."""

    idempotency_key = HiddenField()
    title = StringField(N_("Title"), [needed(), at_most(200)])
    purpose = TextAreaField(
        N_("What it is for"), [needed(), at_most(1000)], description=N_("Which study or question, and who will use it.")
    )
    tier = SelectField(N_("How far the data are opened"), coerce=int, choices=offered(_tier_choices))
    scales = _boxes(N_("Scales"), _scales, N_("The first one ticked leads the report of the risk."))
    visits = _boxes(N_("Visits"), _visits)
    columns = _boxes(N_("Columns"), _columns, N_("Each one makes groups harder to find."))
    basis = StringField(
        N_("Written basis for fewer than 40 patients"),
        [Optional(), at_most(1000)],
        description=N_("Only for records under agreement: an approval of an ethics committee, for instance."),
    )

    def asked(self) -> deeds.ReleaseForm:
        """Return what the action takes."""
        return deeds.ReleaseForm(
            title=self.title.data or "",
            purpose=self.purpose.data or "",
            tier=Tier(self.tier.data),
            scales=tuple(self.scales.data or ()),
            columns=tuple(self.columns.data or ()),
            visits=tuple(self.visits.data or ()),
            basis=self.basis.data or None,
        )


@blueprint.get("/research/new")
@allow(Access.ADMINISTRATORS)
def new_release() -> ResponseReturnValue:
    """Show what can be asked for, all visits and columns ticked."""
    form = ReleaseEntry(data={"tier": int(Tier.PUBLIC)})
    form.visits.data = [code for code, _ in _visits()]
    form.columns.data = list(COLUMNS)
    form.idempotency_key.data = str(uuid4())
    return _page(form)


@blueprint.post("/research/new")
@allow(Access.ADMINISTRATORS)
def prepare_release() -> ResponseReturnValue:
    """Say who would be in it, or begin to build it in the background."""
    form = ReleaseEntry()
    if not form.validate():
        return _page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    if "check" in request.form:
        return _page(form, who=True)
    try:
        release_id = deeds.ask(work(), form.asked(), form.idempotency_key.data or None)
    except Invalid as refusal:
        form.take(refusal)
    except KeyReused as refusal:
        form.form_errors.append(say(refusal.sentence))
    else:
        build_after_this(release_id)
        return redirect(url_for("research.release", release_id=release_id), HTTPStatus.SEE_OTHER)
    return _page(form), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/research/releases/<uuid:release_id>/again")
@allow(Access.ADMINISTRATORS)
def release_again(release_id: UUID) -> ResponseReturnValue:
    """Build the same once more from today's records, as a release of its own."""
    try:
        anew = deeds.again(work(), release_id)
    except Invalid as refusal:
        flash(say(refusal.sentence, **refusal.values))
        return redirect(url_for("research.release", release_id=release_id), HTTPStatus.SEE_OTHER)
    build_after_this(anew)
    return redirect(url_for("research.release", release_id=anew), HTTPStatus.SEE_OTHER)


def _page(form: ReleaseEntry, *, who: bool = False) -> str:
    told = _who(Tier(form.tier.data)) if who else None
    return render_template("research/new.html", form=form, tiers=tiers(voice()), who=told)


def _who(tier: Tier) -> dict[str, object]:
    """Who would be in a release of this tier, and whether so many are enough."""
    # this brings numpy, which a start does without
    from outcomes.actions.releasing.making import counts_shown  # noqa: PLC0415

    standing = standings(*reading(), PURPOSES[tier], today())
    inside = sum(each is Standing.INSIDE for each in standing.values())
    return {"counts": standing_said(voice(), counts_shown(standing, tier), tier), "refusal": _refusal(tier, inside)}


def _refusal(tier: Tier, inside: int) -> str:
    try:
        decide(tier, inside)
    except RefusedError as refused:
        return reason(voice(), refused.because)
    return ""


def build_after_this(release_id: UUID) -> None:
    """Have a release built once this request is committed; a request that is done again asks once."""
    if "to_build" not in g:
        after_this_request(_begin)
    g.to_build = release_id


def _begin(response: Response) -> Response:
    if response.status_code < HTTPStatus.BAD_REQUEST:
        arguments = (records(), the_member().actor, g.to_build)
        Thread(target=_build, args=arguments, daemon=True, name="release").start()
    return response


def _build(opened: Records, actor: Actor, release_id: UUID) -> None:
    # this brings numpy, which a start does without
    from outcomes.actions.release_build import Bench, build  # noqa: PLC0415

    build(Bench(opened.engine, opened.keys, opened.catalogue, opened.settings.data, actor, write_apart), release_id)
