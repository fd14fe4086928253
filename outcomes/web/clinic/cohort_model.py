"""What the mixed model says of a cohort: how differently people truly changed, and the best estimate of each one.

The model sees every score that makes up a baseline and every score inside a window: a mean for each visit, and a
level and a change of each person's own. It is fitted once for the data as they are and remembered.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import sqrt

import numpy as np

from outcomes.change.cohort import error_sd, mean_change
from outcomes.change.columns import Columns, Flags, Numbers, Whole, baseline_rows
from outcomes.change.mixed import Design, Fit, Withheld, fit, on_screen, visit_means
from outcomes.change.mixed_data import MixedModelError
from outcomes.change.mixed_donors import DonorSplit, donor_split, enough_donors
from outcomes.change.mixed_intervals import beliefs, intervals
from outcomes.change.mixed_profile import ChangeSpread, change_spread
from outcomes.figures.caterpillar import Estimate, caterpillar
from outcomes.figures.figure import Figure, Measure
from outcomes.figures.variation import Deviation, Spread, variation
from outcomes.voice import N_, Voice
from outcomes.web.clinic.cohort_comparison import REASONS, NotCompared, compared
from outcomes.web.clinic.cohort_look import FEWEST, Look, known, link_of

BEFORE = "before"


@dataclass(frozen=True, slots=True)
class OneEstimate:
    """The model's change of one person, with its interval, and the change as measured."""

    key: str
    change: float
    low: float
    high: float
    measured: float


@dataclass(frozen=True, slots=True)
class Modelled:
    """What pages tell of a fitted model; `people` is empty where estimates of single people are withheld."""

    mean: float | None
    spread: ChangeSpread | None
    donors: DonorSplit | None
    withheld: Withheld | None
    people: tuple[OneEstimate, ...]

    @property
    def singular(self) -> bool:
        """Whether the model found no spread of true change, or could not tell it from the baseline's."""
        return self.withheld is Withheld.SINGULAR


CANNOT = Modelled(None, None, None, None, ())


@dataclass(frozen=True, slots=True)
class Rows:
    """The scores of a model: whose, at which visit, and how large."""

    person: Whole
    visit: tuple[str, ...]
    score: Numbers

    def of(self, kept: Flags) -> "Rows":
        """Some people's rows."""
        rows = kept[self.person]
        return Rows(
            self.person[rows], tuple(v for v, keep in zip(self.visit, rows, strict=True) if keep), self.score[rows]
        )


def modelled(look: Look) -> Modelled:
    """Return what the model says, fitted when the data have changed."""
    source = look.source
    name = ("cohort model", look.scale.key, look.choice.people, source.today)
    return source.memory.get(source.scope, source.session, name, lambda: _modelled(look))


def _modelled(look: Look) -> Modelled:
    rows = _rows(look)
    try:
        full, design = _fitted(look.data, rows)
    except MixedModelError:
        return CANNOT
    shown = on_screen(full, design)
    return Modelled(
        mean=float(design.totals[1] @ shown.fit.estimates),
        spread=None if shown.withheld else change_spread(full),
        donors=_donors(look, rows),
        withheld=shown.withheld,
        people=() if shown.withheld else _estimates(look, full),
    )


def _rows(look: Look) -> Rows:
    """The scores of the baselines, and everybody's score at each visit."""
    before = baseline_rows(look.data)[0]
    after = [np.flatnonzero(np.isfinite(visit.follow_up)) for visit in look.visits]
    visits = [visit.point.code for visit, people in zip(look.visits, after, strict=True) for _ in people]
    scores = [visit.follow_up[people] for visit, people in zip(look.visits, after, strict=True)]
    return Rows(
        np.concatenate([look.data.patient[before], *after]),
        (*(BEFORE for _ in before), *visits),
        np.concatenate([look.data.value[before], *scores]),
    )


def _design(rows: Rows) -> Design:
    return visit_means(rows.visit, np.array([visit != BEFORE for visit in rows.visit], np.float64))


