"""Invented people for the figures: enough of every case that a figure must show."""

from datetime import date, timedelta
from random import Random

from outcomes.figures.before_after import before_after
from outcomes.figures.caterpillar import Estimate, caterpillar
from outcomes.figures.cumulative import Curve, cumulative
from outcomes.figures.figure import Band, Figure, Measure
from outcomes.figures.flow import Step, flow
from outcomes.figures.heatmap import Person, heatmap
from outcomes.figures.pairs import Pair
from outcomes.figures.shares import VisitShares, shares
from outcomes.figures.spaghetti import Line, Shift, VisitMean, spaghetti
from outcomes.figures.strip import Due, Event, Given, Seen, strip
from outcomes.figures.survival import Lasting, Waiting, survival
from outcomes.figures.trajectory import Point, Standing, trajectory
from outcomes.figures.variation import Deviation, Spread, variation
from outcomes.figures.waterfall import waterfall
from outcomes.terms import Absence, AnsweredBy, Better, ErrorKind, Verdict
from outcomes.voice import Voice

V = Verdict
DAY_ZERO = date(2026, 5, 12)
DAYS = (-14, 14, 30, 91, 180, 365)
USUAL = Band(4.8, ErrorKind.OWN_BASELINES)
QUESTIONNAIRE = Band(7.1, ErrorKind.SCORE_LEVEL)


def fatigue(voice: Voice) -> Measure:
    return Measure(voice.say("Fatigue"), 0, 33, Better.LOWER, voice.say("points"), 0)


def cognition(voice: Voice) -> Measure:
    return Measure(voice.say("Cognition"), 20, 61, Better.HIGHER, voice.say("T score"), 1)


def on(day: int) -> date:
    return DAY_ZERO + timedelta(days=day)


def points(values: tuple[float, ...], verdicts: tuple[Verdict, ...], mean: float) -> list[Point]:
    by = (AnsweredBy.PAPER, AnsweredBy.SELF, AnsweredBy.SELF, AnsweredBy.CLINICIAN_READ, AnsweredBy.PROXY)
    days = (-24, -2, 14, 91, 140)
    made = [
        Point(
            day,
            value,
            who,
            inside_window=day != 140,
            crash=day == 140,
            change=None if day < 0 else value - mean,
            verdict=verdict if day >= 0 else None,
            baseline=day < 0,
            on=on(day),
            link=f"/patients/147/visits/{day + 100}",
        )
        for day, value, who, verdict in zip(days, values, by, verdicts, strict=True)
    ]
    return [*made, Point(31, None, absence=Absence.TOO_ILL, on=on(31))]


def person_fatigue(voice: Voice, *, plain: bool = False) -> Figure:
    verdicts = (V.NO_CHANGE, V.NO_CHANGE, V.BETTER_WITHIN, V.BETTER_BEYOND, V.BETTER_BEYOND)
    standing = Standing(27, USUAL, 6.5, 91, -9.0, V.BETTER_BEYOND)
    return trajectory(
        voice,
        fatigue(voice),
        points((28, 26, 25, 18, 20), verdicts, 27),
        standing=standing,
        infusions=(0, 7, 28),
        today=194,
        plain=plain,
    )


def person_cognition(voice: Voice) -> Figure:
    verdicts = (V.NO_CHANGE, V.NO_CHANGE, V.NO_CHANGE, V.BETTER_WITHIN, V.BETTER_WITHIN)
    standing = Standing(33.8, QUESTIONNAIRE, None, 91, 4.8, V.BETTER_WITHIN)
    return trajectory(
        voice,
        cognition(voice),
        points((33.1, 34.5, 35.0, 38.6, 36.9), verdicts, 33.8),
        standing=standing,
        infusions=(0, 7, 28, 120),
        today=194,
    )


def person_function(voice: Voice) -> Figure:
    measure = Measure(voice.say("Function"), 0, 100, Better.HIGHER, voice.say("points"), 0)
    standing = Standing(32.5, None, None, 91, -7.5, V.NOT_MEASURABLE)
    return trajectory(
        voice,
        measure,
        points((30, 35, 35, 25, 30), (V.NOT_MEASURABLE,) * 5, 32.5),
        standing=standing,
        infusions=(0, 7, 28),
        today=194,
    )


