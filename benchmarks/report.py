"""The report: one table, the machine it was made on, and what is not measured."""

import os
import platform
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.measuring import Row

RESULTS = Path(__file__).parent / "RESULTS.md"
PACKAGES = (
    "flask",
    "werkzeug",
    "jinja2",
    "sqlalchemy",
    "numpy",
    "scipy",
    "cryptography",
    "babel",
    "polars",
    "pyreadstat",
)
HEAD = ("task", "ours", "floor or peer", "ratio", "target", "met")
NOT_MEASURED = (
    "**Drawing a figure** (≤ 150 ms for 1,000 people): that is the browser's time; the browser tests draw each figure.",
    "**PostgreSQL**: another process does its work, so its processor time is not ours; the database tests run on both.",
    "**Disk**: only processor time is counted; waiting for the disk at a commit is not.",
    "**Other programs**: where it says “earlier”, the time is that of an earlier run and not of this one.",
)

ABOUT = """\
Written by `make bench`. Every figure is the median of {rounds} rounds in which everything that is compared has its
turn, in processor time of one thread; a ratio is the median of the ratios of the rounds. Clinics are invented, seeded,
and written through the program's own bulk path: {sizes} patients with 1–2 baselines, 5 follow-ups, three instruments of
9, 15 and 36 items, one in twenty lost before each visit, begun over the last eight years."""


def lines(rows: Sequence[Row]) -> list[str]:
    """Return the rows as a Markdown table."""
    told = [f"| {' | '.join(HEAD)} |", "|---|---|---|---|---|---|"]
    return told + [line(row) for row in rows]


def line(row: Row) -> str:
    """Return one line of the table."""
    times = "" if row.ratio is None else f"{row.ratio:.3g}×"
    told = {None: "", True: "met", False: "**not met**" + (f": {row.why}" if row.why else "")}[row.met]
    return f"| {row.task} | {row.ours} | {row.floor} | {times} | {row.target} | {told} |"


def machine() -> list[str]:
    """Return what the figures were measured with."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    packages = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    cores = f"{os.cpu_count()} cores ({_processor()})"
    return [
        f"- {platform.system()} {platform.machine()}, {cores}, {memory:.0f} GB of memory",
        f"- Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        f"- {packages}",
        f"- {datetime.now(UTC).date()}, with other work on the same machine: load {os.getloadavg()[0]:.1f}",
    ]


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((each.partition(":")[2].strip() for each in told if each.startswith("model name")), "unknown")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def document(rows: Sequence[Row], sizes: Sequence[int], rounds: int) -> str:
    """Return the whole report."""
    aimed = [row for row in rows if row.target]
    other = [row for row in rows if not row.target]
    met = sum(row.met is True for row in aimed)
    return "\n".join(
        [
            "# How fast it is",
            "",
            ABOUT.format(rounds=rounds, sizes=", ".join(f"{size:,}" for size in sizes)),
            "",
            f"{met} of {len(aimed)} targets are met.",
            "",
            *lines(aimed),
            "",
            "## Without a target",
            "",
            *lines(other),
            "",
            "## Machine",
            "",
            *machine(),
            "",
            "## Not measured",
            "",
            *(f"- {each}" for each in NOT_MEASURED),
            "",
        ]
    )
