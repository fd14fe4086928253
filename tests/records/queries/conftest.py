"""What the tests of queries stand on."""

from tests.actions.conftest import as_one, catalogue, make, work

__all__ = ["as_one", "catalogue", "make", "work"]
