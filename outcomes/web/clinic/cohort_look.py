"""A cohort worked out for one choice: everybody's change at every visit, and at what a page looks.

Brings numpy, so it is loaded where a cohort is shown and not before.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import compress
from math import isnan

import numpy as np
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.change.cohort import series
from outcomes.change.columns import VERDICTS, Changes, Columns, Flags, changes
from outcomes.change.individual import ErrorInForce, error_in_force
from outcomes.figures.figure import Band
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Scale
from outcomes.records.queries.cohort import (
    CohortFilter,
    CohortPatient,
    Provenance,
    cohort_columns,
    cohort_patients,
    provenance,
    scales_in_use,
)
from outcomes.records.queries.own_error import own_errors
from outcomes.records.queries.plan import plan
from outcomes.records.queries.remembered import Remembered
from outcomes.terms import EntryBasis, Verdict
from outcomes.web.clinic.cohort_choice import Choice, Offer, offer

FEWEST = 5
"""No share is written of fewer people than this."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a cohort is read from, and the day on which."""

    scope: Scope
    session: Session
    memory: Remembered
    catalogue: Catalogue
    today: date

    def offer(self) -> Offer:
        """What the clinic has to choose from."""
        patients = cohort_patients(self.scope, self.session, self.today, self.memory)
        scored = self.memory.get(
            self.scope, self.session, "scales in use", lambda: scales_in_use(self.scope, self.session)
        )
        return offer(self.catalogue, plan(self.scope, self.session), scored, patients)

    def error(self, scale: Scale) -> ErrorInForce | None:
        """The measurement error in force: that of the whole clinic, whoever is looked at."""
        own = own_errors(self.scope, self.session, (scale.key,), self.memory)
        return error_in_force(scale, own[scale.key])

    def kept(self, people: CohortFilter) -> Flags:
        """Who passes a filter, asked of everybody once."""

        def ask() -> Flags:
            everybody = cohort_patients(self.scope, self.session, self.today, self.memory)
            return np.fromiter((people.passes(each) for each in everybody), np.bool_, len(everybody))

        return self.memory.get(self.scope, self.session, ("cohort kept", people, self.today), ask)

    def scores(self, scale: Scale, people: CohortFilter) -> Columns:
        """The scores of one scale of the people who pass a filter."""
        data = cohort_columns(self.scope, self.session, scale.key, self.today, self.memory)
        return data.only(self.kept(people))

    def provenance(self, scale: Scale) -> Provenance:
        """How many versions, languages and forms the scores of a scale mix."""
        return self.memory.get(
            self.scope,
            self.session,
            ("provenance", scale.key),
            lambda: provenance(self.scope, self.session, scale.key),
        )


@dataclass(frozen=True, slots=True)
class Look:
    """The chosen people, their scores, and their change at every follow-up; `shown` is the visit looked at."""

    source: Source
    offered: Offer
    choice: Choice
    patients: tuple[CohortPatient, ...]
    data: Columns
    error: ErrorInForce | None
    visits: tuple[Changes, ...]
    shown: Changes

    @property
    def scale(self) -> Scale:
        """The scale looked at."""
        return self.choice.scale

    @property
    def reached(self) -> tuple[Changes, ...]:
        """The visits that have come round for enough people to be drawn, and the visit looked at."""
        return tuple(visit for visit in self.visits if visit is self.shown or int(visit.due.sum()) >= FEWEST)

    @property
    def due(self) -> int:
        """For how many the visit has come round."""
        return int(self.shown.due.sum())

    @property
    def entered(self) -> Flags:
        """Who was treated because of a score, or whose baseline is nothing but such a score."""
        basis = np.array([each.entry_basis is EntryBasis.QUALIFYING_SCORE for each in self.patients], np.bool_)
        return basis | self.shown.only_qualifying

    @property
    def band(self) -> Band | None:
        """The band of most people; None where no error is known."""
        return band_of(self.shown)

    def other(self, scale: Scale, people: CohortFilter | None = None) -> Changes:
        """The change at the same visit on another scale, or of other people."""
        data = self.source.scores(scale, self.choice.people if people is None else people)
        return changes(data, scale, self.choice.point, self.choice.points, self.source.error(scale))


def look(source: Source, offered: Offer, choice: Choice) -> Look:
    """Work out a cohort for one choice."""
    data, error = source.scores(choice.scale, choice.people), source.error(choice.scale)
    visits = series(data, choice.scale, choice.points, error)
    return Look(
        source=source,
        offered=offered,
        choice=choice,
        patients=tuple(compress(offered.patients, source.kept(choice.people).tolist())),
        data=data,
        error=error,
        visits=visits,
        shown=next(visit for visit in visits if visit.point == choice.point),
    )


def band_of(found: Changes) -> Band | None:
    """The half-width of the band that most people have, the wider of two equally frequent ones."""
    if found.error is None:
        return None
    widths, counts = np.unique(np.round(found.band[np.isfinite(found.band)], 9), return_counts=True)
    if len(widths) == 0:
        return None
    most = widths[counts == counts.max()]
    width = most[-1] if counts.max() > 1 else np.median(widths)
    return Band(float(width), found.error.kind)


def verdicts(found: Changes) -> Iterator[Verdict]:
    """Everybody's verdict at a visit."""
    return (VERDICTS[code] for code in found.verdict.tolist())


def known(value: float) -> float | None:
    """A number, or None for what is not one."""
    return None if isnan(value) else value


def link_of(patient: CohortPatient) -> str:
    """Where a dot leads."""
    return f"/patients/{patient.id}"


def only_of(found: Changes, kept: Flags) -> Changes:
    """Count nobody but these people as having come to the visit."""
    return replace(found, due=found.due & kept)
