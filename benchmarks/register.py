"""An invented release of a register's size, and what writing it takes: `python -m benchmarks.register FILE NUMBER`.

Imports nothing of the web, so that the memory it tells is the writer's.
"""

import importlib
import json
import os
import resource
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from outcomes.change.windows import default_time_points
from outcomes.exchange.writers.contents import (
    Column,
    Kind,
    LongRow,
    Records,
    ReleaseContents,
    ReleasedScale,
    ReleasedVisit,
    Step,
    Table,
    Titles,
)
from outcomes.exchange.writers.package import write_package
from outcomes.privacy.tiers import Tier
from outcomes.terms import Language

SCALES = ("chalder11.likert", "rand36.physical", "fss9.mean")
FETCH = "SELECT * FROM score ORDER BY number"
FETCHED = 2_000
MEGABYTE = 1_000_000
AS_OF = datetime(2026, 5, 3, tzinfo=UTC)


def make(path: Path, number: int) -> None:
    """Write invented scores into a database, in the order of patients."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        named = ", ".join(LongRow._fields)
        connection.execute(f"CREATE TABLE score (number INTEGER PRIMARY KEY, {named})")
        marks = ", ".join("?" * (len(LongRow._fields) + 1))
        connection.executemany(f"INSERT INTO score VALUES ({marks})", _invented(number))


def _invented(number: int) -> Iterator[Sequence[Any]]:
    dice, points = Random(1), default_time_points()
    each = len(points) * len(SCALES)
    for place in range(number):
        point, scale = points[place % each // len(SCALES)], SCALES[place % len(SCALES)]
        missing = dice.random() < 0.05
        value = None if missing else dice.randrange(0, 660) / 20
        told = (value, None, "too_ill" if missing else None, 11, 11, "1", "self", "tr")
        yield place, f"P{place // each:09}", point.code, point.day, scale, *told, "visit", 1


class Stored:
    """The scores in batches, read anew each time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[list[Any]]:
        with closing(sqlite3.connect(self.path)) as connection:
            cursor = connection.execute(FETCH.replace("*", ", ".join(LongRow._fields)))
            while batch := cursor.fetchmany(FETCHED):
                yield batch


def contents(path: Path, number: int) -> ReleaseContents:
    """Describe the release of these scores."""
    scales = tuple(ReleasedScale(key, key, _titled(key), "fatigue", 0.0, 33.0, None, "points") for key in SCALES)
    visits = tuple(ReleasedVisit(p.code, p.title, p.day, p.opens, p.closes) for p in default_time_points())
    patient = Column("patient", Kind.TEXT, _titled("Patient"))
    each = len(visits) * len(SCALES)
    people = [[(f"P{place:09}",) for place in range((number + each - 1) // each)]]
    few = {name: Table(name, _titled(name), (patient,), people) for name in ("patients", "treatments", "events")}
    records = Records(Stored(path), scales, visits, **few, scores=number)
    return ReleaseContents("R", "Register", Tier.AGREEMENT, AS_OF, "TR", (), records)


def _titled(text: str) -> Titles:
    return dict.fromkeys(Language, text)


def _resident(name: str) -> float:
    """Read a figure of memory of this process, in megabytes."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE
    line = next(each for each in status.read_text(encoding="utf-8").splitlines() if each.startswith(name))
    return int(line.split()[1]) * 1024 / MEGABYTE


def whole(path: Path, number: int) -> dict[str, float]:
    """Write the file to nowhere and tell what it took."""
    importlib.import_module("xlsxwriter")
    release, steps = contents(path, number), list[Step]()
    idle, started = _resident("VmRSS"), time.perf_counter()
    with Path(os.devnull).open("wb") as nowhere:
        done = write_package(release, nowhere, steps.append)
    return {
        "idle": idle,
        "above": _resident("VmHWM") - idle,
        "child": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / MEGABYTE,
        "seconds": time.perf_counter() - started,
        "size": done.size / MEGABYTE,
        "steps": float(len(steps)),
    }


if __name__ == "__main__":
    print(json.dumps(whole(Path(sys.argv[1]), int(sys.argv[2]))))
