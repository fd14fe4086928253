"""A second opinion: pycanon counts k and l of written files, in an environment of its own beside ours.

`python -m tests.privacy.oracle` is a step of `make test`; it takes some twenty seconds once. A test that finds no such
environment makes it, so that nothing is skipped.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from venv import create

HOME = Path(sys.prefix) / "oracle"
WANTED = Path(__file__).with_name("oracle.txt")
PYTHON = HOME / ("Scripts" if sys.platform == "win32" else "bin") / "python"
READY = HOME / "ready.txt"

ASK = """
import json, sys
import pandas
from pycanon import anonymity
found = []
for path, quasi, sensitive in json.load(sys.stdin):
    table = pandas.read_csv(path, dtype=str, keep_default_na=False)
    l = anonymity.l_diversity(table, quasi, sensitive) if sensitive else None
    found.append([int(anonymity.k_anonymity(table, quasi)), None if l is None else int(l)])
print(json.dumps(found))
"""


def ensure() -> Path:
    """Make the environment unless it is there, and return its Python."""
    if not READY.exists() or READY.read_text() != WANTED.read_text():
        create(HOME, with_pip=True, clear=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(WANTED)]
        subprocess.run([str(PYTHON), *install], check=True)  # noqa: S603 - our own list
        READY.write_text(WANTED.read_text())
    return PYTHON


def opinions(files: Sequence[tuple[Path, list[str], list[str]]]) -> list[tuple[int, int | None]]:
    """Ask pycanon for k and l of each file; files by path, quasi-identifiers and sensitive columns."""
    asked = json.dumps([[str(path), quasi, sensitive] for path, quasi, sensitive in files])
    command = [str(ensure()), "-c", ASK]
    said = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)  # noqa: S603 - our own line
    return [tuple(pair) for pair in json.loads(said.stdout)]


if __name__ == "__main__":
    ensure()
