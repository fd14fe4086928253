"""Measuring: processor time of this process, everything that is compared taken turn by turn."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

BATCH = 0.02
"""Seconds that one measurement lasts at least; what is quicker is repeated."""
MOST = 500
LONG = 1.0
"""Seconds from which one call is warming up enough."""


@dataclass(frozen=True)
class Job:
    """Something to measure: `do` is timed, `prepare` makes its argument and is not."""

    do: Callable[[Any], object]
    prepare: Callable[[], Any] = lambda: None


@dataclass(frozen=True)
class Row:
    """One line of the table. `met` is None where nothing was aimed at; `why` is told where the target was missed."""

    task: str
    ours: str
    floor: str = ""
    ratio: float | None = None
    target: str = ""
    met: bool | None = None
    why: str = ""


def interleaved(jobs: Mapping[str, Job], rounds: int) -> dict[str, list[float]]:
    """Return seconds of processor time a call for each job, in rounds in which every job has its turn."""
    numbers = {name: _number(job) for name, job in jobs.items()}
    found: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(rounds):
        names = list(jobs)
        for name in names if turn % 2 else reversed(names):
            found[name].append(_once(jobs[name], numbers[name]))
    return found


def _number(job: Job) -> int:
    """Warm a job up and say how many calls make one measurement."""
    first = _once(job, 1)
    usual = first if first > LONG else _once(job, 1)
    return max(1, min(MOST, round(BATCH / max(usual, 1e-7))))


def _once(job: Job, number: int) -> float:
    taken = 0.0
    for _ in range(number):
        given = job.prepare()
        started = time.process_time()
        job.do(given)
        taken += time.process_time() - started
    return taken / number


def ratio(found: Mapping[str, list[float]], ours: str, floor: str) -> float:
    """Return the median of the ratios of the single rounds."""
    return median(mine / theirs for mine, theirs in zip(found[ours], found[floor], strict=True))


def written(seconds: float) -> str:
    """Write a time in the unit that suits it."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} µs"


def compared(task: str, floor: str, found: Mapping[str, list[float]], most: float, why: str = "") -> Row:
    """Make the row of a job named "ours" against one named "floor"."""
    times = ratio(found, "ours", "floor")
    return Row(
        task,
        written(median(found["ours"])),
        f"{floor}: {written(median(found['floor']))}",
        times,
        f"≤ {most:g}×",
        times <= most,
        why,
    )


def within(task: str, seconds: list[float], most: float, why: str = "") -> Row:
    """Make the row of a time that has a limit of its own."""
    middle = median(seconds)
    return Row(task, written(middle), "", None, f"≤ {written(most)}", middle <= most, why)
