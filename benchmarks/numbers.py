"""Numbers: a cohort read and judged, the mixed model, a figure built, forms scored."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks import mixed as mixed_model
from benchmarks.bench import Bench
from benchmarks.clinics import SCALE, Made
from benchmarks.measuring import Job, Row, compared, interleaved, ratio, within, written
from benchmarks.people import answers, time_points
from outcomes.change.cohort import quantiles_of_change, series
from outcomes.change.columns import Columns
from outcomes.change.individual import ErrorInForce, error_in_force
from outcomes.figures.figure import Measure
from outcomes.figures.spaghetti import Line, VisitMean, spaghetti
from outcomes.instruments.definition import Scale
from outcomes.instruments.scoring import score
from outcomes.records.queries.cohort import cohort_columns
from outcomes.records.session import new_session
from outcomes.terms import Language, Verdict
from outcomes.voice import Voice

ONE_SQL = """
SELECT score.patient_id, julianday(score.on_date) - julianday(first.day), score.value, score.standard_error
FROM score JOIN (SELECT patient_id, min(on_date) AS day FROM infusion GROUP BY patient_id) AS first
ON first.patient_id = score.patient_id WHERE score.clinic_id = ? AND score.scale = ?
"""


def read_columns(made: Made) -> Columns:
    """Read a cohort's scores of one scale as columns."""
    with new_session(made.engine, read_only=True) as session:
        return cohort_columns(made.scope, session, SCALE, made.today)


def columns_read(bench: Bench) -> Iterator[Row]:
    """Read a cohort, against one statement sent straight to the driver."""
    made = bench.clinic(bench.largest)
    jobs = {"ours": Job(lambda _: read_columns(made)), "floor": Job(lambda _: _one_statement(made))}
    found = interleaved(jobs, bench.rounds)
    floor = f"one plain statement: {written(median(found['floor']))}"
    times = ratio(found, "ours", "floor")
    yield Row(f"cohort of {bench.largest:,} read as columns", written(median(found["ours"])), floor, times)


def _one_statement(made: Made) -> list[tuple[object, ...]]:
    with made.engine.connect() as connection:
        cursor = connection.connection.cursor()
        return cursor.execute(ONE_SQL, (made.clinician.clinic_id.hex, SCALE)).fetchall()


def judged(data: Columns, scale: Scale, error: ErrorInForce | None) -> list[dict[float, float]]:
    """Judge everybody at every follow-up and give the quantiles of change, as the program does."""
    return [quantiles_of_change(visit) for visit in series(data, scale, time_points(), error)]


def judged_bare(data: Columns, sem: float) -> list[object]:
    """Do the same with nothing but numpy: no rule for missing, for ends of the scale or for two scores on one day."""
    before = (data.day >= -28) & (data.day <= 0) & ~np.isnan(data.value)
    count = np.bincount(data.patient[before], minlength=data.people)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(data.patient[before], data.value[before], data.people) / count
        band = 1.96 * sem * np.sqrt(1 / count + 1)
    told: list[object] = []
    for point in time_points():
        if point.is_baseline:
            continue
        inside = (data.day >= point.opens) & (data.day <= point.closes)
        score_then = np.full(data.people, np.nan)
        score_then[data.patient[inside]] = data.value[inside]
        change = score_then - mean
        verdict = np.where(np.abs(change) > band, np.sign(change), 0.0)
        told.append((verdict, np.nanquantile(change, (0.1, 0.25, 0.5, 0.75, 0.9))))
    return told


def judgement(bench: Bench) -> Iterator[Row]:
    """Judge a whole cohort, against numpy alone."""
    data, scale = read_columns(bench.clinic(bench.largest)), bench.catalogue.scale(SCALE)
    error = error_in_force(scale, None)
    sem = error.sem if error is not None and error.sem is not None else 1.0
    jobs = {"ours": Job(lambda _: judged(data, scale, error)), "floor": Job(lambda _: judged_bare(data, sem))}
    found = interleaved(jobs, bench.rounds)
    task = f"change, band, verdict and quantiles of {bench.largest:,} at 5 visits"
    yield compared(task, "numpy on the same columns", found, 1.5)


def model(bench: Bench) -> Iterator[Row]:
    """Fit the mixed model, against lme4 in the same run where it is installed, else against its earlier times."""
    rival = mixed_model.Lme4()
    sizes = [size for size in mixed_model.SIZES if size <= max(bench.largest, mixed_model.SIZES[0])]
    with TemporaryDirectory() as folder:
        for patients in sizes:
            yield from _model_rows(mixed_model.timing(patients, rival, Path(folder)))
    rival.close()


def _model_rows(one: mixed_model.Timing) -> Iterator[Row]:
    asked = "lme4, this run" if one.measured else "lme4, earlier"
    task = f"mixed model with individual effects, {one.patients:,} patients"
    yield Row(task, written(one.ours), f"{asked}: {written(one.lme4)}", one.ratio, "< 1×", one.ratio < 1)
    other = mixed_model.EARLIER_STATSMODELS[one.patients]
    times = other / one.ours
    yield Row(
        "the same", written(one.ours), f"statsmodels, earlier: {written(other)}", times, "≥ 20× faster", times >= 20
    )
    if one.measured:
        off = f"{one.criterion_above:.0e} above lme4's"
        yield Row("its criterion", off, "", None, "≤ 1e-6", one.criterion_above <= 1e-6)


def figure_job(people: int) -> Job:
    """Build the figure of everybody's lines."""
    dice, voice = Random(people), Voice(Language.ENGLISH)
    days = (0, 30, 91, 182, 365, 730)
    verdicts = (Verdict.BETTER_BEYOND, Verdict.WORSE_BEYOND, *(Verdict.NO_CHANGE,) * 6)
    lines = [
        Line(tuple(None if dice.random() < 0.1 else dice.uniform(1, 7) for _ in days), dice.choice(verdicts), "/p/1")
        for _ in range(people)
    ]
    visits = [VisitMean(day, f"day {day}", people, 4.0, 3.9, 4.1) for day in days]
    measure = Measure("Fatigue", 1, 7, None, "points", 1)
    return Job(lambda _: spaghetti(voice, measure, lines, visits))


def figure(bench: Bench) -> Iterator[Row]:
    """Build the figure of a thousand people, and of more, of whom a sample is drawn."""
    many = max(1_001, bench.largest) if bench.largest >= bench.middle > 100 else bench.largest
    people = min(1_000, bench.largest)
    found = interleaved({"ours": figure_job(people), "many": figure_job(many)}, bench.rounds)
    yield within(f"spaghetti of {people:,} people, build", found["ours"], 0.001)
    yield Row(f"spaghetti of {many:,} people, build: bands and a sample", written(median(found["many"])))


def scoring(bench: Bench) -> Iterator[Row]:
    """Score one form of every instrument that takes answers."""
    dice = Random(3)
    asked = [each for each in bench.catalogue if each.accepts_items]
    jobs = {each.code: Job(partial(_score, each, answers(each, 0.6, dice))) for each in asked}
    found = interleaved(jobs, bench.rounds)
    for each in asked:
        task = f"score one form: {each.code}, {len(each.items)} items, {len(each.scales)} scales"
        yield Row(task, written(median(found[each.code])))


def _score(instrument, given, _none):
    return score(instrument, given)