def _fitted(data: Columns, rows: Rows) -> tuple[Fit, Design]:
    if not len(rows.score):
        raise MixedModelError("too_few_scores", "there is no score")
    design = _design(rows)
    return fit([data.keys[person] for person in rows.person], rows.score, design), design


def _donors(look: Look, rows: Rows) -> DonorSplit | None:
    """Split the spread between donors and people, where enough donors gave to enough people each."""
    donor_of = {each.key: each.donors[0] for each in look.patients if len(each.donors) == 1}
    mine = rows.of(np.array([key in donor_of for key in look.data.keys], np.bool_))
    names = [look.data.keys[person] for person in mine.person]
    if not enough_donors({name: donor_of[name] for name in names}):
        return None
    with suppress(MixedModelError):
        return donor_split(names, mine.score, _design(mine), donor_of)
    return None


def _estimates(look: Look, full: Fit) -> tuple[OneEstimate, ...]:
    """The estimates of whoever was measured before and after."""
    sure = intervals(beliefs(full))
    rows = zip(full.patients, full.change.tolist(), sure.lower.tolist(), sure.upper.tolist(), strict=True)
    measured = dict(zip(look.data.keys, _measured(look).tolist(), strict=True))
    return tuple(
        OneEstimate(key, change, low, high, measured[key])
        for key, change, low, high in rows
        if known(measured[key]) is not None
    )


def _measured(look: Look) -> Numbers:
    """Everybody's mean over the visits less the baseline."""
    scores = np.array([visit.follow_up for visit in look.visits])
    count = np.isfinite(scores).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nansum(scores, axis=0) / count - look.shown.baseline, np.float64)


def caterpillar_figure(voice: Voice, look: Look) -> Figure | None:
    """The model's estimate of each person's change; nothing where it is withheld."""
    model = modelled(look)
    if not model.people:
        return None
    patients = {each.key: each for each in look.patients}
    people = [
        Estimate(patients[one.key].code, one.change, one.low, one.high, one.measured, link_of(patients[one.key]))
        for one in model.people
    ]
    visit = voice.say("mean of all visits after FMT")
    return caterpillar(voice, Measure.of(voice, look.scale), people, visit=visit, mean=model.mean)


def variation_figure(voice: Voice, look: Look) -> Figure | None:
    """How differently people changed: as measured, by error alone, and truly, as far as it can be told."""
    if np.isfinite(look.shown.change).sum() < FEWEST:
        return None
    return variation(voice, Measure.of(voice, look.scale), list(_deviations(voice, look)))


def _deviations(voice: Voice, look: Look) -> Iterator[Deviation]:
    raw, model, against = mean_change(look.shown), modelled(look), compared(look)
    yield Deviation(Spread.MEASURED, raw.sd, raw.sd_low, raw.sd_high)
    yield Deviation(Spread.ERROR, error_sd(look.shown), reason=voice.say("not known"))
    if model.spread is None:
        yield Deviation(Spread.TRUE, None, reason=voice.say(UNTOLD[model.withheld]))
    else:
        yield Deviation(Spread.TRUE, model.spread.sd, model.spread.lower, model.spread.upper)
    if model.donors is not None:
        yield Deviation(Spread.DONOR, sqrt(model.donors.donor))
        yield Deviation(Spread.PERSON, sqrt(model.donors.patient))
    if against.response is None:
        yield Deviation(Spread.RESPONSE, None, reason=voice.say(REASONS[against.why or NotCompared.FEW]))
    else:
        yield Deviation(Spread.RESPONSE, against.response.sd, against.response.lower, against.response.upper)


UNTOLD: Mapping[Withheld | None, str] = {
    None: N_("cannot be estimated: too few people were measured often enough"),
    Withheld.FEW_PATIENTS: N_("not told: fewer than 20 people"),
    Withheld.NOT_CONVERGED: N_("not told: the model did not settle"),
    Withheld.SINGULAR: N_("not told: the model has reached its limit"),
}
