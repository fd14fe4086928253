"""Role × route × own, neighbour's, foreign, absent: who reaches what, from the URL map itself."""

import shutil
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import uuid4

import pytest

from outcomes.access.rules import WAITING_ROOMS, Access, admits
from outcomes.actions.signing_in import Doorway, begin
from outcomes.instruments.catalogue import load_catalogue
from outcomes.records.session import act_as, new_session
from outcomes.records.tables import Membership, Passkey
from outcomes.terms import Role, Standing
from outcomes.web.security import access_of
from tests.cast import make_cast
from tests.databases import open_test_engine
from tests.web.conftest import SECRET, fresh, over, sign_in
from tests.web.matrix import ROUTES, SAMPLES
from tests.web.pages import without_tokens
from tests.web.world import make_world

ROLES = {
    None: None,
    "patient": Role.PATIENT,
    "clinician": Role.CLINICIAN,
    "clinician_elsewhere": Role.CLINICIAN,
    "researcher": Role.RESEARCHER,
    "administrator": Role.ADMINISTRATOR,
}
VARIANTS = ("own", "neighbour", "foreign", "absent")
FEWEST_CELLS = 1500
ROOMS = {
    Standing.SETS_UP: "/account/factors",
    Standing.OWES_FACTOR: "/second-factor",
    Standing.LOCKED: "/locked",
}
cells = set()


@pytest.fixture(scope="module")
def template(sqlite_template, tmp_path_factory):
    """A database file with the world in it, and who and what is in it."""
    path = tmp_path_factory.mktemp("matrix") / "world.db"
    shutil.copy(sqlite_template, path)
    engine = open_test_engine(f"sqlite:///{path}")
    with new_session(engine) as session:
        cast = make_cast(session)
        world = make_world(session, cast, load_catalogue())
        session.commit()
    engine.dispose()
    return path, cast, world


@pytest.fixture
def world_app(web_app, template, lasting_engine):
    """The app over a file with the world in it, new for every test."""
    path, engine = lasting_engine
    fresh(path, template[0])
    yield over(web_app, engine), engine
    engine.dispose()


def rules_of(app, endpoint):
    for rule in app.url_map.iter_rules(endpoint):
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule, method


def ids_of(rule):
    """The parts of an address that name records."""
    return sorted(name for name in rule.arguments if rule._converters[name].__class__.__name__ == "UUIDConverter")


def address(app, rule, chosen):
    """The address of a route with these records in it."""
    others = {name: SAMPLES[name] for name in rule.arguments if name not in chosen}
    built = app.url_map.bind("localhost").build(rule.endpoint, {**others, **chosen}, append_unknown=False)
    return built.partition("?")[0]


def combinations(rule):
    """The records in an address, one variant a part, mixed as well: a foreign infusion under one's own patient."""
    names = ids_of(rule)
    yield from (dict(zip(names, choice, strict=True)) for choice in product(VARIANTS, repeat=len(names)))


def may_reach(access, name, choice):
    """Whether somebody is to reach the records of an address."""
    role = ROLES[name]
    if not admits(access, role):
        return False
    kinds = set(choice.values())
    if access is Access.EVERYONE or not kinds:
        return True
    if name == "clinician_elsewhere":
        return kinds == {"foreign"}
    if role is Role.PATIENT:
        return kinds == {"own"}
    return kinds in ({"own"}, {"neighbour"})


