import os

import pytest

from tests.databases import worker_name
from tests.faults.postgres import OwnPostgres


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/faults" in str(item.path):
            group = "browser" if item.get_closest_marker("browser") else "faults"
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def own_postgres():
    """A PostgreSQL that these tests stop and start; durable as shipped."""
    postgres = OwnPostgres(f"faults-{os.getpid()}-{worker_name()}")
    yield postgres
    postgres.stop()
