"""The figures of a cohort in which a mark is a person: each opens that person's page and is named by the code alone."""

from collections.abc import Iterator

from outcomes.change.cohort import mean_baseline, mean_change, mean_score
from outcomes.change.columns import Changes
from outcomes.figures.before_after import before_after
from outcomes.figures.figure import Figure, Measure
from outcomes.figures.heatmap import Person, heatmap
from outcomes.figures.pairs import Pair
from outcomes.figures.spaghetti import Line, Shift, VisitMean, spaghetti
from outcomes.figures.waterfall import waterfall
from outcomes.instruments.definition import Scale
from outcomes.terms import Verdict
from outcomes.voice import Voice
from outcomes.web.clinic.cohort_look import Look, known, link_of, verdicts

SIDE_BY_SIDE = 6
"""So many scales stand beside each other."""


def visit_name(voice: Voice, found: Changes) -> str:
    """Name a visit."""
    return voice.pick(found.point.title)


def spaghetti_figure(voice: Voice, look: Look) -> Figure | None:
    """A line for each person over the visits at which anybody was measured."""
    visits = [visit for visit in look.reached if mean_score(visit).n]
    columns = [look.shown.baseline.tolist(), *(visit.follow_up.tolist() for visit in visits)]
    lines = [
        Line(tuple(known(value) for value in values), verdict, link_of(patient))
        for patient, verdict, *values in zip(look.patients, verdicts(look.shown), *columns, strict=True)
    ]
    means = [_baseline_mean(voice, look), *(_mean(voice, visit) for visit in visits)]
    return spaghetti(
        voice, Measure.of(voice, look.scale), lines, means, shift=_shift(voice, look.shown), band=look.band
    )


def _baseline_mean(voice: Voice, look: Look) -> VisitMean:
    spread = mean_baseline(look.shown)
    planned = [point.day for point in look.choice.points if point.is_baseline]
    return VisitMean(max(planned, default=0), voice.say("before FMT"), spread.n, spread.mean, spread.low, spread.high)


def _mean(voice: Voice, found: Changes) -> VisitMean:
    spread = mean_score(found)
    return VisitMean(found.point.day, visit_name(voice, found), spread.n, spread.mean, spread.low, spread.high)


def _shift(voice: Voice, found: Changes) -> Shift | None:
    spread = mean_change(found)
    if spread.mean is None:
        return None
    return Shift(visit_name(voice, found), spread.n, spread.mean, spread.low, spread.high)


def pairs_of(look: Look) -> list[Pair]:
    """Before and after of everybody for whom the visit has come round."""
    shown = look.shown
    columns = (shown.due, shown.baseline, shown.follow_up, shown.band)
    rows = zip(look.patients, verdicts(shown), *(column.tolist() for column in columns), strict=True)
    return [
        Pair(patient.code, known(before), known(after), verdict, known(band), link_of(patient))
        for patient, verdict, due, before, after, band in rows
        if due
    ]


def before_after_figure(voice: Voice, look: Look) -> Figure | None:
    """Before against after, one dot a person."""
    measure = Measure.of(voice, look.scale)
    return before_after(voice, measure, pairs_of(look), visit=visit_name(voice, look.shown), band=look.band)


def waterfall_figure(voice: Voice, look: Look) -> Figure | None:
    """Everybody's change in order, with a blank for whoever was not measured."""
    measure = Measure.of(voice, look.scale)
    return waterfall(voice, measure, pairs_of(look), visit=visit_name(voice, look.shown), band=look.band)


def side_by_side(look: Look) -> list[Scale]:
    """The scale looked at, then the first scale of every other instrument."""
    others = [each for each in look.offered.scales if each.headline and each.better and each.key != look.scale.key]
    return [look.scale, *others][:SIDE_BY_SIDE]


def heatmap_figure(voice: Voice, look: Look) -> Figure | None:
    """People by scales; nothing to show of one scale alone."""
    scales = side_by_side(look)
    if len(scales) == 1 or not look.due:
        return None
    found = [look.shown, *(look.other(scale) for scale in scales[1:])]
    people = [
        Person(patient.code, row, link_of(patient))
        for patient, due, row in zip(
            look.patients, look.shown.due.tolist(), zip(*map(_verdicts, found), strict=True), strict=True
        )
        if due
    ]
    titles = [voice.pick(scale.title) for scale in scales]
    return heatmap(voice, titles, people, visit=visit_name(voice, look.shown))


def _verdicts(found: Changes) -> Iterator[Verdict | None]:
    """Everybody's verdict, None where nothing was measured."""
    missing = (value is None for value in map(known, found.follow_up.tolist()))
    return (None if gone else verdict for gone, verdict in zip(missing, verdicts(found), strict=True))
