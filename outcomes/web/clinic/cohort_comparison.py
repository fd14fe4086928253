"""The treated against a comparison group, where there is one that the reader may know. Otherwise it says why not."""

from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from outcomes.change.columns import Changes, Numbers
from outcomes.change.comparison import (
    ComparisonError,
    IndividualResponse,
    MeanDifference,
    VariabilityRatio,
    individual_response,
    mean_difference,
    variability_ratio,
)
from outcomes.change.words import opening
from outcomes.figures import words
from outcomes.figures.cumulative import cumulative
from outcomes.figures.figure import Figure, Measure
from outcomes.figures.shares import shares
from outcomes.records.queries.cohort import CohortFilter
from outcomes.terms import Verdict
from outcomes.voice import N_, Voice
from outcomes.web.clinic.cohort_counts import counted, curve
from outcomes.web.clinic.cohort_look import FEWEST, Look
from outcomes.web.clinic.cohort_people import visit_name

BESIDE = 14
"""So many letters of a group's name fit beside its bar."""


class NotCompared(StrEnum):
    """Why nothing can be compared."""

    NO_GROUP = "no_group"
    HIDDEN = "hidden"
    FEW = "few"


REASONS = {
    NotCompared.NO_GROUP: N_("cannot be estimated: there is no comparison group"),
    NotCompared.HIDDEN: N_("hidden: arms are still blinded"),
    NotCompared.FEW: N_("cannot be estimated: fewer than 3 people of a group were measured"),
}


@dataclass(frozen=True, slots=True)
class Compared:
    """Both groups at one visit, and what their difference comes to; `why` says why there is none."""

    why: NotCompared | None
    treated: Changes | None = None
    comparison: Changes | None = None
    arm: str | None = None
    difference: MeanDifference | None = None
    response: IndividualResponse | None = None
    ratio: VariabilityRatio | None = None

    @property
    def people(self) -> int:
        """How many of the comparison group have come to the visit."""
        return 0 if self.comparison is None else int(self.comparison.due.sum())


def compared(look: Look) -> Compared:
    """Compare the treated among the chosen people with whoever of the comparison group passes the filters."""
    if any(each.hidden for each in look.offered.patients):
        return Compared(NotCompared.HIDDEN)
    own, other = groups(look)
    names = {each.arm for each in look.offered.patients if other.passes(each)}
    if not names:
        return Compared(NotCompared.NO_GROUP)
    treated = look.shown if own == look.choice.people else look.other(look.scale, own)
    comparison = look.other(look.scale, other)
    arm = names.pop() if len(names) == 1 else None
    one, other_one = treated.change[np.isfinite(treated.change)], comparison.change[np.isfinite(comparison.change)]
    try:
        difference, response = mean_difference(_both(treated), _both(comparison)), individual_response(one, other_one)
    except ComparisonError:
        return Compared(NotCompared.FEW, treated, comparison, arm)
    ratio = None
    with suppress(ComparisonError):
        ratio = variability_ratio(one, other_one)
    return Compared(None, treated, comparison, arm, difference, response, ratio)


def groups(look: Look) -> tuple[CohortFilter, CohortFilter]:
    """The filters of the treated and of the comparison group: those chosen but for the arm."""
    asked = look.choice.people
    compares = any(each.comparison and each.arm == asked.arm for each in look.offered.patients)
    return (
        replace(asked, comparison=False, arm=None if compares else asked.arm),
        replace(asked, comparison=True, arm=None, donor=None),
    )


def _both(found: Changes) -> tuple[Numbers, Numbers]:
    """Before and after of whoever has both."""
    there = np.isfinite(found.change)
    return found.baseline[there], found.follow_up[there]


def names(voice: Voice, told: Compared) -> tuple[str, str]:
    """Name both groups."""
    return voice.say("treated"), told.arm or voice.say("comparison group")


def _shortened(name: str) -> str:
    """A name as it fits beside a bar."""
    return name if len(name) <= BESIDE else f"{name[: BESIDE - 1]}…"


def finding(voice: Voice, look: Look, told: Compared) -> str:
    """Say the difference between the groups, or why there is none."""
    if told.why is not None or told.difference is None:
        return voice.say(REASONS[told.why or NotCompared.FEW])
    measure, found = Measure.of(voice, look.scale), told.difference
    return voice.say(
        "%(visit)s: treated against %(group)s, the difference is %(difference)s %(unit)s (%(bounds)s)",
        visit=opening(voice, visit_name(voice, look.shown)),
        group=names(voice, told)[1],
        difference=words.change(voice, measure, found.difference),
        unit=measure.unit,
        bounds=words.change_interval(voice, measure, found.lower, found.upper),
    )


def comparison_shares(voice: Voice, look: Look) -> Figure | None:
    """The classes of both groups at the visit, one bar each."""
    told = compared(look)
    if told.treated is None or told.comparison is None:
        return None
    pairs = zip((told.treated, told.comparison), names(voice, told), strict=True)
    rows = [counted(found, _shortened(name)) for found, name in pairs]
    made = shares(voice, rows, band=look.band)
    better = [each.counts[Verdict.BETTER_BEYOND] for each in rows]
    headline = voice.say(
        "Better %(beyond)s: %(one)s of %(all)s treated, %(other)s of %(others)s in the comparison group",
        beyond=words.beyond(voice, look.band),
        one=voice.number(better[0]),
        all=voice.number(rows[0].total),
        other=voice.number(better[1]),
        others=voice.number(rows[1].total),
    )
    text = voice.say("People of both groups by verdict, the missing as their own share")
    return replace(made, name="comparison_shares", headline=headline, sentence=f"{text}. {headline}.")


def comparison_distribution(voice: Voice, look: Look) -> Figure | None:
    """The distributions of change of both groups over each other."""
    told = compared(look)
    if told.treated is None or told.comparison is None:
        return None
    found = (told.treated, told.comparison)
    if min(np.isfinite(each.change).sum() for each in found) < FEWEST:
        return None
    curves = [curve(each, name) for each, name in zip(found, names(voice, told), strict=True)]
    measure = Measure.of(voice, look.scale)
    made = cumulative(voice, measure, curves, band=look.band)
    one, other = (words.change(voice, measure, float(np.nanmedian(each.change))) for each in found)
    headline = voice.say("Median change: %(one)s treated, %(other)s in the comparison group", one=one, other=other)
    text = voice.say("Distribution of change in both groups")
    return replace(made, name="comparison_distribution", headline=headline, sentence=f"{text}. {headline}.")
