"""The same data under every published definition of response, to show how much the definition decides.

One method is the house's own (Jacobson-Truax). The others stand here for the sensitivity table only: some remove the
cohort's mean change, some use an error that is too small, and their labels can mislead.

Indices keep the raw sign of the change (follow-up minus baseline); only classes know which way the scale points.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from outcomes.change.mixed import Fit
from outcomes.terms import Better

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

Z = 1.96
Z_ONE_SIDED = 1.65  # Hageman and Arrindell's own criterion
NEAR = 1e-12


class Method(StrEnum):
    """Published ways of asking whether one person's change is more than error."""

    JACOBSON_TRUAX = "JT"
    GULLIKSEN_LORD_NOVICK = "GLN"
    HSU = "HLL"
    EDWARDS_NUNNALLY = "EN"
    NUNNALLY_KOTSCH = "NK"
    HAGEMAN_ARRINDELL = "HA"


class Cut(StrEnum):
    """Jacobson and Truax' three cut-offs between the clinical and the functional population."""

    A = "a"
    B = "b"
    C = "c"


class Class(StrEnum):
    """What a definition makes of one person. The names are the literature's, not the screens'."""

    RECOVERED = "recovered"
    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    DETERIORATED = "deteriorated"
    HARMED = "harmed"


class DefinitionError(ValueError):
    """A definition lacks what it needs, or cannot be applied to these data."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Baseline and follow-up of the people who have both."""

    before: Array
    after: Array


