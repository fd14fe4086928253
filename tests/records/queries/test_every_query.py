"""Every query at once: under a scope it tells of nobody else, and a researcher has no path to a live row."""

import importlib
import inspect
import pkgutil
import re
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

import outcomes.records.queries as room
from outcomes.access.scope import Scope, reach_of, release_scope_of, scope_of
from outcomes.instruments.catalogue import load_catalogue
from outcomes.instruments.definition import Scale
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.plan import plan
from outcomes.records.queries.reach import cipher_for, require_patient
from outcomes.records.queries.release import Standing
from outcomes.records.queries.signatures import standing
from outcomes.records.queries.trail import TrailFilter
from outcomes.records.queries.treatment import infusion
from outcomes.records.sealing import KeyRing
from outcomes.records.session import new_session
from outcomes.records.tables import Patient
from outcomes.terms import Purpose
from tests.cast import MASTER_KEYS, make_cast
from tests.databases import empty, open_test_engine
from tests.statements import unbound
from tests.twins import give_twins
from tests.web.world import DAY, NAMES, World, make_world

FEWEST_QUERIES = 60
FEWEST_STATEMENTS = 100
OF_ACCOUNTS = {"trail.account_trail"}  # accounts belong to no clinic; the page is for administrators
SCALE = "own_fatigue.score"
OF_RELEASES = {"research.finished_releases"}
AT = " object at 0x[0-9a-f]+"  # where an object without a text of its own lies


def queries():
    """Every public function of the room that takes a scope and a session."""
    for module in pkgutil.iter_modules(room.__path__):
        for name, function in vars(importlib.import_module(f"{room.__name__}.{module.name}")).items():
            if not inspect.isfunction(function) or not function.__module__.endswith(f".{module.name}"):
                continue
            if not name.startswith("_") and list(inspect.signature(function).parameters)[:2] == ["scope", "session"]:
                yield f"{module.name}.{name}", function


QUERIES = dict(queries())
LIVE = sorted(set(QUERIES) - OF_ACCOUNTS - OF_RELEASES)


@dataclass(frozen=True, slots=True)
class Asking:
    """What a query may be given besides its scope: the ids of one variant, and the time."""

    session: object
    world: World
    variant: str
    scope: Scope

    def argument(self, name):
        """One argument by its name."""
        ids = getattr(self.world, self.variant)
        now = datetime.now(UTC)
        plain = {"keys": KeyRing(MASTER_KEYS), "catalogue": load_catalogue(), "today": now.date(), "now": now}
        plain |= {"cipher": None, "points": (), "day_zero": None, "on_date": DAY, "form": "visit", "pointing": ()}
        plain |= {"scale": SCALE, "scales": (SCALE,), "unseen": ()}
        plain |= {"ids": {ids["patient_id"]}, "patient_ids": {ids["patient_id"]}, "chosen": TrailFilter()}
        plain |= {
            "release_id": uuid4(),
            "purpose": Purpose.RESEARCH_RECORD_LEVEL,
            "point": "month_12",
            "course": "before",
        }
        plain |= {"inside": {ids["patient_id"].hex: Standing.INSIDE}, "first_days": {ids["patient_id"].hex: DAY}}
        plain |= {"until": now.date(), "person_id": ids["patient_id"], "key": "a key", "code": "P-001"}
        plain |= {"name": NAMES[self.variant]}
        if name == "in_force":
            return plan(self.scope, self.session)
        if name == "patient":
            return self.session.get(Patient, (self.world.clinic_of(self.variant), ids["patient_id"]))
        return ids[name] if name in ids else plain[name]

    def told(self, query):
        """What a query says, as text; nothing where it refuses."""
        try:
            return self.answer(query)
        except NotFound:
            return ""

    def answer(self, query):
        """What a query says, as text."""
        given = {
            name: load_catalogue().scale(SCALE) if parameter.annotation is Scale else self.argument(name)
            for name, parameter in list(inspect.signature(query).parameters.items())[2:]
            if parameter.default is parameter.empty or name == "donor_id"
        }
        found = query(self.scope, self.session, **given)
        return repr(list(found) if inspect.isgenerator(found) else found)


def seen(told, canaries, given=()):
    """Which of these words or ids an answer holds; what was asked for by its id is known."""
    forms = {word: {word, repr(UUID(word))} if len(word) == 36 else {word} for word in canaries - set(map(str, given))}
    return {word for word, shapes in forms.items() if any(shape in told for shape in shapes)}