def person_marker(voice: Voice) -> Figure:
    measure = Measure("CRP", None, None, Better.LOWER, "mg/L", 1)
    made = [Point(-5, 2.4, baseline=True), Point(40, 3.1), Point(190, 11.9)]
    return trajectory(voice, measure, made, infusions=(0, 185), today=194)


def person_empty(voice: Voice) -> Figure:
    return trajectory(voice, fatigue(voice), [], infusions=(), today=3)


def person_strip(voice: Voice) -> Figure:
    return strip(
        voice,
        infusions=[
            Given(0, "colonoscopy 50 g", on(0)),
            Given(7, "enema 30 g", on(7)),
            Given(28, "enema 30 g", on(28)),
        ],
        visits=[
            Seen(-24, "baseline 1", AnsweredBy.PAPER, on=on(-24)),
            Seen(-2, "baseline 2", on=on(-2)),
            Seen(14, "2 weeks", on=on(14), link="/patients/147/visits/14"),
            Seen(31, "month 1, too ill", None, on=on(31)),
            Seen(91, "month 3", AnsweredBy.CLINICIAN_READ, on=on(91)),
            Seen(140, "unplanned", AnsweredBy.PROXY, inside_window=False, crash=True, on=on(140)),
        ],
        due=[Due(159, 201, "month 6, open")],
        events=[
            Event(-35, "LDN stopped", on=on(-35)),
            Event(2, "crash, 4 days", until=6, on=on(2)),
            Event(9, "abdominal pain, grade 1", on=on(9)),
            Event(52, "antibiotic, 5 days", until=57, on=on(52)),
            Event(118, "“slept through, first time in a year”", on=on(118)),
        ],
        today=194,
    )


def cohort(n: int = 48, seed: int = 3) -> list[tuple[tuple[float | None, ...], Verdict, Pair]]:
    """People with a baseline of about 26, of whom some change and some stop answering."""
    random, made = Random(seed), []
    for k in range(n):
        before = min(33.0, max(10.0, random.gauss(26, 4.5)))
        trend, left = random.gauss(-1.5, 5), random.randint(2, 9)
        values: list[float | None] = [round(before, 1)]
        for place in range(1, len(DAYS)):
            score = before + trend * place / 4 + random.gauss(0, 1.8)
            values.append(None if place >= left or random.random() < 0.05 else float(round(min(33, max(0, score)))))
        after = values[4]
        change = None if after is None else after - round(before, 1)
        verdict = verdict_of(change)
        pair = Pair(f"OC-{k + 1:04d}", values[0], after, verdict, 4.8, f"/patients/{k + 1}")
        made.append((tuple(values), verdict, pair))
    return made


def verdict_of(change: float | None) -> Verdict:
    """A lower-is-better scale with a band of 4.8 and a threshold of 2."""
    if change is None:
        return V.NOT_MEASURABLE
    better, size = change < 0, abs(change)
    if size > 4.8:
        return V.BETTER_BEYOND if better else V.WORSE_BEYOND
    if size >= 2:
        return V.BETTER_WITHIN if better else V.WORSE_WITHIN
    return V.NO_CHANGE


def cohort_spaghetti(voice: Voice, n: int = 48) -> Figure:
    people = cohort(n)
    lines = [Line(values, verdict, pair.link) for values, verdict, pair in people]
    visits = []
    for place, day in enumerate(DAYS):
        seen = [v for values, _, _ in people if (v := values[place]) is not None]
        mean = sum(seen) / len(seen)
        visits.append(VisitMean(day, voice.day(day), len(seen), mean, mean - 1.6, mean + 1.6))
    return spaghetti(voice, fatigue(voice), lines, visits, shift=Shift(voice.day(180), 34, -1.6, -3.4, 0.2), band=USUAL)


def cohort_before_after(voice: Voice, n: int = 48, band: Band | None = USUAL) -> Figure:
    return before_after(voice, fatigue(voice), [p for _, _, p in cohort(n)], visit=voice.day(180), band=band)


def cohort_waterfall(voice: Voice, n: int = 48, band: Band | None = USUAL) -> Figure:
    return waterfall(voice, fatigue(voice), [p for _, _, p in cohort(n)], visit=voice.day(180), band=band)


