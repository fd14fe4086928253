"""Where the scoring manual stands, and how to write it anew: `make docs`."""

from pathlib import Path

from outcomes.instruments.catalogue import load_catalogue
from outcomes.instruments.manual import pages

MANUAL = Path(__file__).parents[2] / "docs" / "scoring"
WRITTEN_BY_HAND = {"adding-instruments.md"}


def compiled() -> dict[str, str]:
    """Return every page of the manual as it should stand."""
    return pages(load_catalogue())
