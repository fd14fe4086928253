"""A patient and the clinician see the same numbers, on both databases and whoever looks first."""

import pytest
from flask import template_rendered

from outcomes.actions.assess import AssessmentForm
from outcomes.records.session import act_as, new_session, open_engine
from outcomes.terms import ErrorKind
from tests.cast import make_cast
from tests.conftest import BOTH
from tests.databases import AUDIT_KEY, empty
from tests.factories import NOON, Maker, days_before, make_work
from tests.web.conftest import over, sign_in

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture(params=BOTH)
def engine(request):
    """The engine of the web, without a reach of its own, over an empty database."""
    source = request.getfixturevalue("sqlite_engine" if request.param == "sqlite" else "postgres_engine")
    web = open_engine(source.url.render_as_string(hide_password=False), AUDIT_KEY)
    yield source, web
    web.dispose()
    if request.param == "postgresql":
        empty(source)


@pytest.fixture
def clinic(engine, web_app):
    """An app over a clinic of which twenty-one people have two baselines, and the cast."""
    source, web = engine
    app = over(web_app, web)
    with new_session(source) as session:
        cast = make_cast(session)
        act_as(session, cast.clinician.name_in_trail)
        work = make_work(session, cast.clinician, app.extensions["records"].catalogue, NOON)
        maker = Maker(work)
        for made in (maker.known(cast.patient_id), *(maker.patient(f"S-{number}") for number in range(20))):
            made.course(days_before(91))
            for day, fatigue, total in ((105, 7, 25), (95, 9, 29), (2, 4, 20)):
                form = AssessmentForm("chalder11", totals={"likert": total})
                fatigued = AssessmentForm("own_fatigue", answers={"1": fatigue})
                made.visit(days_before(day), form, fatigued)
        session.commit()
    return app, source, cast


def shown(clinic, name, path):
    """What a page tells of each scale, as one of the cast is shown it."""
    app, source, cast = clinic
    caught = []

    def catch(_app, context, **_):
        caught.append(context["page"])

    with template_rendered.connected_to(catch, app):
        answer = sign_in(app, source, cast.users[name]).get(path)
    assert answer.status_code == 200
    (page,) = caught
    return page


def numbers(told):
    """Every number behind the words and the charts, by scale."""
    return {each.scale.key: (each.change, drawn(each.figure)) for each in told}


def drawn(figure):
    """What is drawn where: the coordinates of every trace and of every shape."""
    traces = [(list(trace.get("x", ())), list(trace.get("y", ()))) for trace in figure.plot["data"]]
    shapes = [
        [shape.get(name) for name in ("x0", "x1", "y0", "y1")] for shape in figure.plot["layout"].get("shapes", ())
    ]
    return traces, shapes


@pytest.mark.parametrize("order", [("patient", "clinician"), ("clinician", "patient")])
def test_patient_and_clinician_see_the_same_numbers(clinic, order):
    paths = {"patient": "/me", "clinician": f"/patients/{clinic[2].patient_id}"}
    first, second = (numbers(shown(clinic, name, paths[name]).told) for name in order)
    assert len(first) == 2
    assert first == second
    assert {change.error.kind for change, _ in first.values()} == {ErrorKind.OWN_BASELINES}


def test_a_patient_s_pages_open_on_both_databases_and_tell_that_the_clinic_looked(clinic):
    app, source, cast = clinic
    sign_in(app, source, cast.users["clinician"]).get(f"/patients/{cast.patient_id}")
    browser = sign_in(app, source, cast.users["patient"])
    for path in ("/me/questionnaires", "/me/diary", "/me/activities", "/me/events"):
        assert browser.get(path).status_code == 200
    assert "looked at this on 22 November 2026" in browser.get("/me").text
