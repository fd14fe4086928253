import pytest

from outcomes.access.scope import Scope
from outcomes.actions.assess import AssessmentForm
from outcomes.actions.definitions import DefinitionForm, define
from outcomes.actions.errors import Invalid, NotAllowed
from outcomes.change.definitions import Criterion, Kind
from outcomes.records.queries.definitions import (
    WRITTEN_AFTER,
    WRITTEN_BEFORE,
    changed_after_data,
    definitions,
    definitions_in_force,
)
from tests.factories import Maker, days_before

FATIGUE = Criterion("chalder11.likert", Kind.GAIN_AT_LEAST, 6.5)


def form(*criteria, name="ours"):
    return DefinitionForm(name, criteria or (FATIGUE,), "agreed at the first meeting")


@pytest.fixture
def administrator(as_one):
    return as_one("administrator")


def test_a_definition_is_frozen_when_it_is_written(administrator, cast, session):
    define(administrator, form())
    row = definitions(cast.scope, session)[0]
    assert (row.name, row.number, row.frozen_at, row.after_data_seen) == ("ours", 1, administrator.now, False)
    assert definitions_in_force(cast.scope, session)[0].note == WRITTEN_BEFORE


def test_a_version_after_follow_up_scores_says_so_for_ever(administrator, make, cast, session):
    define(administrator, form())
    answers = AssessmentForm("chalder11", {str(n): 2 for n in range(1, 12)})
    make.patient().course(days_before(40)).visit(days_before(5), answers)
    define(administrator, form(Criterion("chalder11.likert", Kind.GAIN_AT_LEAST, 2.0)))
    newest, oldest = definitions(cast.scope, session)
    assert (newest.number, newest.after_data_seen, oldest.after_data_seen) == (2, True, False)
    assert changed_after_data(cast.scope, session) == 1
    assert [each.note for each in definitions_in_force(cast.scope, session)] == [WRITTEN_AFTER]


@pytest.mark.parametrize(
    "wrong",
    [
        form(name="  "),
        DefinitionForm("none", (), "why"),
        form(Criterion("unheard.of", Kind.GAIN_AT_LEAST, 1.0)),
        form(Criterion("chalder11.likert", Kind.GAIN_AT_LEAST, None)),
        form(Criterion("chalder11.likert", Kind.GAIN_SHARE_AT_LEAST, 0.5)),
    ],
)
def test_what_cannot_be_a_definition_is_refused(administrator, wrong):
    with pytest.raises(Invalid):
        define(administrator, wrong)


def test_the_same_again_is_no_new_version(administrator):
    define(administrator, form())
    with pytest.raises(Invalid):
        define(administrator, form())


def test_who_may_not(as_one, cast, session):
    for name in ("clinician", "researcher", "patient"):
        with pytest.raises(NotAllowed):
            define(as_one(name), form())
    assert definitions(cast.scope_elsewhere, session) == ()


def test_scores_of_another_clinic_are_not_seen(administrator, as_one):
    there = Maker(as_one("clinician_elsewhere"))
    answers = AssessmentForm("chalder11", {str(n): 2 for n in range(1, 12)})
    there.patient().course(days_before(40)).visit(days_before(5), answers)
    define(administrator, form())
    assert definitions(Scope(administrator.clinic_id), administrator.session)[0].after_data_seen is False
