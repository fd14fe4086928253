"""Puts payloads wherever text can go: every free-text field of every form, and the records behind every chart.

The clinic's name, the columns of a file and an instrument of the clinic's own are among them.
"""

import io
import json
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any
from uuid import uuid4
from zlib import crc32

from flask.testing import FlaskClient
from sqlalchemy import update

from outcomes.actions.assess import AssessmentForm
from outcomes.actions.donors import LotForm, add_lot
from outcomes.actions.protocol import ProtocolForm, set_protocol
from outcomes.actions.report_event import EventForm, ExposureForm, expose, report_event
from outcomes.change.windows import as_stored, default_time_points
from outcomes.records.session import act_as, new_session
from outcomes.records.tables import Clinic, Membership
from outcomes.terms import Ending, ExposureKind, MaterialState, Relation, Severity
from tests.factories import Maker, make_work
from tests.hostile.attack import encoded, multipart
from tests.hostile.forms import FREE, FormReader, FoundForm
from tests.hostile.site import Site
from tests.web.cohorts import SCORES

Browsers = dict[str | None, FlaskClient]
UNTOUCHED = {"csrf_token", "idempotency_key"}
TAKES_AWAY = ("remove", "merge", "discard", "run_import", "undo", "end_sign", "erase", "recall", "ending", "restore")
ENDING = {"accounts.logout", "clinic.let_go", "accounts.change_password"}
UNSENT = {"button", "checkbox", "submit"}
NEEDED = {"code", "number", "panel", "term", "text", "name", "email", "reason", "source", "title"}
TWICE = ("M-1", "M-2")
EVENT = {"grade": "2", "outcome": "recovered", "seriousness": ""}
MEANT = {
    "clinic.report_new_event": EVENT,
    "clinic.change_event": EVENT,
    "clinic.change_treatment": {"thawed_on": ""},
    "clinic.merge_records": {"survivor": TWICE[0], "duplicate": TWICE[1]},
    "research.prepare_release": {"scales": "own_fatigue.score", "visits": "outside", "columns": "sex"},
}
"""What somebody who means well would choose where the first choice of every list is refused."""
LENGTHS = {"code": 40, "arm": 60, "number": 60, "clinic": 200, "panel": 300}
PACK = """code = "hostile_pack"
version = "1"
title = {{ en = {title}, tr = {title} }}
policy = "bundled"
recall_days = 7
minutes = 0.25
attribution = {title}
licence_note = {title}
notes = [{title}]

[[items]]
codes = "1"
minimum = 0
maximum = 10

[[scales]]
code = "score"
title = {{ en = {title}, tr = {title} }}
domain = "fatigue"
headline = true
formula = "sum"
items = "1"
minimum = 0
maximum = 10
step = 1
better = "lower"
unit = "points"
"""


def pack(payload: str) -> str:
    """An instrument of the clinic's own whose every word is a payload."""
    return PACK.format(title=json.dumps(payload))


def people(site: Site, payloads: tuple[str, ...], *, arms: bool = True) -> None:
    """Write a cohort whose codes, names, arms, donors, lots and events are payloads, and rename the clinic."""
    texts = cycle(payloads)
    with new_session(site.engine) as session:
        now = datetime.now(UTC)
        act_as(session, site.cast.administrator.name_in_trail)
        catalogue = site.app.extensions["records"].catalogue
        work = make_work(session, site.cast.administrator, catalogue, now)
        points = as_stored(default_time_points(("own_fatigue", "mfis21")))
        set_protocol(work, ProtocolForm("mfis21.total", points))
        for number in range(len(SCORES)):
            _person(Maker(work), texts, number, now, arms=arms)
        for code in TWICE:
            Maker(work).patient(code)
        Maker(work).known(site.cast.patient_id).scored(now.date() - timedelta(days=9), fatigue=9)
        clinic = update(Clinic).where(Clinic.clinic_id == site.cast.clinic_id)
        session.execute(clinic.values(name=next(texts)[: LENGTHS["clinic"]], emergency_contact=next(texts)[:300]))
        members = update(Membership).where(Membership.clinic_id == site.cast.clinic_id)
        session.execute(members.values(display_name=next(texts)))
        session.commit()


def _person(make: Maker, texts: Any, number: int, now: datetime, *, arms: bool) -> None:
    """One person with everything that charts draw; `number` keeps codes apart that must differ."""
    zero = now.date() - timedelta(days=300)
    code = f"{number}{next(texts)}"[: LENGTHS["code"]]
    donor = make.donor(f"{number}{next(texts)}"[: LENGTHS["code"]], note=next(texts))
    lot = add_lot(make.work, donor, LotForm(f"{number}{next(texts)}"[: LENGTHS["number"]], MaterialState.FROZEN))
    made = make.patient(code, name=next(texts)[:100], medication=next(texts), diet=next(texts), contact=next(texts))
    made.course(zero, donor_id=donor, lot_id=lot, note=next(texts))
    arm = next(texts) if arms and number < 2 else ("a" if number % 2 else "b")
    made.arm(arm[: LENGTHS["arm"]], comparison=number % 2 == 0)
    for on, total in zip((-4, 92, 180), (60 + number % 5, 50 - number, 66 - 4 * number), strict=True):
        form = AssessmentForm("mfis21", totals={"total": float(total)})
        made.visit(zero + timedelta(days=on), form, severity=Severity.MODERATE, note=next(texts))
        fatigue = max(0, 8 - number % 4 - (on > 0))
        made.scored(zero + timedelta(days=on + 1), fatigue=fatigue, visit={"note": next(texts)})
    event = EventForm(next(texts), zero, 2, Relation.UNLIKELY, Relation.UNLIKELY, action=next(texts))
    report_event(make.work, made.id, event)
    expose(make.work, made.id, ExposureForm(ExposureKind.DIET, next(texts), zero))
    if number == 3:
        made.ended(Ending.WITHDRAWAL, zero + timedelta(days=200), next(texts))


