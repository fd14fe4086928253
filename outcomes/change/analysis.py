"""One scale of one table of scores, analysed from end to end: model, each person's change, cohort, comparison.

This is the door for a file, a notebook or a check: it knows nothing of clinics, protocols or instruments, only rows
of patient, time and score, and gives plain values that become JSON as they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from math import fsum, inf
from typing import Any

import numpy as np

from outcomes.change import mixed
from outcomes.change.comparison import ComparisonError, individual_response, variability_ratio
from outcomes.change.individual import Baseline, Change, ErrorInForce, Reading, change
from outcomes.change.mixed_data import Array, MixedModelError
from outcomes.change.mixed_donors import donor_split, enough_donors
from outcomes.change.warnings import CohortFacts, CohortWarning, cautions
from outcomes.instruments.definition import Scale, Threshold
from outcomes.terms import Better, Domain, ErrorKind, Verdict

SHARED = 0.5  # a first visit that this share of people have is the first visit of the schedule


class AnalysisWarning(StrEnum):
    """What this analysis could not do; these stand beside the warnings of `CohortWarning`."""

    MODEL_NOT_ESTIMABLE = "model_not_estimable"
    MODEL_NOT_CONVERGED = "model_not_converged"
    INDIVIDUAL_CHANGE_NOT_ESTIMABLE = "individual_change_not_estimable"
    COMPARISON_NOT_ESTIMABLE = "comparison_not_estimable"
    DONORS_NOT_ESTIMABLE = "donors_not_estimable"


class TableError(ValueError):
    """The table cannot be analysed as it is; the message says why, without naming a patient's score."""


@dataclass(frozen=True, slots=True)
class Row:
    """One score of one patient; None where it is missing. `line` is where it stands in the file.

    A row without a patient can only be one without a score.
    """

    patient: str
    time: float | None
    score: float | None
    arm: str = ""
    donor: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a table.

    Parameters:
        better: which way the scale points.
        post_from: the first time after treatment; without it the model is linear in time.
        at: the time of the follow-up; without it each person's last score is taken.
        sem: standard error of measurement, in score units.
        mid: smallest important change, in score units.
        control: the arm that is the comparison group.
        donors: whether the spread of change is split between donors and patients.
    """

    better: Better
    post_from: float | None = None
    at: float | None = None
    sem: float | None = None
    mid: float | None = None
    control: str | None = None
    donors: bool = False


@dataclass(slots=True)
class _Person:
    """One patient's scores by time, and the groups named on any row."""

    name: str
    scores: dict[float, float] = field(default_factory=dict)
    arms: set[str] = field(default_factory=set)
    donors: set[str] = field(default_factory=set)


def analyse(rows: Sequence[Row], question: Question) -> dict[str, Any]:
    """Analyse one scale of a cohort.

    Parameters:
        rows: the table, one score a row, in any order.
        question: what is asked.

    Returns:
        Plain values in the order in which they are printed: patients, scores, skipped_rows, model, change, cohort,
        comparison and warnings; donors as well where the table names them.

    Raises:
        TableError: no score at all, a score without a time, two scores of one person at one time, a person in two
            arms, or a comparison group without anybody in it.

    Example:
        >>> rows = [Row(name, time, 30.0 - 4 * time) for name in "abc" for time in (0.0, 1.0)]
        >>> analyse(rows, Question(Better.LOWER, sem=1.0))["cohort"]["better"]
        3
    """
    people = _people(rows)
    _refuse(people, question)
    used = [(person, time) for person in people for time in sorted(person.scores)]
    first, scale = _first_time(people), _scale(people, question)
    changes = [_change(person, question, first, scale) for person in people]
    notes: list[str] = []
    fit = _fit(used, question, notes)
    report: dict[str, Any] = {
        "patients": len(people),
        "scores": len(used),
        "skipped_rows": sum(row.score is None for row in rows),
        "model": None if fit is None else _model(fit),
        "change": [_entry(person, one) for person, one in zip(people, changes, strict=True)],
        "cohort": _cohort(changes),
        "comparison": _comparison(people, changes, question, notes),
    }
    if question.donors:
        report["donors"] = _donors(used, question, notes)
    report["warnings"] = [*_cautions(people, changes, question, fit), *notes]
    return report


def _people(rows: Sequence[Row]) -> list[_Person]:
    """Gather the rows of each patient, in order of first appearance."""
    people: dict[str, _Person] = {}
    for row in rows:
        if row.score is not None and not row.patient.strip():
            raise TableError(f"line {row.line}: a score without a patient")
        if not row.patient.strip():
            continue
        person = people.setdefault(row.patient, _Person(row.patient))
        person.arms |= {row.arm} - {""}
        person.donors |= {row.donor} - {""}
        if row.score is None:
            continue
        if row.time is None:
            raise TableError(f"line {row.line}: a score without a time")
        if row.time in person.scores:
            raise TableError(f"line {row.line}: a second score of one patient at time {row.time:g}")
        person.scores[row.time] = row.score
    return list(people.values())


