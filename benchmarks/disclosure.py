"""Recoding: groups and diversity counted over many rows, and the loss of information beside ARX's at the same k.

`python -m benchmarks.disclosure FOLDER` compares with the figures that ARX reached on the data in FOLDER, prints the
table of docs/releases.md, and needs some minutes; the ordinary benchmark counts groups only.
"""

import csv
import gzip
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import numpy as np

from benchmarks.bench import Bench
from benchmarks.measuring import Job, Row, interleaved, within
from outcomes.privacy.hierarchies import tree
from outcomes.privacy.quasi import Tree
from outcomes.privacy.recoding import Leftover, recode
from outcomes.privacy.risk import groups_of

ROWS = 100_000
WIDTHS = (2, 18, 12, 6, 20)
"""Different values of the quasi-identifiers of invented patients."""

SMALL = ("sex", "age", "education", "occupation")
ALL = ("sex", "age", "race", "marital-status", "education", "native-country", "workclass", "occupation")
ARX_ON_ALL = {3: 0.0411, 5: 0.0569, 11: 0.0825}


def grouping(bench: Bench) -> Iterator[Row]:
    """Count k and l of a table as large as a register."""
    dice = np.random.default_rng(1)
    columns = [dice.integers(0, width, ROWS) for width in WIDTHS]
    sensitive = [dice.integers(0, 8, ROWS)]
    found = interleaved({"ours": Job(lambda _: groups_of(columns, sensitive))}, bench.rounds)
    yield within(f"k-anonymity and l-diversity of {ROWS:,} rows", found["ours"], 0.010)


def hierarchy(folder: Path, name: str) -> Tree:
    """Read one of ARX's hierarchies."""
    with (folder / f"adult_hierarchy_{name}.csv").open(encoding="utf-8") as file:
        return tree(name, [tuple(row) for row in csv.reader(file, delimiter=";")])


def table(path: Path, names: tuple[str, ...]) -> dict[str, list[object]]:
    """Read some columns of a table."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    return {name: [row[name] for row in rows] for name in names}


def reached(folder: Path) -> dict[tuple[int, int], list[float]]:
    """Read what ARX reached on the small samples."""
    found: dict[tuple[int, int], list[float]] = {}
    with (folder / "arx_local_small.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.setdefault((int(row["n"]), int(row["k"])), []).append(float(row["ncp"]))
    return found


def samples(folder: Path, n: int, k: int, number: int) -> tuple[list[float], float, float]:
    """Recode the samples of one size: the losses, the share of starred rows, and the time of one."""
    trees = [hierarchy(folder, name) for name in SMALL]
    losses, starred, started = [], 0, time.process_time()
    for sample in range(number):
        done = recode(table(folder / "samples" / f"s{n}_{sample}.csv", SMALL), trees, k, leftover=Leftover.STARRED)
        losses.append(done.loss)
        starred += len(done.left)
    return losses, starred / n / number, (time.process_time() - started) / number


def compare(folder: Path) -> None:
    """Print the comparison, row by row as it is measured."""
    print("| rows | k | ARX, local | ours | samples ≤ ARX | starred rows | time of one | met |", flush=True)
    print("|---|---|---|---|---|---|---|---|", flush=True)
    trees = [hierarchy(folder, name) for name in ALL]
    values = table(folder / "adult.csv.gz", ALL)
    for k, arx in ARX_ON_ALL.items():
        started = time.process_time()
        done = recode(values, trees, k, leftover=Leftover.STARRED)
        rows, starred = len(values["sex"]), len(done.left)
        seconds = time.process_time() - started
        print(_line(rows, k, arx, done.loss, "", starred / rows, seconds), flush=True)
    for (n, k), arx_losses in reached(folder).items():
        losses, starred, seconds = samples(folder, n, k, len(arx_losses))
        as_good = sum(ours <= theirs + 1e-6 for ours, theirs in zip(losses, arx_losses, strict=True))
        told = f"{as_good} of {len(losses)}"
        print(_line(n, k, mean(arx_losses), mean(losses), told, starred, seconds), flush=True)


def _line(rows: int, k: int, arx: float, ours: float, told: str, starred: float, seconds: float) -> str:
    met = "met" if ours <= arx else "**not met**"
    return f"| {rows:,} | {k} | {arx:.4f} | {ours:.4f} | {told} | {starred:.1%} | {seconds:.2g} s | {met} |"


if __name__ == "__main__":
    compare(Path(sys.argv[1]))
