"""The worked examples of the page on figures and numbers, computed by the program itself.

Each function gives the numbers that stand in [brackets] in the example of the entry of its name, in their order.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from outcomes.change import mixed
from outcomes.change.chance import by_chance
from outcomes.change.cohort import attrition, ends, error_sd, shares
from outcomes.change.columns import Changes, changes
from outcomes.change.comparison import individual_response, mean_difference, variability_ratio
from outcomes.change.definitions import PUBLISHED
from outcomes.change.diary import diary_weeks
from outcomes.change.individual import (
    Change,
    Reading,
    baseline,
    change,
    error_in_force,
    own_error,
    smallest_detectable_change,
    standard_error_of_change,
)
from outcomes.change.intervals import correlation, distribution, quantiles, spread, wilson
from outcomes.change.mixed_donors import donor_split
from outcomes.change.mixed_intervals import beliefs, chance_of_change, intervals
from outcomes.change.mixed_profile import change_spread
from outcomes.change.responders import anchor_threshold, responder_table
from outcomes.change.sensitivity import Cut, Method, Pairs, Population, cut_off, index
from outcomes.change.survival import Duration, Seen, kaplan_meier, lost, sustained
from outcomes.change.windows import default_time_points
from outcomes.change.words import verdict_words
from outcomes.instruments.catalogue import load_catalogue
from outcomes.terms import Better, ErrorKind, Language
from outcomes.voice import Voice
from tests.change.making import a_cohort, a_scale, an_error
from tests.change.simulated_clinics import clinic

Numbers = tuple[str, ...]

PLAN = default_time_points()
MONTH_3 = PLAN[3]
VOICE = Voice(Language.ENGLISH)
TEN = np.array([-9.0, -9.0, -9.0, -9.0, -4.0, -1.0, -1.0, 0.0, 4.0, 9.0])
MISSING = float("nan")


def plain(value: float | None, decimals: int = 1) -> str:
    """Write a number as the page does, with a true minus sign."""
    return "unknown" if value is None else f"{value:.{decimals}f}".replace("-", "−")


def percent(share: float | None) -> str:
    return "unknown" if share is None else f"{100 * share:.0f} %"


def judged(scores: Sequence[tuple[int, float]], follow_up: float) -> Change:
    """Judge a change on the fatigue scale MFIS by its published error."""
    scale = load_catalogue().scale("mfis21.total")
    before = baseline([Reading(day, value) for day, value in scores])
    return change(scale, before, Reading(91, follow_up), error_in_force(scale))


def at_month_3(pairs: Sequence[tuple[float, float | None]]) -> Changes:
    """Judge people by their score before FMT and at month 3 on Chalder's scale, with an error of 2 points."""
    data = a_cohort({str(place): [(-3, before), (91, after)] for place, (before, after) in enumerate(pairs)})
    return changes(data, a_scale(), MONTH_3, PLAN, an_error())


def ten_people() -> tuple[tuple[float, float | None], ...]:
    """Four better, three the same, one worse, and two who did not come."""
    return ((27.0, 18.0),) * 4 + ((27.0, 26.0),) * 3 + ((20.0, 29.0),) + ((25.0, None),) * 2


@cache
def forty() -> tuple[mixed.Fit, float]:
    """Fit an invented clinic of 40 people with two baselines; also give the SD of raw change at the last visit."""
    rows = clinic(1, patients=40, baselines=2)
    names, scores = [row.patient for row in rows], np.array([row.score for row in rows])
    found = mixed.fit(names, scores, mixed.before_after(np.array([float(row.visit >= 2) for row in rows])))
    raw = []
    for name in dict.fromkeys(names):
        own = [row.score for row in rows if row.patient == name]
        raw.append(own[-1] - (own[0] + own[1]) / 2)
    return found, float(np.std(raw, ddof=1))


def of_spread(sd: float, n: int) -> NDArray[np.float64]:
    """Give n changes with exactly this SD."""
    values = np.linspace(-1, 1, n)
    return np.asarray(values / values.std(ddof=1) * sd, np.float64)


def _baseline() -> Numbers:
    found = baseline([Reading(-24, 28.0), Reading(-2, 26.0), Reading(14, 25.0)])
    selected = baseline([Reading(-24, 31.0, qualifying=True), Reading(-2, 26.0)])
    return plain(found.mean if found else None), plain(selected.mean if selected else None)


def _change() -> Numbers:
    found = judged([(-20, 62.0), (-3, 58.0)], 40.0)
    return (plain(found.change),)


def _band() -> Numbers:
    return plain(smallest_detectable_change(7.3)), plain(smallest_detectable_change(7.3, 2))


def _questionnaire_error() -> Numbers:
    error = an_error(None, ErrorKind.SCORE_LEVEL)
    before = baseline([Reading(-3, 66.0, 2.5)])
    spread_of = standard_error_of_change(error, before, Reading(91, 60.0, 2.5)) if before else None
    return (plain(None if spread_of is None else 1.96 * spread_of),)


