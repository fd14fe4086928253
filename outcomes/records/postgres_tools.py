"""PostgreSQL's own programs, by which its records are copied out and in.

Row-level security is forced on everybody, so each connection is told the reach of the program's own commands.
The password travels in the environment of the program, never among its arguments.
"""

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import make_url

from outcomes.access.scope import EVERYTHING

LONGEST_WORDS = 2000


class ToolMissing(LookupError):  # noqa: N818 - what happened
    """One of PostgreSQL's client programs is not on this machine."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not on this machine: install PostgreSQL's client programs, as new as the server")
        self.name = name


class ToolFailed(RuntimeError):  # noqa: N818 - what happened
    """One of PostgreSQL's client programs refused; its own words say why."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(f"{name}: {words.strip()[-LONGEST_WORDS:]}")


def dump(url: str, into: Path, snapshot: str) -> None:
    """Copy a database, as of an exported snapshot, into a file.

    Raises:
        ToolMissing, ToolFailed: when it cannot be done.
    """
    options = ("--format=custom", "--no-owner", "--no-acl", "--enable-row-security", "--schema=public")
    _run("pg_dump", url, *options, f"--snapshot={snapshot}", f"--file={into}")
    into.chmod(0o600)


def load(url: str, dumped: Path) -> None:
    """Fill an empty database from such a file, in one transaction.

    Raises:
        ToolMissing, ToolFailed: when it cannot be done.
    """
    _run("pg_restore", url, "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", str(dumped))


def _run(name: str, url: str, *arguments: str) -> None:
    program = shutil.which(name)
    if program is None:
        raise ToolMissing(name)
    address = make_url(url).set(drivername="postgresql")
    environment = {**os.environ, "PGOPTIONS": f"-c app.reach={EVERYTHING.within.value}"}
    if address.password:
        environment["PGPASSWORD"] = str(address.password)
    plain = address.set(password=None).render_as_string(hide_password=False)
    done = subprocess.run(  # noqa: S603 - see above
        (program, *arguments, f"--dbname={plain}"), env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ToolFailed(name, done.stderr)
