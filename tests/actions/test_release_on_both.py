"""The same records give the same release on SQLite and on PostgreSQL, built within the reach of whoever builds it."""

from io import BytesIO

import pytest
from sqlalchemy import text

from outcomes.actions.release import ask
from outcomes.actions.release_build import build, same_bytes
from outcomes.privacy.tiers import Tier
from outcomes.terms import ReleaseState
from tests.databases import OWNER, PROGRAM, as_role, empty, fill, rows_in
from tests.releasing import House, approved, built, furnish, row_of, wanted, zipped

pytestmark = pytest.mark.postgres
TIERS = [Tier.PUBLIC, Tier.AGREEMENT, Tier.SAFE_ROOM]
OWNED = "SELECT tableowner FROM pg_tables WHERE schemaname = 'public'"


@pytest.fixture(scope="module")
def house(sqlite_template, tmp_path_factory):
    """A clinic on SQLite, with a release of each tier; that of counts has left."""
    there = furnish(sqlite_template, tmp_path_factory.mktemp("sqlite"), 42)
    there.releases = {tier: built(there, tier) for tier in TIERS}
    approved(there, there.releases[Tier.PUBLIC])
    return there


@pytest.fixture(scope="module")
def twin(house, postgres_engine, tmp_path_factory):
    """The same rows on PostgreSQL, where the program owns nothing and reaches nothing unless it says how far."""
    fill(postgres_engine, rows_in(house.engine))
    engine = postgres_engine.execution_options(reach=None)
    yield House(engine, house.cast, house.catalogue, tmp_path_factory.mktemp("postgresql"))
    empty(postgres_engine)


def test_the_program_owns_nothing_there(postgres_engine, twin):
    with postgres_engine.connect() as connection:
        owners = set(connection.execute(text(OWNED)).scalars())
        assert (owners, connection.execute(text("SELECT current_user")).scalar()) == ({OWNER}, PROGRAM)
    assert as_role(postgres_engine, PROGRAM).url == postgres_engine.url


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name.lower())
def test_the_same_records_give_the_same_bytes_on_both(house, twin, tier):
    target, release_id = BytesIO(), house.releases[tier]
    manifest = same_bytes(twin.bench(), release_id, target, lambda _step: None)
    assert manifest.sha256 == row_of(house, release_id).file_sha256
    assert len(target.getvalue()) == manifest.size > 30_000


def test_a_release_is_built_there_from_its_own_clinic_alone(twin, postgres_engine):
    inside = House(postgres_engine, twin.cast, twin.catalogue, twin.data)
    release_id = inside.wrote(lambda work: ask(work, wanted(Tier.AGREEMENT)))
    assert build(twin.bench(), release_id) is ReleaseState.BUILT
    assert "data/csv/long.csv" in zipped(twin, release_id).namelist()
