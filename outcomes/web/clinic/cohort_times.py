"""How long until a change lasts, in either direction, and how long a change for the better is kept."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from outcomes.change.columns import REASONS, VERDICTS, Changes, Numbers
from outcomes.change.individual import Reason
from outcomes.change.survival import Curve, Duration, Seen, kaplan_meier, lost, sustained
from outcomes.figures.figure import Figure
from outcomes.figures.survival import Lasting, Waiting, survival
from outcomes.terms import Better, Verdict
from outcomes.voice import Voice
from outcomes.web.clinic.cohort_look import FEWEST, Look

KEPT_DAYS = (0, 91, 182, 365, 730)
"""Where the numbers at risk of losing a change are told, in days from the visit that confirmed it."""
EVENTS = {Lasting.BETTER: Verdict.BETTER_BEYOND, Lasting.WORSE: Verdict.WORSE_BEYOND}


def survival_figure(voice: Voice, look: Look) -> Figure | None:
    """Time to a change that lasts, for the better and for the worse."""
    days = (0, *(visit.point.day for visit in look.reached))
    curves = []
    for event, verdict in EVENTS.items():
        durations = _durations(look, verdict, sustained)
        if len(durations) >= FEWEST:
            curves.append(_waiting(event, durations, days))
    return survival(voice, curves, days=days, band=look.band) if curves else None


def loss_figure(voice: Voice, look: Look) -> Figure | None:
    """Time from the visit that confirmed a change for the better to its loss."""
    durations = _durations(look, Verdict.BETTER_BEYOND, lost)
    if len(durations) < FEWEST or not any(duration.event for duration in durations):
        return None
    longest = max(duration.time for duration in durations)
    days = tuple(day for day in KEPT_DAYS if day <= longest)
    made = survival(voice, [_waiting(Lasting.LOSS, durations, days)], days=days, band=look.band)
    told = voice.say("Days are counted from the visit at which the change was found for the second time.")
    return replace(made, name="loss", sentence=f"{made.sentence} {told}")


def kept_words(voice: Voice, look: Look) -> str:
    """Say that nobody was seen to lose a lasting change, where that is so; empty where a figure tells more."""
    durations = _durations(look, Verdict.BETTER_BEYOND, lost)
    if not durations or any(duration.event for duration in durations):
        return ""
    return voice.count(
        "Of %(n)s person with a lasting change for the better nobody has been seen to lose it so far.",
        "Of %(n)s people with a lasting change for the better nobody has been seen to lose it so far.",
        len(durations),
    )


def _durations(look: Look, verdict: Verdict, measured: Callable[[Sequence[Seen]], Duration | None]) -> list[Duration]:
    """One duration a person who has any."""
    found = (measured(seen) for seen in _seen(look, verdict))
    return [duration for duration in found if duration is not None]


def _seen(look: Look, verdict: Verdict) -> Iterator[tuple[Seen, ...]]:
    """Of each person the visits that have come round, and whether the change held at each."""
    days = [float(visit.point.day) for visit in look.reached]
    due = zip(*(visit.due.tolist() for visit in look.reached), strict=True)
    held = zip(*(holds(visit, verdict).tolist() for visit in look.reached), strict=True)
    for mine, marks in zip(due, held, strict=True):
        seen = zip(days, mine, marks, strict=True)
        yield tuple(Seen(day, None if np.isnan(mark) else mark == 1) for day, came, mark in seen if came)


def holds(found: Changes, verdict: Verdict) -> Numbers:
    """Say of everybody whether a change beyond the band was there: 1, 0, or not a number where it cannot be told.

    Who began and stayed at the worst end of the scale is surely not better, and who stayed at the best end not worse,
    although neither change can be measured.
    """
    code, unknown = VERDICTS.index(verdict), VERDICTS.index(Verdict.NOT_MEASURABLE)
    there = np.where(found.verdict == unknown, np.nan, (found.verdict == code).astype(np.float64))
    lower = found.scale.better is Better.LOWER
    stuck = Reason.AT_CEILING if lower == (verdict is Verdict.BETTER_BEYOND) else Reason.AT_FLOOR
    there[found.reason == REASONS.index(stuck)] = 0.0
    return there


def _waiting(event: Lasting, durations: Sequence[Duration], days: Sequence[int]) -> Waiting:
    """Turn a curve of those without the event into one of those with it."""
    curve: Curve = kaplan_meier(durations)
    events = int(curve.events.sum())
    low, high = 1 - _carried(curve.upper), 1 - np.nan_to_num(curve.lower, nan=0.0)
    return Waiting(
        event=event,
        days=tuple(curve.times.tolist()),
        share=tuple((1 - curve.share).tolist()),
        low=tuple(low.tolist()) if events else (),  # without an event its variance is nought, which says nothing
        high=tuple(high.tolist()) if events else (),
        at_risk=curve.at_risk_at(days),
        events=events,
    )


def _carried(bound: Numbers) -> Numbers:
    """Where nobody is left there is no interval; its last limit is carried on."""
    there = bound[~np.isnan(bound)]
    return np.where(np.isnan(bound), there[-1] if len(there) else 1.0, bound)
