"""Growth: what a clinic ten times as large costs. Nothing may grow faster than N log N."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from math import log
from statistics import median

import numpy as np

from benchmarks import numbers, pages, records
from benchmarks.bench import Bench
from benchmarks.coverage import Truth, simulate
from benchmarks.measuring import Job, Row, interleaved, written
from outcomes.change import mixed
from outcomes.change.individual import error_in_force
from outcomes.records.queries.own_error import own_errors
from outcomes.records.session import new_session

LEEWAY = 1.15
"""What a ratio of two measurements may exceed by chance."""
DEAR = 1_000
"""Up to this size where one run at ten times as many would take minutes."""


def _site_page(path: str, *, cold: bool = False) -> Callable[[Bench, int], Job]:
    return lambda bench, people: pages.page(bench.site(people), path, cold=cold)


def _columns(bench: Bench, people: int) -> Job:
    made = bench.clinic(people)
    return Job(lambda _: numbers.read_columns(made))


def _judged(bench: Bench, people: int) -> Job:
    data, scale = numbers.read_columns(bench.clinic(people)), bench.catalogue.scale(numbers.SCALE)
    return Job(lambda _: numbers.judged(data, scale, error_in_force(scale, None)))


def _own_errors(bench: Bench, people: int) -> Job:
    made = bench.clinic(people)

    def read(_given: object) -> None:
        with new_session(made.engine, read_only=True) as session:
            own_errors(made.scope, session, (numbers.SCALE,))

    return Job(read)


def _model(_bench: Bench, people: int) -> Job:
    names, scores, post, _ = simulate(np.random.default_rng(people), people, 1, Truth(follow_ups=5))
    return Job(lambda _: mixed.fit(names, scores, mixed.before_after(post)))


def _verify(bench: Bench, people: int) -> Job:
    made = bench.clinic(people)
    return Job(lambda _: records.checked(made))


def _import(bench: Bench, people: int) -> Job:
    ready = records.desk(bench, people)
    return Job(ready.whole, ready.opened)


GROWING: dict[str, tuple[Callable[[Bench, int], Job], bool]] = {
    "save one visit": (lambda bench, people: pages.saving(bench.site(people)), False),
    "patient list": (_site_page("/patients"), False),
    "worklist": (_site_page("/worklist"), False),
    "worklist, first after a change": (_site_page("/worklist", cold=True), False),
    "patient page": (lambda bench, people: pages.patient_page(bench.site(people)), False),
    "patient page, first after a change": (
        lambda bench, people: pages.patient_page(bench.site(people), cold=True),
        False,
    ),
    "cohort figure data": (_site_page(pages.FIGURE), False),
    "cohort figure data, first after a change": (_site_page(pages.FIGURE, cold=True), False),
    "cohort page, first after a change": (_site_page("/cohort", cold=True), False),
    "cohort read as columns": (_columns, False),
    "the clinic's own error": (_own_errors, False),
    "change, verdict, quantiles": (_judged, False),
    "mixed model": (_model, False),
    "spaghetti, build": (lambda _bench, people: numbers.figure_job(people), False),
    "bulk import": (_import, True),
    "audit verify": (_verify, True),
}

WHY = {"spaghetti, build": "above 1,000 people it draws other things: bands, for which everybody's scores are sorted"}


def growth(bench: Bench) -> Iterator[Row]:
    """Measure everything that a clinic's size could slow down at each size, turn by turn."""
    for name, (make, dear) in GROWING.items():
        sizes = [size for size in bench.sizes if not dear or size <= max(DEAR, min(bench.sizes))]
        found = interleaved({str(size): make(bench, size) for size in sizes}, bench.rounds)
        yield _row(name, sizes, [median(found[str(size)]) for size in sizes])


def _row(name: str, sizes: list[int], seconds: list[float]) -> Row:
    told = ", ".join(f"{size:,}: {written(each)}" for size, each in zip(sizes, seconds, strict=True))
    if len(sizes) == 1:
        return Row(f"growth: {name}", told)
    steps = [
        (after / before, many * log(many) / (few * log(few)))
        for (few, before), (many, after) in pairwise(zip(sizes, seconds, strict=True))
    ]
    worst, allowed = max(steps, key=lambda step: step[0] / step[1])
    met = all(times <= most * LEEWAY for times, most in steps)
    return Row(
        f"growth: {name}", told, "ten times as many", worst, f"≤ {allowed:.1f}× (N log N)", met, WHY.get(name, "")
    )