def test_every_route_is_in_the_table_and_nothing_else_is(app):
    declared = {rule.endpoint: access_of(app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()}
    assert declared == ROUTES


@pytest.mark.parametrize("endpoint", sorted(ROUTES))
def test_who_reaches_it(world_app, template, endpoint):
    app, engine = world_app
    _, cast, world = template
    access = ROUTES[endpoint]
    wrong = []
    for (rule, method), name in product(rules_of(app, endpoint), ROLES):
        browser = sign_in(app, engine, cast.users[name]) if name else app.test_client()
        for choice in combinations(rule):
            if endpoint in {"accounts.end_sign_in", "accounts.remove_passkey"}:
                continue  # these belong to a person, not to a clinic: see test_signin, test_second_factor
            chosen = {part: world.of(variant, part) for part, variant in choice.items()}
            answer = browser.open(address(app, rule, chosen), method=method)
            cells.add((endpoint, method, name, tuple(choice.values())))
            if not as_it_should(answer, access, name, may_reach(access, name, choice)):
                wrong.append(f"{method} {rule.rule} as {name} with {choice}: {answer.status_code}")
            if leaked := told_of_others(template, answer, name, chosen):
                wrong.append(f"{method} {rule.rule} as {name} with {choice}: tells of {leaked}")
            if endpoint == "accounts.logout" and name:
                browser = sign_in(app, engine, cast.users[name])
    assert wrong == []


def told_of_others(template, answer, name, chosen):
    """What an answer, refused or not, says of records that are not for whoever asked; the address itself is known."""
    others = {"patient": ("neighbour", "foreign"), "clinician_elsewhere": ("own", "neighbour")}
    others |= dict.fromkeys((None, "researcher"), ("own", "neighbour", "foreign"))
    _, cast, world = template
    hidden = set().union(*(world.canaries(variant) for variant in others.get(name, ("foreign",))))
    known = {str(getattr(cast, name).membership_id)} if name else set()
    known |= {str(world.of(each, "release_id")) for each in ("own", "neighbour") if name == "researcher"}
    return {
        word
        for word in hidden - known - set(map(str, chosen.values()))
        if word in answer.get_data().decode(errors="replace")
    }


def as_it_should(answer, access, name, reaches, door="/login"):
    if access is Access.EVERYONE:
        return answer.status_code < 500
    if name is None:
        to_the_door = answer.status_code == 302 and answer.location.startswith(door)
        return to_the_door or answer.status_code == 401
    if reaches:
        return answer.status_code not in {401, 403, 404, 405} and answer.status_code < 500
    return answer.status_code == 404


def not_whole(app, engine, user_id, standing):
    """A browser whose sign-in is not whole: the second factor is owed or not set up, or the lock has fallen."""
    with new_session(engine) as session:
        act_as(session, "program")
        if standing is Standing.OWES_FACTOR:
            key = {"credential_id": uuid4().bytes, "public_key": b"k", "name": "laptop", "made_at": datetime.now(UTC)}
            session.add(Passkey(user_id=user_id, **key))
        then = datetime.now(UTC) - timedelta(minutes=16 if standing is Standing.LOCKED else 0)
        door = Doorway(session, then, SECRET.encode())
        token = begin(door, user_id, "", half=standing is not Standing.LOCKED)
        session.commit()
    browser = app.test_client()
    with browser.session_transaction() as kept:
        kept["_user_id"], kept["_fresh"] = token, True
    return browser


@pytest.mark.parametrize("standing", [Standing.SETS_UP, Standing.OWES_FACTOR, Standing.LOCKED])
def test_a_sign_in_that_is_not_whole_opens_its_own_room_alone(world_app, template, standing):
    app, engine = world_app
    _, cast, world = template
    browser = not_whole(app, engine, cast.users["administrator"], standing)
    wrong = []
    for endpoint, access in sorted(ROUTES.items()):
        if access is Access.EVERYONE:
            continue
        for rule, method in rules_of(app, endpoint):
            if access is WAITING_ROOMS[standing] and method != "GET":
                continue  # what the room's own forms do is told in test_second_factor
            chosen = {part: world.of("own", part) for part in ids_of(rule)}
            answer = browser.open(address(app, rule, chosen), method=method)
            cells.add((endpoint, method, standing.value, ("own",) * len(chosen)))
            if (answer.status_code == 200) is not (access is WAITING_ROOMS[standing]):
                wrong.append(f"{method} {rule.rule}: {answer.status_code}")
            elif answer.status_code != 200 and not as_it_should(
                answer, access, None, reaches=False, door=ROOMS[standing]
            ):
                wrong.append(f"{method} {rule.rule}: {answer.status_code} {answer.location}")
    assert wrong == []


@pytest.mark.parametrize("endpoint", sorted(ROUTES))
def test_a_foreign_record_and_an_absent_one_look_the_same(world_app, template, endpoint):
    app, engine = world_app
    _, cast, world = template
    for name, hidden in (("administrator", ("foreign",)), ("patient", ("neighbour", "foreign"))):
        browser = sign_in(app, engine, cast.users[name])
        for rule, method in rules_of(app, endpoint):
            if not ids_of(rule) or ROUTES[endpoint] is Access.EVERYONE:
                continue
            seen = set()
            for variant in (*hidden, "absent"):
                path = address(app, rule, {part: world.of(variant, part) for part in ids_of(rule)})
                answer = browser.open(path, method=method).get_data().decode(errors="replace")
                seen.add(without_tokens(answer).replace(path, ""))
            assert len(seen) == 1, (rule, name)


def test_a_member_who_was_let_go_reaches_nothing(world_app, template):
    app, engine = world_app
    _, cast, world = template
    browser = sign_in(app, engine, cast.users["administrator"])
    with new_session(engine) as session:
        act_as(session, "program")
        session.get(Membership, (cast.clinic_id, cast.administrator.membership_id)).active = False
        session.commit()
    reached = []
    for endpoint, access in ROUTES.items():
        for rule, method in rules_of(app, endpoint):
            path = address(app, rule, {part: world.of("own", part) for part in ids_of(rule)})
            answer = browser.open(path, method=method)
            if access is not Access.EVERYONE and not as_it_should(answer, access, None, reaches=False):
                reached.append((path, answer.status_code))
    assert reached == []


def test_the_matrix_is_alive(app):
    rules = [rule for endpoint in ROUTES for rule, _ in rules_of(app, endpoint)]
    assert len(ROLES) * sum(len(list(combinations(rule))) for rule in rules) > FEWEST_CELLS


def test_a_route_with_any_other_rule_is_seen(app, monkeypatch):
    for endpoint, access in ROUTES.items():
        for other in set(Access) - {access}:
            monkeypatch.setattr(app.view_functions[endpoint], "access", other, raising=False)
            assert {name: access_of(view) for name, view in app.view_functions.items()} != ROUTES
        monkeypatch.undo()
