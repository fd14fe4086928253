"""The clinic's plan: time points, their windows, what is asked at each. A new version replaces the one in force."""

from collections.abc import Mapping
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField

from outcomes.access.rules import Access
from outcomes.actions.protocol import ProtocolForm, set_protocol
from outcomes.change.windows import TimePoint
from outcomes.records.queries.plan import Plan, plan
from outcomes.terms import Language
from outcomes.voice import N_
from outcomes.web.clinic import blueprint
from outcomes.web.clinic.fields import RecordForm
from outcomes.web.clinic.saving import Sheet, save
from outcomes.web.database import catalogue, reading, voice, work
from outcomes.web.forms import offered
from outcomes.web.i18n import say
from outcomes.web.readable import WHOLE
from outcomes.web.security import allow

SPARE = 2
"""So many empty rows stand under the plan for new time points."""
UNPROCESSABLE = 422
NUMBERS = ("day", "before", "after")
UNNAMED = "unnamed"


def scales_to_choose() -> list[tuple[str, str]]:
    """Return every scale that has a direction, by title."""
    listed = [
        (scale.key, f"{voice().pick(each.title)}: {voice().pick(scale.title)}")
        for each in catalogue()
        for scale in each.scales
        if scale.better is not None
    ]
    return list(voice().sorted(listed, key=lambda pair: pair[1]))


class PlanEntry(RecordForm):
    """The scales of the plan; its time points are rows of the page."""

    primary_scale = SelectField(N_("Primary scale, named before data are seen"), choices=offered(scales_to_choose))
    qualifying_scale = SelectField(
        N_("Scale by whose score patients are let in, if any"),
        choices=offered(lambda: [("", say(N_("none"))), *scales_to_choose()]),
    )


@blueprint.get("/admin/protocol")
@allow(Access.ADMINISTRATORS)
def protocol() -> ResponseReturnValue:
    """Show the plan in force, to make its next version of."""
    found = plan(*reading())
    data = {"primary_scale": found.primary_scale, "qualifying_scale": found.qualifying_scale or ""}
    rows = [_row(point) for point in found.points]
    return _page(PlanEntry(data=data), found, rows)


@blueprint.post("/admin/protocol")
@allow(Access.ADMINISTRATORS)
def change_protocol() -> ResponseReturnValue:
    """Put the next version of the plan in force."""
    form, found = PlanEntry(), plan(*reading())
    rows = _typed_rows()
    back = url_for("clinic.protocol")
    sheet = Sheet(say(N_("Protocol")), (), back)
    answer = save(form, sheet, lambda: set_protocol(work(), _next(form, rows)))
    if isinstance(answer, tuple):
        return _page(form, found, rows), UNPROCESSABLE
    return answer


def _next(form: PlanEntry, rows: list[dict[str, Any]]) -> ProtocolForm:
    return ProtocolForm(form.primary_scale.data, [_point(row) for row in rows], form.qualifying_scale.data or None)


def _row(point: TimePoint) -> dict[str, Any]:
    return {
        "code": point.code,
        "en": point.title.get(Language.ENGLISH, ""),
        "tr": point.title.get(Language.TURKISH, ""),
        "day": point.day,
        "before": point.before,
        "after": point.after,
        "instruments": " ".join(point.instruments),
    }


def _typed_rows() -> list[dict[str, Any]]:
    """Return the rows as typed; one that was emptied is none, whatever its hidden code."""
    columns = {name: request.form.getlist(f"point.{name}") for name in ("code", "en", "tr", *NUMBERS, "instruments")}
    count = len(columns["en"])
    rows = [
        {name: values[i].strip() if i < len(values) else "" for name, values in columns.items()} for i in range(count)
    ]
    return [row for row in rows if any(value for name, value in row.items() if name != "code")]


def _point(row: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a row into a time point as stored; what is no whole number stays text and is refused by name."""
    numbers = {name: _whole(row[name]) for name in NUMBERS}
    title = {language: row[language] for language in ("en", "tr") if row[language]}
    code = row["code"] or str(row["en"] or row["tr"] or UNNAMED).lower().replace(" ", "_")
    return {"code": code, "title": title, **numbers, "instruments": str(row["instruments"]).replace(",", " ").split()}


def _whole(text: Any) -> int | str:  # noqa: ANN401 - a number of the plan or what was typed
    plain = str(text).replace("−", "-")
    return int(plain) if WHOLE.fullmatch(plain.removeprefix("-")) else plain


def _page(form: PlanEntry, found: Plan, rows: list[dict[str, Any]]) -> str:
    empty = dict.fromkeys(("code", "en", "tr", *NUMBERS, "instruments"), "")
    codes = [(each.code, voice().pick(each.title)) for each in catalogue()]
    return render_template(
        "clinic/protocol.html", form=form, plan=found, rows=[*rows, *[empty] * SPARE], instruments=codes
    )
