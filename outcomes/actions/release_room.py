"""The safe room: a researcher's script runs here over the columns of a release, and only small tables leave.

What the script writes is held against rules first and looked at by an administrator then. A program can hide records
in numbers; that is why results are small, and why somebody looks at the script and at what it gave.
"""

import csv
import json
import re
import shutil
import subprocess  # the script runs in a process that shuts itself in
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from io import TextIOWrapper
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from outcomes.access.rules import Act
from outcomes.access.scope import Actor, reach_of
from outcomes.actions.errors import Invalid, NotFound
from outcomes.actions.releasing.room import ReleaseRoom
from outcomes.actions.work import Work, Write, add, edit_row, found, may
from outcomes.instruments.catalogue import Catalogue
from outcomes.privacy.disclosure import PUBLIC
from outcomes.privacy.tiers import Tier
from outcomes.records.sealing import KeyRing
from outcomes.records.session import act_as, new_session
from outcomes.records.tables import Release, ReleaseScript
from outcomes.terms import ReleaseState, ScriptState
from outcomes.voice import N_

CONFINE = Path(__file__).parent / "releasing" / "confine.py"
LONGEST_SCRIPT, LONGEST_TITLE = 50_000, 200
SECONDS = 120
NO_WALLS = 71
TABLES, ROWS, COLUMNS, LETTERS, FIGURES = 5, 100, 12, 40, 4
LARGEST_RESULT = 200_000
PLAIN = re.compile(r"[\w .,:%+()<>=/-]*")
NUMBER_OF_PATIENTS = "n"

TOLD = {
    "failed": N_("The script ended with an error."),
    "too_long": N_("The script was stopped: it took too long."),
    "no_walls": N_("The script was not run: this machine cannot shut it in."),
    "no_result": N_("The script wrote no out/result.json that can be read."),
    "shape": N_("The result is not up to five small tables, each with a name, columns and rows."),
    "no_n": N_("A table has no column n with the number of patients behind each row."),
    "few": N_("A row is about fewer than 11 patients."),
    "figures": N_("A number has more than four significant figures, or is none."),
    "words": N_("A text is too long, holds unusual signs, or names a patient of the release."),
}