def _refuse(people: Sequence[_Person], question: Question) -> None:
    """Refuse what cannot be meant."""
    if not any(person.scores for person in people):
        raise TableError("there is no score in the table")
    if question.post_from is not None and question.at is not None and question.at < question.post_from:
        raise TableError("the follow-up lies before the first time after treatment")
    if question.control is None:
        return
    if any(len(person.arms) > 1 for person in people):
        raise TableError("a patient is in more than one arm")
    if not any(question.control in person.arms for person in people):
        raise TableError(f"nobody is in the arm {question.control!r}")


def _first_time(people: Sequence[_Person]) -> float | None:
    """Return the first time of the schedule; None where people have no such time in common."""
    measured = [person for person in people if person.scores]
    first = min(min(person.scores) for person in measured)
    shared = sum(first in person.scores for person in measured)
    return first if shared >= SHARED * len(measured) else None


def _baseline(person: _Person, question: Question, first: float | None) -> tuple[Baseline | None, float]:
    """Return the baseline and the last time that belongs to it."""
    start = min(person.scores, default=inf) if first is None else first
    if question.post_from is None:
        times = [time for time in person.scores if time == start]
    else:
        times = [time for time in person.scores if time < question.post_from]
    if question.at is not None:
        times = [time for time in times if time < question.at]
    if not times:
        return None, -inf if question.post_from is None else np.nextafter(question.post_from, -inf)
    mean = fsum(person.scores[time] for time in times) / len(times)
    return Baseline(mean, len(times), tuple(range(len(times))), None, only_qualifying=False), max(times)


def _change(person: _Person, question: Question, first: float | None, scale: Scale) -> Change:
    """Judge one person's change."""
    base, until = _baseline(person, question, first)
    wanted = max((time for time in person.scores if time > until), default=None) if question.at is None else question.at
    value = None if wanted is None else person.scores.get(wanted)
    error = None if question.sem is None else _given_error(question.sem)
    return change(scale, base, Reading(0, value), error)


def _given_error(sem: float) -> ErrorInForce:
    return ErrorInForce(ErrorKind.RETEST, sem, None, "", "")


def _scale(people: Sequence[_Person], question: Question) -> Scale:
    """Return a scale that knows what the table and the question tell: direction, smallest step and threshold."""
    values = np.unique(np.array([score for person in people for score in person.scores.values()]))
    step = float(np.diff(values).min()) if len(values) > 1 else 1.0
    given = Threshold(question.mid or 0.0, "", "", "", unverified=False, default=True)
    return Scale(
        key="",
        code="",
        title={},
        domain=Domain.SYMPTOMS,
        items=(),
        minimum=None,
        maximum=None,
        step=step,
        better=question.better,
        unit="",
        decimals=0,
        errors=(),
        thresholds=() if question.mid is None else (given,),
        cutoffs=(),
        loinc=None,
        headline=True,
    )


def _columns(used: Sequence[tuple[_Person, float]], question: Question) -> tuple[list[str], Array, mixed.Design]:
    """Return patients, scores and design of the model."""
    times = np.array([time for _, time in used], np.float64)
    scores = np.array([person.scores[time] for person, time in used], np.float64)
    names = [person.name for person, _ in used]
    if question.post_from is None:
        return names, scores, mixed.slope(times)
    return names, scores, mixed.before_after((times >= question.post_from).astype(np.float64))


def _fit(used: Sequence[tuple[_Person, float]], question: Question, notes: list[str]) -> mixed.Fit | None:
    """Fit the full model, or the part of it that the table can carry."""
    names, scores, design = _columns(used, question)
    for random_change in (True, False):
        try:
            fit = mixed.fit(names, scores, design, random_change=random_change)
        except MixedModelError:
            continue
        if not random_change:
            notes.append(AnalysisWarning.INDIVIDUAL_CHANGE_NOT_ESTIMABLE)
        if not fit.converged:
            notes.append(AnalysisWarning.MODEL_NOT_CONVERGED)
        return fit
    notes.append(AnalysisWarning.MODEL_NOT_ESTIMABLE)
    return None


