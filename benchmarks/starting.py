"""Starting: what a worker costs before its first request, and how long a test takes."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from xml.etree import ElementTree as ET

from benchmarks.bench import Bench
from benchmarks.measuring import Row, written

ROOT = Path(__file__).parents[1]
MEGABYTE = 1_000_000
TOLD = """
import os, resource, time
own = [line for line in open("/proc/self/status") if line.startswith("VmHWM")] if os.path.exists("/proc") else []
size = int(own[0].split()[1]) * 1024 if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(time.process_time(), size)
"""
SCIENCE = ("tests/change/test_individual.py", "tests/change/test_windows.py", "tests/instruments/test_scoring.py")
DATABASE = ("tests/actions/test_assess.py", "tests/actions/test_enrol.py")


def worker(bench: Bench) -> Iterator[Row]:
    """Start the program as a server's worker does, against a bare interpreter."""
    started, bare = [], []
    for _ in range(bench.rounds):
        bare.append(_child(TOLD, bench.folder))
        started.append(_child(f"import wsgi\n{TOLD}", bench.folder))
    cpu, size = (median(each[k] for each in started) for k in range(2))
    cpu_bare, size_bare = (median(each[k] for each in bare) for k in range(2))
    floor, limit = "bare interpreter", 100 * MEGABYTE
    yield Row(
        "worker after start: memory",
        f"{size / MEGABYTE:.0f} MB",
        f"{floor}: {size_bare / MEGABYTE:.0f} MB",
        size / size_bare,
        "≤ 100 MB",
        size <= limit,
    )
    cost = written(cpu)
    yield Row(
        "worker: processor time to start", cost, f"{floor}: {written(cpu_bare)}", cpu / cpu_bare, "≤ 1.2 s", cpu <= 1.2
    )


def _child(code: str, folder: Path) -> tuple[float, float]:
    """Run a line in an interpreter of its own; return its processor time and the most memory it held."""
    environment = os.environ | {"OUTCOMES_DEMO": "1", "OUTCOMES_DATA": str(folder / "start")}
    done = subprocess.run(  # noqa: S603 (our own line)
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    cpu, size = done.stdout.split()[-2:]
    return float(cpu), float(size)


def tests(bench: Bench) -> Iterator[Row]:
    """Run some tests of the science and some of the database, and give the time of the middle one."""
    for name, files, most in (("science", SCIENCE, 0.010), ("database", DATABASE, 0.500)):
        seconds = _tests(files if bench.rounds > 1 else (files[0], "-m", "not postgres"), bench.folder)
        middle = median(seconds)
        task = f"one {name} test, middle of {len(seconds)}, by the clock"
        ours = written(middle) if middle else "< 1 ms"
        yield Row(task, ours, "", None, f"≤ {written(most)}", middle <= most)


def _tests(given: Sequence[str], folder: Path) -> list[float]:
    """Run tests in a pytest of their own and return the seconds of each, what it stands on included."""
    report = folder / "tests.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *given]
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    subprocess.run(command, cwd=ROOT, env=outside, capture_output=True, check=False)  # noqa: S603 (our own line)
    cases = ET.parse(report).iter("testcase")  # noqa: S314 (written by the line above)
    return [float(case.attrib["time"]) for case in cases]
