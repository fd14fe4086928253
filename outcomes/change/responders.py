"""Shares of responders under different definitions, and a threshold from the clinic's own patients.

Who lacks a score that a definition needs is unknown, not a failure, and stays in the denominator.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from outcomes.change.columns import Changes, Flags, Numbers
from outcomes.change.definitions import GAINS, Criterion, Definition, Kind
from outcomes.change.individual import TOLERANCE
from outcomes.change.intervals import Correlation, Share, Spread, correlation, spread, wilson
from outcomes.terms import Better

MET, NOT_MET, UNKNOWN = 1.0, 0.0, 0.5
A_LITTLE_BETTER, UNCHANGED = 3.0, 4.0
LEAST_CORRELATION = 0.3
LEAST_PEOPLE = 10

Truth = NDArray[np.float64]


class ScaleNeededError(LookupError):
    """A definition needs a scale that was not given."""

    def __init__(self, definition: str, scale: str) -> None:
        super().__init__(f"definition {definition} needs the scale {scale}")
        self.definition = definition
        self.scale = scale


@dataclass(frozen=True, slots=True)
class ResponderRow:
    """One definition's shares at one visit. `worse` counts who lost as much, by the same rule turned round."""

    definition: Definition
    met: Share
    not_met: Share
    unknown: Share
    worse: Share | None


def judge(definition: Definition, found: Mapping[str, Changes], *, turned: bool = False) -> Truth:
    """Say of everybody whether they meet a definition.

    Parameters:
        definition: who counts.
        found: by scale, the changes of the same people at the same visit.
        turned: ask for losses instead of gains.

    Returns:
        For each person MET, NOT_MET or UNKNOWN. Whoever fails a needed criterion has failed, even when another one is
        unknown.

    Raises:
        ScaleNeededError: a scale is not among those given.
    """
    for scale in sorted(definition.scales):
        if scale not in found:
            raise ScaleNeededError(definition.code, scale)
    groups = (
        reduce(np.minimum, (_truth(criterion, found[criterion.scale], turned=turned) for criterion in group))
        for group in definition.any_of
    )
    return reduce(np.maximum, groups)


def _truth(criterion: Criterion, found: Changes, *, turned: bool) -> Truth:
    """Say of everybody whether they meet one criterion."""
    if criterion.kind in GAINS:
        sign = (-1.0 if found.scale.better is Better.LOWER else 1.0) * (-1.0 if turned else 1.0)
        met, needed = _gained(criterion, found, found.change * sign)
    else:
        met, needed = _scored(criterion, found), found.follow_up
    return np.where(np.isfinite(needed), np.where(met, MET, NOT_MET), UNKNOWN)


def _gained(criterion: Criterion, found: Changes, gain: Numbers) -> tuple[Flags, Numbers]:
    """Compare gains with the limit; the second column is not a number where the answer is unknown."""
    value = criterion.value or 0.0
    if criterion.kind is Kind.GAIN_BEYOND_BAND:
        return gain > found.band * (1 + TOLERANCE), gain + found.band
    if criterion.kind is Kind.GAIN_SHARE_AT_LEAST:
        return (gain > 0) & (gain >= value * np.abs(found.baseline) * (1 - TOLERANCE)), gain
    if criterion.kind is Kind.GAIN_MORE_THAN:
        return gain > value * (1 + TOLERANCE), gain
    return gain >= value * (1 - TOLERANCE), gain


def _scored(criterion: Criterion, found: Changes) -> Flags:
    value = criterion.value or 0.0
    slack = TOLERANCE * max(1.0, abs(value))
    if criterion.kind is Kind.SCORE_AT_LEAST:
        return found.follow_up >= value - slack
    return found.follow_up <= value + slack


def responder_table(definitions: Sequence[Definition], found: Mapping[str, Changes]) -> tuple[ResponderRow, ...]:
    """Give the shares under every definition whose scales were measured.

    Parameters:
        definitions: the definitions, for instance `definitions.PUBLISHED`.
        found: by scale, the changes of the same people at the same visit.

    Returns:
        One row a definition, in their order, of all for whom the visit has come round.

    References:
        Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953.
    """
    return tuple(_row(definition, found) for definition in definitions if definition.scales <= found.keys())


def _row(definition: Definition, found: Mapping[str, Changes]) -> ResponderRow:
    due = reduce(np.logical_or, (found[scale].due for scale in definition.scales))
    truth, of = judge(definition, found)[due], int(due.sum())
    met, failed, unknown = (wilson(int((truth == each).sum()), of) for each in (MET, NOT_MET, UNKNOWN))
    if not definition.has_mirror:
        return ResponderRow(definition, met, failed, unknown, None)
    losses = judge(definition, found, turned=True)[due]
    return ResponderRow(definition, met, failed, unknown, wilson(int((losses == MET).sum()), of))


@dataclass(frozen=True, slots=True)
class AnchorThreshold:
    """An important change found from the clinic's own patients: the gain of those who felt a little better.

    `unchanged` is the gain of those who rated themselves unchanged, `correlation` that of gain and rating. `usable`
    says whether it may be offered as a threshold.
    """

    gain: Spread
    unchanged: Spread
    correlation: Correlation
    usable: bool


def anchor_threshold(found: Changes, ratings: Numbers, at_least: int = LEAST_PEOPLE) -> AnchorThreshold:
    """Find an important change from patients' own ratings of change.

    Parameters:
        found: everybody's change at one visit.
        ratings: the same people's rating of change at that visit, 1 very much better, 3 a little better, 4 unchanged,
            7 very much worse; not a number where missing.
        at_least: how many must have rated themselves a little better.

    Returns:
        The mean gain of those a little better with its t interval. It is usable when enough of them are there, gain and
        rating go together (r at least .3), and they gained more than the unchanged.

    References:
        Revicki et al. 2008, https://doi.org/10.1016/j.jclinepi.2007.03.012.
    """
    gain = -found.change if found.scale.better is Better.LOWER else found.change
    little, unchanged = spread(gain[ratings == A_LITTLE_BETTER]), spread(gain[ratings == UNCHANGED])
    together = correlation(gain, -ratings)
    enough = little.n >= at_least and together.r is not None and together.r >= LEAST_CORRELATION
    larger = little.mean is not None and little.mean > max(0.0, unchanged.mean or 0.0)
    return AnchorThreshold(little, unchanged, together, enough and larger)
