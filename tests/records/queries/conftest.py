"""What the tests of queries stand on."""

from tests.actions.conftest import alone, as_one, catalogue, make, sqlite_url, twinned_template, work

__all__ = ["alone", "as_one", "catalogue", "make", "sqlite_url", "twinned_template", "work"]
