"""Every page of the house in Turkish: no English sentence of the catalogue is left on it, nor any that is in none."""

import re
import shutil

import pytest

from outcomes.access.rules import Access
from outcomes.instruments.catalogue import load_catalogue
from outcomes.records.session import act_as, new_session
from outcomes.records.tables import Membership, User
from outcomes.terms import Language
from outcomes.translations import FOLDER, merged
from tests.cast import make_cast
from tests.databases import open_test_engine
from tests.web.conftest import over, sign_in
from tests.web.matrix import ROUTES
from tests.web.pages import Page
from tests.web.test_matrix import address, ids_of, rules_of
from tests.web.world import make_world

LEAST = 12
"""A shorter piece of a sentence may stand in a page by chance."""
PLACES = re.compile(r"%\(\w+\)s")
READERS = {
    Access.EVERYONE: None,
    Access.SIGNED_IN: "administrator",
    Access.CLINICIANS: "administrator",
    Access.ADMINISTRATORS: "administrator",
    Access.PATIENTS: "patient",
    Access.RESEARCHERS: "researcher",
    Access.RELEASES: "researcher",
    Access.SECOND_FACTOR: "clinician",
    Access.SETTING_UP: "clinician",
    Access.UNLOCKING: "clinician",
}


@pytest.fixture(scope="module")
def house(web_app, sqlite_template, tmp_path_factory):
    """The app over a database with records of every kind, in which everybody reads Turkish."""
    path = tmp_path_factory.mktemp("turkish") / "world.db"
    shutil.copy(sqlite_template, path)
    engine = open_test_engine(f"sqlite:///{path}")
    with new_session(engine) as session:
        cast = make_cast(session)
        world = make_world(session, cast, load_catalogue())
        act_as(session, "program")
        for number, (name, user_id) in enumerate(cast.users.items()):
            session.get(User, user_id).language = Language.TURKISH
            session.get(User, user_id).email = f"{number}@example.org"
            actor = getattr(cast, name)
            session.get(Membership, (actor.clinic_id, actor.membership_id)).display_name = f"Deniz {number}"
        session.commit()
    yield over(web_app, engine), engine, cast, world
    engine.dispose()


@pytest.fixture
def read(house):
    """Read every page of one route as somebody who may: the words of each."""
    app, engine, cast, world = house

    def words(endpoint):
        name = READERS[ROUTES[endpoint]]
        browser = sign_in(app, engine, cast.users[name]) if name else app.test_client()
        for rule, method in rules_of(app, endpoint):
            chosen = {part: world.of("own", part) for part in ids_of(rule)}
            answer = browser.open(address(app, rule, chosen), method=method, headers={"Accept-Language": "tr"})
            if answer.mimetype == "text/html" and answer.status_code not in {301, 302, 303}:
                yield from Page(answer.text).words

    return words


def pieces():
    """The parts of the English sentences that have another Turkish, longer than may stand somewhere by chance."""
    whole = {}
    for message in merged(FOLDER / "tr"):
        ids, strings = (each if isinstance(each, list | tuple) else (each,) for each in (message.id, message.string))
        for english, turkish in zip(ids, strings, strict=True):
            for piece in PLACES.split(english) if english != turkish else ():
                if len(piece.strip()) > LEAST:
                    whole[piece.strip()] = english
    return whole


PIECES = pieces()


@pytest.mark.parametrize("endpoint", sorted(ROUTES))
def test_no_english_sentence_is_left_on_a_page(read, endpoint):
    text = "\n".join(read(endpoint))
    assert {piece for piece in PIECES if piece in text} == set()