@dataclass(frozen=True, slots=True)
class Bench:
    """What running a script works with, outside any request."""

    engine: Engine
    keys: KeyRing
    catalogue: Catalogue
    data: Path
    actor: Actor
    write: Write

    def room(self, release_id: UUID) -> ReleaseRoom:
        """The place of a release's file."""
        return ReleaseRoom(self.data, self.keys, self.actor.clinic_id, release_id)


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a script: what is told of it, and what it gave where that keeps the rules."""

    state: ScriptState
    told: str | None = None
    output: Mapping[str, Any] | None = None


def send(work: Work, release_id: UUID, title: str, script: str) -> UUID:
    """Take a script in; running it is the next step.

    Raises:
        NotAllowed: the actor works with no releases.
        NotFound: there is no such release.
        Invalid: the release is not one for the safe room, or the script is empty or too long.
    """
    may(work, Act.TAKE_RELEASE)
    row = found(work, Release, release_id, locked=False)
    if row.tier != Tier.SAFE_ROOM or row.state != ReleaseState.APPROVED or row.file_sha256 is None:
        raise Invalid("not_there", None, N_("Scripts run over an approved release for the safe room."))
    if not title.strip() or len(title) > LONGEST_TITLE:
        raise Invalid("title", "title", N_("Give the script a short title."))
    if not script.strip() or len(script) > LONGEST_SCRIPT:
        raise Invalid("script", "script", N_("A script has up to 50,000 signs."))
    told = {"release_id": row.id, "membership_id": work.actor.membership_id, "at": work.now}
    state = ScriptState.RUNNING.value
    return add(work, ReleaseScript(id=uuid4(), **told, title=title.strip(), script=script, state=state))


def look(work: Work, release_id: UUID, script_id: UUID, version: int, *, passes: bool) -> None:
    """Let what a script gave leave, or hold it back, after having looked at both.

    Raises:
        NotAllowed: the actor prepares no releases.
        NotFound: the release has no such script.
        Invalid: nothing waits to be looked at, or the actor sent the script.
        StaleVersion: it has changed since it was looked at.
    """
    may(work, Act.PREPARE_RELEASE)
    row = found(work, ReleaseScript, script_id)
    if row.release_id != release_id:
        raise NotFound("release_script", script_id)
    if row.state != ScriptState.WAITING:
        raise Invalid("not_waiting", None, N_("Nothing of this script waits to be looked at."))
    if row.membership_id == work.actor.membership_id:
        raise Invalid("own", None, N_("Whoever sent a script does not pass on what it gave."))
    state = ScriptState.PASSED_ON if passes else ScriptState.HELD_BACK
    looked = {"looked_by": work.actor.membership_id, "looked_at": work.now}
    edit_row(work, row, version, {"state": state.value, **looked})


def run(bench: Bench, script_id: UUID) -> ScriptState:
    """Run a script to its end in a process of its own, and note what came of it."""
    reach = reach_of(bench.actor)
    with new_session(bench.engine, read_only=True, reach=reach) as session:
        row = session.get_one(ReleaseScript, (bench.actor.clinic_id, script_id))
        release_id, script = row.release_id, row.script
    ran = run_over(bench.room(release_id), script)
    bench.write(bench.engine, reach, partial(_note, bench, script_id, ran))
    return ran.state


def _note(bench: Bench, script_id: UUID, ran: Ran, session: Session) -> None:
    act_as(session, bench.actor.name_in_trail)
    work = Work(session, bench.actor, bench.keys, bench.catalogue, datetime.now(UTC))
    row = found(work, ReleaseScript, script_id)
    told = None if ran.told is None else {"code": ran.told}
    edit_row(work, row, row.version, {"state": ran.state.value, "told": told, "output": ran.output})


def run_over(room: ReleaseRoom, script: str) -> Ran:
    """Run a script over the text tables of a release, shut in, and hold its result against the rules."""
    with TemporaryDirectory() as named:
        folder = Path(named)
        (folder / "data").mkdir()
        (folder / "out").mkdir()
        (folder / "script.py").write_text(script, encoding="utf-8")
        names = _lay_out(room, folder / "data")
        failed = _run(folder)
        if failed is not None:
            return Ran(ScriptState.FAILED, failed)
        result = _result(folder / "out" / "result.json")
        broken = "no_result" if result is None else breaks(result, names)
        return Ran(ScriptState.FAILED, broken) if broken else Ran(ScriptState.WAITING, None, result)


def _lay_out(room: ReleaseRoom, folder: Path) -> frozenset[str]:
    """Lay out the text tables, and return the names of the patients in them."""
    with TemporaryFile() as whole:
        with room.read() as file:
            shutil.copyfileobj(file, whole)
        with ZipFile(whole) as archive:
            for name in archive.namelist():
                if name.startswith("data/csv/"):
                    (folder / Path(name).name).write_bytes(archive.read(name))
            with archive.open("data/csv/patients.csv") as patients:
                rows = csv.DictReader(TextIOWrapper(patients, "utf-8"))
                return frozenset(row["patient"] for row in rows)


def _run(folder: Path) -> str | None:
    """Run the script; return what went wrong. What it prints goes nowhere, for it may hold records."""
    command = [sys.executable, "-I", str(CONFINE), str(folder)]
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    nowhere = subprocess.DEVNULL
    try:
        done = subprocess.run(  # noqa: S603 - it shuts itself in
            command, timeout=SECONDS, check=False, cwd=folder, env=alone, stdin=nowhere, stdout=nowhere, stderr=nowhere
        )
    except subprocess.TimeoutExpired:
        return "too_long"
    return {0: None, NO_WALLS: "no_walls"}.get(done.returncode, "failed")


def _result(path: Path) -> dict[str, Any] | None:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST_RESULT:
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


# The rules


def breaks(result: Mapping[str, Any], patients: frozenset[str]) -> str | None:
    """Say which rule a result breaks; None when it keeps them all."""
    tables = result.get("tables")
    if set(result) != {"tables"} or not isinstance(tables, list) or not 1 <= len(tables) <= TABLES:
        return "shape"
    if not all(map(_has_shape, tables)) or sum(len(each["rows"]) for each in tables) > ROWS:
        return "shape"
    if any(NUMBER_OF_PATIENTS not in each["columns"] for each in tables):
        return "no_n"
    return next((code for code in (_small(tables), _unfit(tables, patients)) if code), None)


def _has_shape(table: object) -> bool:
    if not isinstance(table, dict) or set(table) != {"name", "columns", "rows"}:
        return False
    columns, rows = table["columns"], table["rows"]
    if not isinstance(columns, list) or not isinstance(rows, list) or not 1 <= len(columns) <= COLUMNS:
        return False
    named = all(isinstance(each, str) for each in (table["name"], *columns)) and len(set(columns)) == len(columns)
    return named and all(isinstance(row, list) and len(row) == len(columns) for row in rows)


def _small(tables: list[Any]) -> str | None:
    for table in tables:
        place = table["columns"].index(NUMBER_OF_PATIENTS)
        for row in table["rows"]:
            number = row[place]
            if isinstance(number, bool) or not isinstance(number, int) or number < PUBLIC.minimum:
                return "few"
    return None


def _unfit(tables: list[Any], patients: frozenset[str]) -> str | None:
    for value in _values(tables):
        if isinstance(value, str):
            if len(value) > LETTERS or not PLAIN.fullmatch(value) or any(name in value for name in patients):
                return "words"
        elif value is not None and not _is_short(value):
            return "figures"
    return None


def _values(tables: list[Any]) -> Iterator[Any]:
    for table in tables:
        yield table["name"]
        yield from table["columns"]
        yield from (value for row in table["rows"] for value in row)


def _is_short(value: Any) -> bool:  # noqa: ANN401 - what JSON holds
    """Whether a number has few figures; a truth or a list is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return False
    return float(f"{value:.{FIGURES}g}") == float(value)