def free_fields(form: FoundForm) -> list[str]:
    """The names of a form that take free text, then the hidden ones that people may change as well."""
    own = {*UNTOUCHED, "version"}
    shown = [name for name, entry in form.fields.items() if entry.kind in FREE]
    return [*shown, *(name for name, entry in form.fields.items() if entry.kind == "hidden" and name not in own)]


def through_forms(
    site: Site, browsers: Browsers, payloads: tuple[str, ...], without: str = "", skipped: tuple[str, ...] = ()
) -> list[Any]:
    """Put a payload into each free-text field of each form, one at a time; return every answer that is a page.

    Which one comes from the field's name alone: as many rotations of the payloads bring every one into every field.
    """
    shown = []
    for (role, endpoint, method), form in sorted(site.forms.items(), key=lambda each: _takes_away(each[0][1])):
        if endpoint in ENDING or role == without:
            continue
        for name in free_fields(form):
            if name in skipped:
                continue
            payload = payloads[crc32(f"{endpoint} {name}".encode()) % len(payloads)]
            answer = _posted(browsers[role], form, method, MEANT.get(endpoint, {}) | {name: payload})
            if answer.status_code in {302, 303} or (answer.status_code == 200 and "/invitation/" in answer.text):
                site.taken[endpoint, name].add(payload)
            site.tried[endpoint, name].add(payload)
            site.tally[answer.status_code] += 1
            if answer.status_code != 302 and answer.mimetype == "text/html":
                shown.append(answer)
    return shown


def _takes_away(endpoint: str) -> bool:
    return any(word in endpoint for word in TAKES_AWAY)


def _posted(browser: FlaskClient, form: FoundForm, method: str, chosen: dict[str, str]) -> Any:
    """Send a form as it is shown; where that is refused with its lists and dates filled in, then with everything."""
    for filled in ((), ("select", "date"), ("select", "date", "number", *FREE)):
        sent = _likely(form, filled) | chosen
        answer = _sent(browser, form, method, list(sent.items()))
        if answer.status_code == 409:  # changed by the field before: look at it again, as the page asks
            answer = _sent(browser, form, method, list((sent | _version_now(form, answer.text)).items()))
        if answer.status_code != 422:
            break
    return answer


def _version_now(form: FoundForm, text: str) -> dict[str, str]:
    """The version that the page of a conflict shows."""
    there = [each for each in FormReader(form.path, text).forms if "version" in each.fields]
    return {"version": there[0].fields["version"].values[0]} if there else {}


def _likely(form: FoundForm, filled: tuple[str, ...]) -> dict[str, str]:
    """What the page shows in each field, and something in the kinds of fields named; texts differ every time."""
    shown = {each: (entry.values or [""])[0] for each, entry in form.fields.items() if entry.kind not in UNSENT}
    for each, entry in form.fields.items():
        if entry.kind in filled and each in shown and not shown[each]:
            shown[each] = entry.likely()
        if entry.kind in FREE and not any(entry.values) and (each in NEEDED or entry.kind in filled):
            shown[each] = f"{uuid4().hex[:8]}@example.org" if "email" in each else uuid4().hex[:2]
    return {each: value for each, value in shown.items() if each not in UNTOUCHED}


def _sent(browser: FlaskClient, form: FoundForm, method: str, pairs: list[tuple[str, str]]) -> Any:
    if method == "GET":
        return browser.get(f"{form.path.partition('?')[0]}?{encoded(pairs).decode()}")
    if form.encoding.startswith("multipart"):
        return browser.post(form.path, data=multipart(pairs), content_type="multipart/form-data; boundary=edge")
    return browser.post(form.path, data=encoded(pairs), content_type="application/x-www-form-urlencoded")


def a_file(browser: FlaskClient, payloads: tuple[str, ...]) -> None:
    """Send a table whose name, columns and cells are payloads."""
    cells = ['"' + text.replace('"', '""').replace("\u2028", " ").replace("\u2029", " ") + '"' for text in payloads]
    names = [f'"{n}{cell[1:]}' for n, cell in enumerate(cells)]
    rows = "\n".join(";".join(islice(cycle(cells), shift, shift + len(cells))) for shift in range(3))
    content = f"{';'.join(names)}\n{rows}\n".encode()
    sent = {"file": (io.BytesIO(content), payloads[0].replace('"', "%22"))}  # as browsers write a name in a header
    answer = browser.post("/import", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.text
