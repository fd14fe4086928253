"""The figures of a cohort in which people are counted: shares at each visit, distribution of change, flow."""

from dataclasses import replace
from itertools import product

import numpy as np

from outcomes.change.cohort import distribution_of_change, flow, shares
from outcomes.change.columns import CLASSES, MISSING, Changes
from outcomes.figures import flow as flowing
from outcomes.figures import shares as bars
from outcomes.figures.cumulative import Curve, cumulative
from outcomes.figures.figure import Figure, Measure
from outcomes.terms import Verdict
from outcomes.voice import Voice
from outcomes.web.clinic.cohort_look import FEWEST, Look, only_of
from outcomes.web.clinic.cohort_people import visit_name

CURVES = 3
"""So many visits are drawn over each other."""


def shares_figure(voice: Voice, look: Look) -> Figure | None:
    """The classes at each visit that has come round for enough people, the missing as their own share."""
    visits = [counted(visit, visit_name(voice, visit)) for visit in look.reached]
    made = bars.shares(voice, visits, band=look.band)
    if len(visits) == 1:
        return made
    first, last = visits[0], visits[-1]
    headline = voice.say(
        "Not measured: %(first)s of %(of)s at %(start)s, %(last)s of %(all)s at %(end)s",
        first=voice.number(first.missing),
        of=voice.number(first.total),
        start=first.title,
        last=voice.number(last.missing),
        all=voice.number(last.total),
        end=last.title,
    )
    return replace(made, headline=headline, sentence=f"{made.sentence} {headline}.")


def counted(found: Changes, title: str) -> bars.VisitShares:
    """Count the classes at one visit; intervals only where a share may be written."""
    told = shares(found)
    counts = {verdict: told.each[verdict].count for verdict in Verdict}
    bounds = {
        verdict: (share.low, share.high)
        for verdict in Verdict
        if (share := told.each[verdict]).low is not None and share.high is not None and told.of >= FEWEST
    }
    return bars.VisitShares(title, counts, told.missing.count, bounds)


def cumulative_figure(voice: Voice, look: Look) -> Figure | None:
    """The distribution of change at the visit looked at, before the nearest other visits."""
    nearest = sorted(look.visits, key=lambda visit: abs(visit.point.day - look.shown.point.day))
    curves = [curve(visit, visit_name(voice, visit)) for visit in nearest if np.isfinite(visit.change).sum() >= FEWEST]
    if not curves or np.isfinite(look.shown.change).sum() < FEWEST:
        return None
    return cumulative(voice, Measure.of(voice, look.scale), curves[:CURVES], band=look.band)


def curve(found: Changes, title: str) -> Curve:
    """The distribution of change of one group at one visit."""
    told = distribution_of_change(found)
    values, share, low, high = (tuple(column.tolist()) for column in (told.values, told.share, told.low, told.high))
    return Curve(title, told.n, values, share, low, high)


def flow_figure(voice: Voice, look: Look) -> Figure | None:
    """How people moved between classes up to the visit looked at: those for whom every visit until then came round."""
    visits = [visit for visit in look.visits if visit.point.day <= look.shown.point.day]
    everybody = np.all([visit.due for visit in visits], axis=0)
    if len(visits) == 1 or not everybody.any():
        return None
    moved = flow([only_of(visit, everybody) for visit in visits])
    steps = [flowing.Step(_moves(counts.tolist())) for counts in moved.moves]
    return flowing.flow(voice, [visit_name(voice, visit) for visit in visits], steps, band=look.band)


def _moves(counts: list[list[int]]) -> dict[tuple[Verdict | None, Verdict | None], int]:
    """The moves by verdict; None is "not measured"."""
    found = [None if name == MISSING else Verdict(name) for name in CLASSES]
    return {
        (found[one], found[other]): counts[one][other]
        for one, other in product(range(len(CLASSES)), repeat=2)
        if counts[one][other]
    }
