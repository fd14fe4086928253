"""`python -m benchmarks [NAME…]`: measure everything, or what is named, print the table and keep it in RESULTS.md."""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks import disclosure, export, numbers, pages, records, starting
from benchmarks.bench import LARGE, ROUNDS, SIZES, Bench, Benchmark
from benchmarks.growth import growth
from benchmarks.measuring import Row
from benchmarks.report import RESULTS, document, line, lines

ALL: dict[str, Benchmark] = {
    "save": pages.save_visit,
    "list": pages.patient_list,
    "worklist": pages.worklist,
    "patient": pages.one_patient,
    "cohort": pages.cohort,
    "columns": numbers.columns_read,
    "change": numbers.judgement,
    "model": numbers.model,
    "import": records.bulk_import,
    "verify": records.audit,
    "figure": numbers.figure,
    "worker": starting.worker,
    "tests": starting.tests,
    "scoring": numbers.scoring,
    "disclosure": disclosure.grouping,
    "export": export.export,
    "growth": growth,
}


def main() -> None:
    """Measure, print and, when everything was measured, write the report."""
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(ALL)}; without any, all")
    options.add_argument("--large", action="store_true", help=f"also a clinic of {LARGE:,} patients")
    options.add_argument("--rounds", type=int, default=ROUNDS, help="how often each thing has its turn")
    options.add_argument("--keep", type=Path, help="keep the invented clinics of today in this folder")
    given = options.parse_args()
    unknown = set(given.names) - set(ALL)
    if unknown:
        options.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
    with tempfile.TemporaryDirectory() as passing:
        folder = given.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        bench = Bench(folder, (*SIZES, LARGE) if given.large else SIZES, given.rounds, tell)
        rows = list(measured(bench, given.names or ALL))
        bench.close()
    if not given.names:
        RESULTS.write_text(document(rows, bench.sizes, bench.rounds), encoding="utf-8")


def measured(bench: Bench, names: Iterable[str]) -> Iterator[Row]:
    """Measure, printing each line of the table as it comes."""
    print("\n".join(lines([])), flush=True)
    for name in names:
        started = time.perf_counter()
        for row in ALL[name](bench):
            print(line(row), flush=True)
            yield row
        bench.tell(f"{name}: {time.perf_counter() - started:.0f} s by the clock")


def tell(text: str) -> None:
    """Say how it goes, beside the table."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