@pytest.fixture(scope="module")
def world_file(sqlite_template, tmp_path_factory):
    """A database file with the world in it, and who and what is in it."""
    path = tmp_path_factory.mktemp("queries") / "world.db"
    shutil.copy(sqlite_template, path)
    engine = open_test_engine(f"sqlite:///{path}")
    with new_session(engine) as session:
        cast = make_cast(session)
        world = make_world(session, cast, load_catalogue())
        session.commit()
    engine.dispose()
    return path, cast, world


@pytest.fixture(scope="module")
def filled(world_file):
    path, cast, world = world_file
    engine = open_test_engine(f"sqlite:///{path}")
    with new_session(engine, read_only=True) as session:
        yield session, cast, world
    engine.dispose()


def test_there_are_queries():
    assert len(QUERIES) >= FEWEST_QUERIES


def test_asked_for_one_s_own_they_answer(filled):
    session, cast, world = filled
    told = "".join(Asking(session, world, "own", Scope(cast.clinic_id)).told(query) for query in QUERIES.values())
    assert len(seen(told, world.canaries("own"))) >= len(world.own) - 3


def test_each_statement_they_send_is_looked_at(filled):
    """That it names the clinic of each of its tables; see `tests.statements`."""
    session, cast, world = filled
    before = unbound.cache_info()
    for query in QUERIES.values():
        Asking(session, world, "own", Scope(cast.clinic_id)).told(query)
    now = unbound.cache_info()
    assert now.hits + now.misses - before.hits - before.misses >= FEWEST_STATEMENTS


@pytest.mark.parametrize("name", sorted(set(QUERIES) - OF_ACCOUNTS))
def test_a_clinic_is_told_nothing_of_another(filled, name):
    session, cast, world = filled
    for variant in ("own", "foreign"):
        given = world.foreign.values() if variant == "foreign" and name == "header.header_of" else ()
        told = Asking(session, world, variant, Scope(cast.clinic_id)).told(QUERIES[name])
        hidden = world.canaries("foreign") - ({"Elif Şahin"} if given else set())
        assert seen(told, hidden, given) == set()


@pytest.fixture(scope="module")
def twinned(world_file, tmp_path_factory):
    """The same records, and a twin of each under the same ids in a clinic elsewhere."""
    path = tmp_path_factory.mktemp("twins") / "world.db"
    shutil.copy(world_file[0], path)
    engine = open_test_engine(f"sqlite:///{path}")
    give_twins(engine, at_once=True)
    with new_session(engine, read_only=True) as session:
        yield session
    engine.dispose()


@pytest.mark.parametrize("name", sorted(QUERIES))
@pytest.mark.parametrize("own", [False, True], ids=["clinic", "patient"])
def test_records_under_the_same_ids_elsewhere_change_no_answer(filled, twinned, name, own):
    session, cast, world = filled
    scope = Scope(cast.clinic_id, cast.patient_id if own else None)
    alone, beside = (Asking(each, world, "own", scope).told(QUERIES[name]) for each in (session, twinned))
    assert re.sub(AT, "", beside) == re.sub(AT, "", alone)


OF_STAFF = {
    "drafts",
    "members",
    "history",
    "trail",
    "imports",
    "donors",
    "worklist",
    "definitions",
    "plan",
    "redcap",
    "references",
    "release",
    "release_scripts",
    "reminding",
    "research",
}


ANSWERED = set(
    """
    drafts.draft drafts.drafts history.history history.looks history.member_names members.clinic plan.plan plan.plans
    references.names_of release.stored_events release.stored_scores release_scripts.scripts reminding.addressee
    reminding.addressees reminding.letter_hours reminding.letters_about research.approvals research.finished_release
    research.one_person_approves research.takings trail.actors worklist.unseen_changes worklist.unseen_visits
    """.split()  # noqa: SIM905 - names, not sentences
)
"""Of those for staff, what tells a patient's scope of nobody else's health, and is asked by what refuses or for it."""


@pytest.mark.parametrize("name", [name for name in LIVE if name.split(".")[0] in OF_STAFF and name not in ANSWERED])
def test_a_patient_is_refused_what_is_for_staff(filled, name):
    session, cast, world = filled
    with pytest.raises(NotFound):
        Asking(session, world, "own", Scope(cast.clinic_id, cast.patient_id)).answer(QUERIES[name])