def _model(fit: mixed.Fit) -> dict[str, Any]:
    """Describe the model in full."""
    fixed = zip(("intercept", "change"), fit.estimates, fit.standard_errors, strict=True)
    variance = fit.variance
    return {
        "kind": fit.kind.value,
        "converged": fit.converged,
        "singular": fit.singular or not fit.random_change,
        "reml_criterion": fit.reml_criterion,
        "fixed": {name: {"estimate": float(estimate), "se": float(error)} for name, estimate, error in fixed},
        "variance": {
            "intercept": variance.intercept,
            "change": variance.change,
            "covariance": variance.covariance,
            "residual": variance.residual,
        },
        "individual": [
            {"patient": patient, "intercept": float(level), "change": float(moved), "change_se": float(error)}
            for patient, (level, moved), error in zip(fit.patients, fit.totals, fit.change_errors, strict=True)
        ],
    }


def _entry(person: _Person, one: Change) -> dict[str, Any]:
    return {
        "patient": person.name,
        "baseline": None if one.baseline is None else one.baseline.mean,
        "follow_up": None if one.follow_up is None else one.follow_up.value,
        "change": one.change,
        "index": one.index,
        "verdict": one.verdict.value,
    }


def _missing(one: Change) -> bool:
    return one.follow_up is None or one.follow_up.value is None


def _cohort(changes: Sequence[Change]) -> dict[str, Any]:
    """Count and average, over everybody whose change is known."""
    moved = np.array([one.change for one in changes if one.change is not None], np.float64)
    verdicts = [one.verdict for one in changes]
    middle = (Verdict.BETTER_WITHIN, Verdict.NO_CHANGE, Verdict.WORSE_WITHIN)
    return {
        "n": len(moved),
        "mean_change": float(moved.mean()) if len(moved) else None,
        "sd_change": float(np.std(moved, ddof=1)) if len(moved) > 1 else None,
        "better": verdicts.count(Verdict.BETTER_BEYOND),
        "unchanged": sum(verdict in middle for verdict in verdicts),
        "worse": verdicts.count(Verdict.WORSE_BEYOND),
        "missing": sum(_missing(one) for one in changes),
    }


def _comparison(
    people: Sequence[_Person], changes: Sequence[Change], question: Question, notes: list[str]
) -> dict[str, Any] | None:
    """Compare everybody else's changes with those of the comparison group."""
    if question.control is None:
        return None
    groups: dict[bool, list[float]] = {True: [], False: []}
    for person, one in zip(people, changes, strict=True):
        if person.arms and one.change is not None:
            groups[question.control in person.arms].append(one.change)
    treated, comparison = np.array(groups[False]), np.array(groups[True])
    try:
        response, ratio = individual_response(treated, comparison), variability_ratio(treated, comparison)
    except ComparisonError:
        notes.append(AnalysisWarning.COMPARISON_NOT_ESTIMABLE)
        return None
    return {
        "sd_individual_response": response.sd,
        "ci95": [response.lower, response.upper],
        "ln_vr": ratio.log_ratio,
        "ln_vr_se": ratio.standard_error,
    }


def _donors(used: Sequence[tuple[_Person, float]], question: Question, notes: list[str]) -> dict[str, Any] | None:
    """Split the variance of change between donor, patient and error, over patients with one donor on record."""
    single = [(person, time) for person, time in used if len(person.donors) == 1]
    donor_of: Mapping[str, str] = {person.name: next(iter(person.donors)) for person, _ in single}
    split = None
    if enough_donors(donor_of):
        names, scores, design = _columns(single, question)
        with suppress(MixedModelError):
            split = donor_split(names, scores, design, donor_of)
    if split is None:
        notes.append(AnalysisWarning.DONORS_NOT_ESTIMABLE)
        return None
    return {
        "donors": len(split.donors),
        "patients": len(donor_of),
        "variance": {"donor": split.donor, "patient": split.patient, "error": split.error},
        "reml_criterion": split.reml_criterion,
        "converged": split.converged,
        "singular": split.singular,
    }


def _cautions(
    people: Sequence[_Person], changes: Sequence[Change], question: Question, fit: mixed.Fit | None
) -> Iterator[CohortWarning]:
    """Return the codes of the warnings that the data call for."""
    bands = [one.band for one in changes if one.band is not None]
    withheld = None if fit is None else mixed.withheld(fit)
    facts = CohortFacts(
        people=len(people),
        measured=sum(not _missing(one) for one in changes),
        comparison=sum(question.control in person.arms for person in people),
        with_baseline=sum(one.baseline is not None for one in changes),
        single_baseline=sum(one.baseline is not None and one.baseline.count == 1 for one in changes),
        threshold=question.mid,
        band=float(np.median(bands)) if bands else None,
        error=None if question.sem is None else _given_error(question.sem),
        model_singular=fit is not None and fit.singular,
        model_withheld=withheld is not None,
    )
    return (caution.code for caution in cautions(facts))
