"""Where an error arose, told without a word of what anybody sent."""

import traceback
from types import TracebackType


def way_of(trace: TracebackType | None) -> str:
    """Return the way of an error through the program, as files, lines and functions."""
    return " > ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno}:{f.name}" for f in traceback.extract_tb(trace))