@dataclass(frozen=True, slots=True)
class Population:
    """Mean and SD of a population, in score units."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Labelled:
    """Index and class of every person; the index is None for definitions that have none."""

    index: Array | None
    classes: tuple[Class, ...]

    def counts(self) -> dict[Class, int]:
        """Count every class, also those with nobody in them."""
        found = Counter(self.classes)
        return {one: found.get(one, 0) for one in Class}


def measurement_error(sd: float, reliability: float) -> float:
    """Return the standard error of measurement, SD * sqrt(1 - reliability).

    Example:
        >>> round(measurement_error(7.4, 0.75), 6)
        3.7
    """
    if sd <= 0 or not 0 <= reliability < 1:
        raise DefinitionError("the SD must be positive and the reliability at least 0 and below 1")
    return float(sd * np.sqrt(1 - reliability))


def index(pairs: Pairs, method: Method, reliability: float, reliability_after: float | None = None) -> Array:
    """Return every person's index of reliable change.

    Parameters:
        pairs: the people who have a baseline and a follow-up.
        method: which of the published indices.
        reliability: of the scale, in stable people over the same interval.
        reliability_after: of the follow-up, for Nunnally-Kotsch (needed) and Hageman-Arrindell (by default
            1 - SEM^2 / S2^2, the same error against the follow-up's own spread).

    Returns:
        The indices, with the raw sign of the change.

    Raises:
        DefinitionError: too few people, no spread, or a reliability that is missing or impossible.

    References:
        Jacobson NS, Truax P (1991), doi:10.1037/0022-006X.59.1.12.
        Bauer S, Lambert MJ, Nielsen SL (2004), doi:10.1207/s15327752jpa8201_11 (GLN, HLL, EN, NK).
        Hageman WJJM, Arrindell WA (1999), doi:10.1016/S0005-7967(99)00032-7.

    Example:
        >>> pairs = Pairs(np.array([20.0, 24.0, 28.0]), np.array([12.0, 20.0, 28.0]))
        >>> index(pairs, Method.JACOBSON_TRUAX, 0.75).round(4).tolist()
        [-2.8284, -1.4142, 0.0]
    """
    if len(pairs.before) < 3:  # noqa: PLR2004 (an SD of fewer says nothing)
        raise DefinitionError("at least three people with a baseline and a follow-up are needed")
    own = measurement_error(float(np.std(pairs.before, ddof=1)), reliability)
    if method is Method.HAGEMAN_ARRINDELL:
        return _hageman_arrindell(pairs, own, reliability, reliability_after)
    if method is Method.NUNNALLY_KOTSCH and reliability_after is None:
        raise DefinitionError("Nunnally-Kotsch needs the reliability of the follow-up")
    return _classical(pairs, method, own, reliability, reliability_after or 0.0)


def _classical(pairs: Pairs, method: Method, own: float, reliability: float, after: float) -> Array:
    before, mean = pairs.before, float(pairs.before.mean())
    spread = float(np.std(before, ddof=1))
    expected = reliability * (before - mean) + mean
    if method is Method.JACOBSON_TRUAX:
        found = (pairs.after - before) / (own * np.sqrt(2))
    elif method is Method.GULLIKSEN_LORD_NOVICK:
        found = (pairs.after - expected) / (spread * np.sqrt(1 - reliability**2))
    elif method is Method.HSU:
        found = (pairs.after - pairs.after.mean() - (expected - mean)) / (spread * np.sqrt(1 - reliability**2))
    elif method is Method.EDWARDS_NUNNALLY:
        found = (pairs.after - expected) / own
    else:
        found = (pairs.after - expected) / (spread * np.sqrt(reliability**2 * (1 - reliability) + 1 - after))
    return np.asarray(found, np.float64)


def _hageman_arrindell(pairs: Pairs, own: float, reliability: float, after: float | None) -> Array:
    first, second = float(np.var(pairs.before, ddof=1)), float(np.var(pairs.after, ddof=1))
    together = float(np.cov(pairs.before, pairs.after, ddof=1)[0, 1])
    later = 1 - own**2 / second if after is None else after
    of_difference = (first * reliability + second * later - 2 * together) / (first + second - 2 * together)
    if of_difference <= 0:
        raise DefinitionError("the difference of these scores has no reliability")
    mean = float(pairs.after.mean() - pairs.before.mean())
    moved = (pairs.after - pairs.before) * of_difference + mean * (1 - of_difference)
    return np.asarray(moved / (np.sqrt(of_difference) * own * np.sqrt(2)), np.float64)


def criterion(method: Method) -> float:
    """Return the index that must be exceeded."""
    return Z_ONE_SIDED if method is Method.HAGEMAN_ARRINDELL else Z


def cut_off(cut: Cut, better: Better, clinical: Population, functional: Population | None = None) -> float:
    """Return a cut-off between the clinical and the functional population.

    a: two SDs from the clinical mean towards health. b: two SDs of the functional population from its mean towards
    illness. c: the point that belongs to neither, each mean weighed by the other's SD.

    Parameters:
        cut: which of the three.
        better: which way the scale points.
        clinical: the patients before treatment.
        functional: people in health; needed for b and c.

    Returns:
        The cut-off in score units.

    Raises:
        DefinitionError: b or c without a functional population.

    References:
        Jacobson NS, Truax P (1991), doi:10.1037/0022-006X.59.1.12.

    Example:
        >>> round(cut_off(Cut.B, Better.LOWER, Population(66.37, 4.66), Population(37.50, 5.67)), 2)
        48.84
    """
    sign = -1 if better is Better.LOWER else 1
    if cut is Cut.A:
        return clinical.mean + sign * 2 * clinical.sd
    if functional is None:
        raise DefinitionError(f"cut-off {cut} needs the mean and SD of a functional population")
    if cut is Cut.B:
        return functional.mean - sign * 2 * functional.sd
    both = clinical.sd + functional.sd
    return (clinical.sd * functional.mean + functional.sd * clinical.mean) / both


def crossed_by_hageman_arrindell(
    pairs: Pairs, cut: Cut, better: Better, reliability: float, functional: Population | None = None
) -> Flags:
    """Tell who crossed a cut-off to health by Hageman and Arrindell's own rule.

    All spreads are those of true scores (SD * sqrt(reliability), the same error everywhere), and the follow-up's
    estimated true score must lie beyond the cut-off by more than its error.

    References:
        Hageman WJJM, Arrindell WA (1999), doi:10.1016/S0005-7967(99)00032-7.
    """
    own = measurement_error(float(np.std(pairs.before, ddof=1)), reliability)
    clinical = clinical_population(pairs)
    limit = cut_off(cut, better, _true(clinical, own), None if functional is None else _true(functional, own))
    mean, later = float(pairs.after.mean()), 1 - own**2 / float(np.var(pairs.after, ddof=1))
    if later <= 0:
        raise DefinitionError("the follow-up has no reliability")
    beyond = (mean + (pairs.after - mean) * later - limit) / (np.sqrt(later) * own)
    ill = _towards_better(pairs.before - limit, better) < 0
    return np.asarray(ill & (_towards_better(beyond, better) > Z_ONE_SIDED), np.bool_)


def _true(population: Population, own: float) -> Population:
    """Take the error out of a population's spread."""
    if population.sd <= own:
        raise DefinitionError("a population varies less than the measurement error")
    return Population(population.mean, float(np.sqrt(population.sd**2 - own**2)))


def hierarchical_index(fit: Fit) -> Array:
    """Return each person's deviation from the cohort's average change, divided by its conditional SD.

    For the sensitivity table alone: whoever improves more slowly than the average counts as deteriorated here.
    Patients follow `fit.patients`; the literature uses those with three or more visits.

    References:
        Raudenbush SW, Bryk AS (2002), Hierarchical Linear Models, 2nd ed., ISBN 978-0-7619-1904-9.
    """
    return np.asarray(fit.effects[:, 1] / np.sqrt(fit.effects_covariance[:, 1, 1]), np.float64)


def clinical_population(pairs: Pairs) -> Population:
    """Return mean and SD of the baselines."""
    return Population(float(pairs.before.mean()), float(np.std(pairs.before, ddof=1)))


def by_index(indices: Array, method: Method, better: Better) -> Labelled:
    """Label by an index alone."""
    gain = _towards_better(indices, better)
    limit = criterion(method)
    return Labelled(indices, _three_way(gain > limit, gain < -limit))


def by_index_and_crossing(indices: Array, method: Method, better: Better, crossed: Flags, fell: Flags) -> Labelled:
    """Label by an index and a cut-off: recovered has crossed to health, harmed has crossed to illness.

    Parameters:
        indices: from `index`.
        method: the method they came from.
        better: which way the scale points.
        crossed: who crossed the cut-off to health.
        fell: who crossed it to illness.

    References:
        Jacobson NS, Truax P (1991), doi:10.1037/0022-006X.59.1.12.
    """
    upgrade = {Class.IMPROVED: (crossed, Class.RECOVERED), Class.DETERIORATED: (fell, Class.HARMED)}
    classes = []
    for place, one in enumerate(by_index(indices, method, better).classes):
        crossing, upgraded = upgrade.get(one, (crossed, one))
        classes.append(upgraded if crossing[place] else one)
    return Labelled(indices, tuple(classes))


def by_cut(pairs: Pairs, cut: float, better: Better) -> Labelled:
    """Label by a cut-off alone: crossed towards health, crossed towards illness, neither."""
    crossed, crossed_back = crossings(pairs, cut, better)
    return Labelled(None, _three_way(crossed, crossed_back))


def by_difference(pairs: Pairs, better: Better, improvement: float, worsening: float | None = None) -> Labelled:
    """Label by a smallest important difference, which counts when it is reached.

    Parameters:
        pairs: baseline and follow-up.
        better: which way the scale points.
        improvement: the difference that is an improvement, positive.
        worsening: the difference that is a deterioration, when another one.

    Example:
        >>> pairs = Pairs(np.array([30.0, 30.0, 30.0]), np.array([25.0, 26.0, 35.0]))
        >>> [one.value for one in by_difference(pairs, Better.LOWER, 5).classes]
        ['improved', 'unchanged', 'deteriorated']
    """
    gain = _towards_better(pairs.after - pairs.before, better)
    worse = improvement if worsening is None else worsening
    return Labelled(None, _three_way(gain >= improvement - NEAR, gain <= -worse + NEAR))


def by_percentage(pairs: Pairs, better: Better, improvement: float, worsening: float | None = None) -> Labelled:
    """Label by a change in percent of the baseline, which counts when it is reached.

    Only for a scale whose zero means none at all. A baseline of zero has no percentage: such people are unchanged
    unless they moved away from zero, which then counts fully in the direction in which they moved.

    Parameters:
        pairs: baseline and follow-up.
        better: which way the scale points.
        improvement: percent, positive.
        worsening: percent, when another one.

    Example:
        >>> pairs = Pairs(np.array([30.0, 30.0]), np.array([15.0, 16.0]))
        >>> [one.value for one in by_percentage(pairs, Better.LOWER, 50).classes]
        ['improved', 'unchanged']
    """
    moved = pairs.after - pairs.before
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = np.where(moved == 0, 0.0, 100 * moved / np.abs(pairs.before))
    return by_difference(Pairs(np.zeros_like(percent), percent), better, improvement, worsening)


def share_better(labelled: Iterable[Class]) -> float:
    """Return the share of people who improved, recovered included."""
    classes = list(labelled)
    return sum(one in {Class.IMPROVED, Class.RECOVERED} for one in classes) / len(classes)


def _towards_better(values: Array, better: Better) -> Array:
    return -values if better is Better.LOWER else values


def _three_way(improved: Flags, deteriorated: Flags) -> tuple[Class, ...]:
    return tuple(
        Class.IMPROVED if up else Class.DETERIORATED if down else Class.UNCHANGED
        for up, down in zip(improved, deteriorated, strict=True)
    )


def crossings(pairs: Pairs, cut: float, better: Better) -> tuple[Flags, Flags]:
    """Tell who crossed the cut-off towards health, and who towards illness."""
    before = _towards_better(pairs.before - cut, better)
    after = _towards_better(pairs.after - cut, better)
    return (before < 0) & (after > 0), (before > 0) & (after < 0)
