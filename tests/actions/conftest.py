"""What the tests of actions stand on: the catalogue, and the work of each of the cast."""

import pytest

from outcomes.instruments.catalogue import load_catalogue
from tests.factories import Maker, make_work


@pytest.fixture(scope="session")
def catalogue():
    return load_catalogue()


@pytest.fixture
def work(session, cast, catalogue):
    return make_work(session, cast.clinician, catalogue)


@pytest.fixture
def make(work):
    return Maker(work)


@pytest.fixture
def as_one(session, cast, catalogue):
    """The work of one of the cast, by name."""
    return lambda name: make_work(session, getattr(cast, name), catalogue)
