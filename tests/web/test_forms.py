"""Fields as the macros draw them: a label, a hint and an error that belong together for eye and ear."""

from decimal import Decimal

import pytest
from flask import render_template_string
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)

from outcomes.actions.errors import Invalid
from outcomes.voice import N_
from outcomes.web.forms import Form, NumberField, an_address, answered, at_most, needed, offered, problems

DRAW = """{% from "parts/field.html" import field %}{% from "parts/summary.html" import summary %}
{{ summary(form) }}{% for f in form %}{{ field(f) }}{% endfor %}"""
SEXES = [("female", N_("woman")), ("male", N_("man"))]


class Everything(Form):
    name = StringField("Name", [needed(), at_most(5)], description="As in the passport.")
    address = StringField("Address", [an_address()])
    day = DateField("Day")
    score = NumberField("Score", [answered()])
    sex = RadioField("Sex", choices=offered(lambda: SEXES))
    kind = SelectField("Kind", choices=offered(lambda: SEXES))
    many = SelectMultipleField("Many", choices=offered(lambda: SEXES))
    note = TextAreaField("Note")
    agreed = BooleanField("Agreed")
    file = FileField("File")
    key = HiddenField()


def sent(**data):
    return Everything(MultiDict(data), meta={"csrf": False})


@pytest.fixture
def drawn(app):
    def draw(form, language="en"):
        with app.test_request_context("/", headers={"Accept-Language": language}):
            form.validate()
            return render_template_string(DRAW, form=form)

    return draw


def test_every_kind_of_field_has_a_label_or_a_legend(app, drawn):
    with app.test_request_context("/"):
        form = sent()
    page = drawn(form)
    for name in ("name", "address", "day", "score", "kind", "note", "agreed", "file"):
        assert f'for="{name}"' in page, name
    for name in ("sex", "many"):
        assert f'<legend id="{name}"' in page, name
    assert '<input id="key" name="key" type="hidden"' in page
    assert page.count('type="radio"') == 2
    assert page.count('type="checkbox"') == 3


def test_hint_and_error_belong_to_the_field(app, drawn):
    with app.test_request_context("/"):
        form = sent(name="much too long")
    page = drawn(form)
    assert 'aria-describedby="name-hint name-error"' in page
    assert 'id="name-hint"' in page
    assert 'id="name-error"' in page
    assert 'aria-invalid="true"' in page
    assert 'aria-required="true"' in page
    assert " required" not in page.replace("aria-required", "")
    assert 'value="much too long"' in page


def test_the_summary_leads_to_each_field(app, drawn):
    with app.test_request_context("/"):
        form = sent(score="1,5", address="a@b.org")
    page = drawn(form)
    assert '<a href="#name">Name: This field is needed.</a>' in page
    assert 'role="alert"' in page
    assert "#score" not in page


def test_a_form_without_faults_has_no_summary(app, drawn):
    with app.test_request_context("/"):
        form = sent(name="Ayşe", address="a@b.org", score="0", sex="female", kind="male", day="2026-05-03")
    assert "summary" not in drawn(form)


@pytest.mark.parametrize(
    ("typed", "number"),
    [("4,5", Decimal("4.5")), ("4.5", Decimal("4.5")), (" 0 ", Decimal(0)), ("−3", Decimal(-3)), ("-3", Decimal(-3))],
)
def test_a_number_may_be_typed_with_point_or_comma(app, typed, number):
    with app.test_request_context("/"):
        assert sent(score=typed).score.data == number


@pytest.mark.parametrize("typed", ["abc", "NaN", "1e999999999", "Infinity", "1,2,3", "0x10"])
def test_what_is_no_number_is_refused(app, typed):
    with app.test_request_context("/"):
        form = sent(score=typed, name="A", address="a@b.org")
        assert not form.validate()
        assert form.score.errors


def test_errors_and_labels_are_in_the_reader_s_language(app, drawn):
    with app.test_request_context("/", headers={"Accept-Language": "tr"}):
        form = sent(kind="neither")
    page = drawn(form, "tr")
    assert "Bu alan gerekli." in page
    assert "Geçerli bir seçim değil." in page
    assert "This field" not in page


def test_a_refusal_of_an_action_is_shown_beside_its_field_or_above(app):
    with app.test_request_context("/"):
        form = sent()
        form.take(Invalid("late", "day", "Use at least %(n)s characters.", n=8))
        form.take(Invalid("whole", None, "There is nothing to save yet."))
        assert form.day.errors == ["Use at least 8 characters."]
        assert [p["id"] for p in problems(form)] == [None, "day"]


def test_what_somebody_typed_is_shown_as_text(app, drawn):
    with app.test_request_context("/"):
        form = sent(name='"><img src=x onerror=alert(1)>')
    assert "<img" not in drawn(form)
