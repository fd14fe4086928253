"""`python -m outcomes`: reads the settings and opens the door of commands, or of the web with `serve`."""

import sys

from config import read_settings
from outcomes.cli.main import run


def main() -> int:
    """Run one command and return its exit code."""
    return run(sys.argv[1:], read_settings)


if __name__ == "__main__":
    sys.exit(main())
