"""Who passes on what a script of the safe room gave: an administrator who did not send it, and no other."""

import pytest

from outcomes.actions.errors import Invalid, NotFound
from outcomes.actions.release_room import look
from outcomes.actions.releasing.secret import kept_of
from outcomes.actions.work import add
from outcomes.records.tables import Release, ReleaseScript
from outcomes.terms import ReleaseState, Role, ScriptState
from tests.cast import add_member, add_user
from tests.factories import make_work


@pytest.fixture
def admin(as_one):
    return as_one("administrator")


@pytest.fixture
def waiting(admin, session):
    """A release, and a script over it that its own sender, an administrator, has run."""
    told = {"tier": 3, "as_of": admin.now, "recipe": {}, "risk": {}, "state": ReleaseState.APPROVED.value}
    release_id = add(admin, Release(title="Release", **told))
    sent = {"release_id": release_id, "membership_id": admin.actor.membership_id, "at": admin.now}
    return release_id, add(admin, ReleaseScript(**sent, title="Script", script="1", state=ScriptState.WAITING.value))


def test_whoever_sent_a_script_does_not_pass_on_what_it_gave(admin, waiting, cast, catalogue, session):
    with pytest.raises(Invalid, match="own"):
        look(admin, *waiting, 1, passes=True)
    place = add_user(session, "second@example.org"), cast.clinic_id, Role.ADMINISTRATOR, None
    look(make_work(session, add_member(session, *place), catalogue), *waiting, 1, passes=True)
    assert session.get(ReleaseScript, (cast.clinic_id, waiting[1])).state == ScriptState.PASSED_ON


def test_a_script_is_looked_at_as_one_of_its_own_release(admin, waiting):
    other = add(admin, Release(title="Other", tier=3, as_of=admin.now, recipe={}, risk={}, state="approved"))
    with pytest.raises(NotFound):
        look(admin, other, waiting[1], 1, passes=False)


def test_of_a_release_without_secrets_none_are_found(admin, waiting):
    with pytest.raises(NotFound, match="release_secret"):
        kept_of(admin, waiting[0])