def _own_error() -> Numbers:
    found = own_error([(26.0, 28.0)] * 20)
    none = own_error([(26.0, 28.0)] * 19)
    return (
        plain(found.sem if found else None),
        plain(smallest_detectable_change(found.sem, 2) if found else None),
        ("none" if none is None else "some"),
    )


def _diary_week() -> Numbers:
    monday = date(2026, 5, 4)
    days = {monday + timedelta(days=k): value for k, value in enumerate([1, 2, 3, 4, 3, 2, 6] * 2)}
    week = diary_weeks(days)[0]
    short = diary_weeks(dict(list(days.items())[:3]))[0]
    return plain(week.mean), plain(week.standard_error), ("none" if short.mean is None else "some")


def _important_change() -> Numbers:
    found = judged([(-3, 60.0)], 54.0)
    return plain(found.threshold.value if found.threshold else None), plain(found.band), verdict_words(VOICE, found)


def _index() -> Numbers:
    found = judged([(-20, 62.0), (-3, 58.0)], 40.0)
    return (plain(found.index, 2),)


def _verdict() -> Numbers:
    beyond, within = judged([(-20, 62.0), (-3, 58.0)], 40.0), judged([(-20, 62.0), (-3, 58.0)], 50.0)
    return verdict_words(VOICE, beyond), plain(beyond.band), verdict_words(VOICE, within)


def _ends() -> Numbers:
    found = at_month_3([*ten_people(), (33.0, 33.0), (33.0, 20.0)])
    told = ends(found)
    return f"{told.ceiling_before.count} of {told.ceiling_before.of}", str(shares(found).not_measurable.count)


def _wilson() -> Numbers:
    found, all_of_ten = wilson(42, 60), wilson(10, 10)
    return percent(found.share), percent(found.low), percent(found.high), percent(all_of_ten.low)


def _by_chance() -> Numbers:
    found = by_chance(40)
    return plain(found.expected), str(found.most)


def _attrition() -> Numbers:
    found = at_month_3(ten_people())
    data = a_cohort({str(place): [(-3, b), (91, a)] for place, (b, a) in enumerate(ten_people())})
    told = attrition(data, found)
    low, high = told.better or (None, None)
    worst, best = told.mean_change or (None, None)
    return percent(low), percent(high), plain(worst), plain(best)


def _mean_change() -> Numbers:
    found = spread(TEN)
    return plain(found.mean), plain(found.low), plain(found.high)


def _quantiles() -> Numbers:
    found = quantiles(TEN)
    return plain(found[0.25]), plain(found[0.5]), plain(found[0.75], 2)


def _distribution() -> Numbers:
    sixty, many = distribution(np.arange(60.0)), distribution(np.arange(600.0))
    middle, centre = 29, 299
    return (
        percent(sixty.high[middle] - sixty.share[middle]),
        percent(many.high[centre] - many.share[centre]),
    )


def _sd_of_change() -> Numbers:
    found = spread(TEN)
    return plain(found.sd), plain(found.sd_low), plain(found.sd_high)


def _error_sd() -> Numbers:
    one = at_month_3([(27.0, 18.0), (27.0, 26.0)])
    data = a_cohort({name: [(-9, 27.0), (-3, 27.0), (91, 20.0)] for name in ("a", "b")})
    two = changes(data, a_scale(), MONTH_3, PLAN, an_error())
    return plain(error_sd(one), 2), plain(error_sd(two), 2)


def _model() -> Numbers:
    found, _ = forty()
    error = float(found.standard_errors[1])
    return plain(float(found.estimates[1])), plain(error)


def _true_sd() -> Numbers:
    found, raw = forty()
    told = change_spread(found)
    return plain(raw), plain(told.sd), plain(told.lower), plain(told.upper)


def _individual_estimate() -> Numbers:
    found, _ = forty()
    told = intervals(beliefs(found))
    best = int(found.change.argmin())
    return plain(float(found.change[best])), plain(float(told.lower[best])), plain(float(told.upper[best]))


def _probability() -> Numbers:
    found, _ = forty()
    chances = chance_of_change(beliefs(found), 4.0, Better.LOWER)
    sure, never = int((chances > 0.9).sum()), int((chances < 0.1).sum())
    return str(sure), str(never), str(len(chances) - sure - never)


def _donors() -> Numbers:
    rows = clinic(4, patients=60, donors=6, sd_donor=12.0, sd_change=1.0)
    names, scores = [row.patient for row in rows], np.array([row.score for row in rows])
    design = mixed.before_after(np.array([float(row.visit >= 1) for row in rows]))
    found = donor_split(names, scores, design, {row.patient: row.donor for row in rows})
    return plain(found.donor**0.5), plain(found.patient**0.5), plain(found.error**0.5)