@pytest.mark.parametrize("name", [name for name in LIVE if name.split(".", maxsplit=1)[0] not in OF_STAFF])
def test_a_patient_who_asks_without_naming_anybody_is_told_of_nobody_else(filled, name):
    session, cast, world = filled
    told = Asking(session, world, "own", Scope(cast.clinic_id, cast.patient_id)).told(QUERIES[name])
    assert seen(told, world.canaries("neighbour") | world.canaries("foreign")) == set()


@pytest.mark.parametrize("name", [name for name in LIVE if name.split(".", maxsplit=1)[0] not in OF_STAFF])
@pytest.mark.parametrize("variant", ["neighbour", "foreign"])
def test_a_patient_who_names_what_is_another_s_is_told_nothing_of_it(filled, variant, name):
    if name == "header.header_of":
        return  # it is given the row itself
    session, cast, world = filled
    asking = Asking(session, world, variant, Scope(cast.clinic_id, cast.patient_id))
    named = [asking.argument(each) for each in inspect.signature(QUERIES[name]).parameters if each in world.own]
    assert seen(asking.told(QUERIES[name]), world.canaries(variant), named) == set()


@pytest.mark.parametrize("name", [name for name in LIVE if name.split(".", maxsplit=1)[0] not in OF_STAFF])
@pytest.mark.parametrize("variant", ["neighbour", "foreign"])
def test_a_patient_who_names_the_own_record_and_in_it_what_is_another_s_is_told_nothing_of_it(filled, variant, name):
    if name == "header.header_of":
        return  # it is given the row itself
    session, cast, world = filled
    mixed = replace(world, own=getattr(world, variant) | {"patient_id": cast.patient_id})
    asking = Asking(session, mixed, "own", Scope(cast.clinic_id, cast.patient_id))
    named = [asking.argument(each) for each in inspect.signature(QUERIES[name]).parameters if each in world.own]
    assert seen(asking.told(QUERIES[name]), world.canaries(variant), named) == set()


@pytest.mark.parametrize("variant", ["neighbour", "foreign"])
def test_a_patient_who_names_another_is_refused(filled, variant):
    session, cast, world = filled
    own, another = Scope(cast.clinic_id, cast.patient_id), getattr(world, variant)["patient_id"]
    with pytest.raises(NotFound):
        require_patient(own, session, another)
    keys, ids = KeyRing(MASTER_KEYS), getattr(world, variant)
    for patient_id, error in ((another, "patient"), (cast.patient_id, "visit")):
        with pytest.raises(NotFound, match=error):
            standing(own, session, keys, patient_id, ids["visit_id"])
    with pytest.raises(NotFound, match="infusion" if variant == "foreign" else "patient"):
        infusion(own, session, keys, ids["infusion_id"])
    assert cipher_for(own, session, keys, another) is None
    assert cipher_for(own, session, keys, cast.patient_id) is not None


def test_a_researcher_has_no_scope(filled):
    _, cast, _ = filled
    with pytest.raises(PermissionError):
        scope_of(cast.researcher)
    for name in ("patient", "clinician"):
        with pytest.raises(PermissionError):
            release_scope_of(getattr(cast, name))


@pytest.fixture(scope="module")
def researcher(postgres_engine):
    """A session that reaches as far as a researcher's."""
    with new_session(postgres_engine) as session:
        cast = make_cast(session)
        world = make_world(session, cast, load_catalogue())
        session.commit()
    reach = reach_of(cast.researcher, cast.users["researcher"])
    with new_session(postgres_engine, read_only=True, reach=reach) as session:
        yield session, cast, world
    empty(postgres_engine)


@pytest.mark.postgres
@pytest.mark.parametrize("name", [name for name in LIVE if name != "header.header_of"])
def test_a_researcher_s_transaction_shows_no_query_a_live_row(researcher, name):
    session, cast, world = researcher
    told = Asking(session, world, "own", Scope(cast.clinic_id)).told(QUERIES[name])
    canaries = world.canaries("own") | world.canaries("neighbour") | world.canaries("foreign")
    # a researcher may know every release of the own clinic
    own = (*world.own.values(), world.neighbour["release_id"], cast.researcher.membership_id)
    assert seen(told, canaries, own) == set()