def cohort_shares(voice: Voice) -> Figure:
    people = cohort()
    visits = []
    for place, day in list(enumerate(DAYS))[2:]:
        found = [
            verdict_of(None if (v := values[place]) is None or values[0] is None else v - values[0])
            for values, _, _ in people
        ]
        counts = {verdict: found.count(verdict) for verdict in V if verdict is not V.NOT_MEASURABLE}
        visits.append(
            VisitShares(voice.day(day), counts, found.count(V.NOT_MEASURABLE), {V.BETTER_BEYOND: (0.12, 0.34)})
        )
    return shares(voice, visits, band=USUAL)


def cohort_caterpillar(voice: Voice, n: int = 48) -> Figure:
    people = [
        Estimate(pair.name, change * 0.6 - 0.8, change * 0.6 - 4.1, change * 0.6 + 2.5, change, pair.link)
        for _, _, pair in cohort(n)
        if (change := pair.change) is not None
    ]
    return caterpillar(voice, fatigue(voice), people, visit=voice.day(180), mean=-1.6)


def curve_of(title: str, values: list[float]) -> Curve:
    found = sorted(set(values))
    shares = [sum(v <= at for v in values) / len(values) for at in found]
    return Curve(
        title,
        len(values),
        tuple(found),
        tuple(shares),
        tuple(max(0.0, s - 0.18) for s in shares),
        tuple(min(1.0, s + 0.18) for s in shares),
    )


def cohort_cumulative(voice: Voice) -> Figure:
    changes = [change for _, _, pair in cohort() if (change := pair.change) is not None]
    earlier = [change * 0.5 + 1 for change in changes]
    curves = [curve_of(voice.day(180), changes), curve_of(voice.day(91), earlier)]
    return cumulative(voice, fatigue(voice), curves, band=USUAL)


def cohort_flow(voice: Voice) -> Figure:
    people = cohort()
    steps = []
    for place in range(2, 5):
        moves: dict[tuple[Verdict | None, Verdict | None], int] = {}
        for values, _, _ in people:
            pair = tuple(
                None if (v := values[k]) is None or values[0] is None else verdict_of(v - values[0])
                for k in (place, place + 1)
            )
            moves[pair[0], pair[1]] = moves.get((pair[0], pair[1]), 0) + 1
        steps.append(Step(moves))
    return flow(voice, [voice.day(day) for day in DAYS[2:]], steps, band=USUAL)


def cohort_survival(voice: Voice) -> Figure:
    curves = [
        Waiting(
            Lasting.BETTER,
            (30, 91, 180),
            (0.06, 0.19, 0.26),
            (0.02, 0.1, 0.15),
            (0.17, 0.33, 0.42),
            (48, 46, 38, 29, 17),
            11,
        ),
        Waiting(Lasting.WORSE, (91, 180), (0.04, 0.07), (0.01, 0.02), (0.15, 0.19), (48, 46, 44, 33, 22), 3),
    ]
    return survival(voice, curves, days=(0, 30, 91, 180, 365), band=USUAL)


def cohort_heatmap(voice: Voice, n: int = 30) -> Figure:
    random = Random(8)
    choices = [*V, V.NO_CHANGE, V.BETTER_WITHIN, None]
    people = [
        Person(f"OC-{k + 1:04d}", tuple(random.choice(choices) for _ in range(5)), f"/patients/{k + 1}")
        for k in range(n)
    ]
    return heatmap(voice, ["Fatigue", "Cognition", "Quality of life", "Function", "Mood"], people, visit=voice.day(180))


def cohort_variation(voice: Voice) -> Figure:
    found = [
        Deviation(Spread.MEASURED, 5.1, 4.2, 6.6),
        Deviation(Spread.ERROR, 2.4),
        Deviation(Spread.TRUE, 4.5, 2.6, 5.4),
        Deviation(Spread.DONOR, 1.1, 0.0, 3.2),
        Deviation(Spread.RESPONSE, None, reason="cannot be estimated without a comparison group"),
    ]
    return variation(voice, fatigue(voice), found)


SCENES = {
    "strip": person_strip,
    "fatigue": person_fatigue,
    "cognition": person_cognition,
    "function": person_function,
    "marker": person_marker,
    "empty": person_empty,
    "spaghetti": cohort_spaghetti,
    "before_after": cohort_before_after,
    "waterfall": cohort_waterfall,
    "shares": cohort_shares,
    "caterpillar": cohort_caterpillar,
    "cumulative": cohort_cumulative,
    "flow": cohort_flow,
    "survival": cohort_survival,
    "heatmap": cohort_heatmap,
    "variation": cohort_variation,
}