MAINTAINED = ((9, 1), (13, 1), (13, 0), (18, 1), (23, 1), (28, 0), (31, 1), (34, 1), (45, 0), (48, 1), (161, 0))


def _sustained() -> Numbers:
    curve = kaplan_meier([Duration(time, bool(event)) for time, event in MAINTAINED])
    found = sustained([Seen(1, holds=False), Seen(3, holds=True), Seen(6, holds=True)])
    return *(percent(share) for share in curve.share[:4]), plain(found.time if found else None, 0)


def _lost() -> Numbers:
    visits = [Seen(1, holds=True), Seen(3, holds=True), Seen(6, holds=False), Seen(12, holds=False)]
    found = lost(visits)
    return (plain(found.time if found else None, 0),)


def _correlation() -> Numbers:
    fatigue = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0])
    function = np.array([2.0, 1.0, 5.0, 3.0, 4.0, 9.0, 6.0, 10.0, 7.0, 8.0])
    found = correlation(fatigue, function)
    return plain(found.r, 2), plain(found.low, 2), plain(found.high, 2)


def _mean_difference() -> Numbers:
    before = np.array([20.0, 24.0, 28.0, 22.0, 30.0, 26.0])
    treated = (before, before + np.array([-7.0, -3.0, -5.0, -6.0, -1.0, -8.0]))
    waiting = (before, before + np.array([-2.0, 1.0, -4.0, -3.0, 0.0, -1.0]))
    found = mean_difference(treated, waiting)
    return plain(found.difference), plain(found.lower), plain(found.upper)


def _individual_response() -> Numbers:
    found = individual_response(of_spread(9.51, 52), of_spread(9.20, 45))
    return plain(found.sd), plain(found.lower), plain(found.upper)


def _variability_ratio() -> Numbers:
    found = variability_ratio(of_spread(9.51, 52), of_spread(9.20, 45))
    return plain(found.log_ratio, 3), plain(found.standard_error, 3), plain(found.lower, 2), plain(found.upper, 2)


def _definitions() -> Numbers:
    pairs = [(27.0, 27.0 - gain) for gain in (0.0, 2.0, 5.0, 7.0, 8.0, 12.0, 12.0, 16.0)]
    rows = responder_table(PUBLISHED, {"chalder11.likert": at_month_3(pairs)})
    counts = {row.definition.code: row.met.count for row in rows}
    return str(counts["collin_little"]), str(counts["collin_much"]), str(counts["collin_very_much"])


def _anchor() -> Numbers:
    gains = {3.0: [5.0, 6.0, 7.0] * 4, 4.0: [0.0, 1.0, -1.0] * 4, 2.0: [11.0] * 4, 5.0: [-5.0] * 4}
    people = [(rating, gain) for rating, each in gains.items() for gain in each]
    found = anchor_threshold(at_month_3([(20.0, 20.0 - gain) for _, gain in people]), np.array([r for r, _ in people]))
    return str(found.gain.n), plain(found.gain.mean), plain(found.gain.low), plain(found.gain.high)


def _indices() -> Numbers:
    pairs = Pairs(np.array([20.0, 24.0, 28.0]), np.array([12.0, 20.0, 28.0]))
    methods = (Method.JACOBSON_TRUAX, Method.GULLIKSEN_LORD_NOVICK, Method.HSU)
    return tuple(plain(float(index(pairs, method, 0.75)[1]), 2) for method in methods)


def _cut_offs() -> Numbers:
    ill, healthy = Population(66.37, 4.66), Population(37.50, 5.67)
    return tuple(plain(cut_off(cut, Better.LOWER, ill, healthy), 2) for cut in Cut)


EXAMPLES: dict[str, Callable[[], Numbers]] = {
    "baseline": _baseline,
    "change": _change,
    "band": _band,
    "questionnaire_error": _questionnaire_error,
    "own_error": _own_error,
    "diary_week": _diary_week,
    "important_change": _important_change,
    "index": _index,
    "verdict": _verdict,
    "ends": _ends,
    "wilson": _wilson,
    "by_chance": _by_chance,
    "attrition": _attrition,
    "mean_change": _mean_change,
    "quantiles": _quantiles,
    "distribution": _distribution,
    "sd_of_change": _sd_of_change,
    "error_sd": _error_sd,
    "model": _model,
    "true_sd": _true_sd,
    "individual_estimate": _individual_estimate,
    "probability": _probability,
    "donors": _donors,
    "sustained": _sustained,
    "lost": _lost,
    "correlation": _correlation,
    "mean_difference": _mean_difference,
    "individual_response": _individual_response,
    "variability_ratio": _variability_ratio,
    "definitions": _definitions,
    "anchor": _anchor,
    "indices": _indices,
    "cut_offs": _cut_offs,
}
