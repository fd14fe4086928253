"""What an import would write, worked out and checked, and what it has to know of the clinic's records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from uuid import UUID

from outcomes.exchange.readers.problems import ImportProblem
from outcomes.instruments.definition import Instrument
from outcomes.instruments.scoring import ScaleScore
from outcomes.terms import Absence, Material, Route, Sex


@dataclass(frozen=True, slots=True)
class KnownPatient:
    """A patient of the clinic, as far as a file is compared with the record.

    `day_zero` is the first infusion of the latest course, or the beginning of an untreated comparison arm; `first_days`
    are the first infusions of all courses. `arm` is None when there is none, or when it is hidden while the study is
    blinded (`has_arm` then says that there is one). `closed` marks a record that was merged into another or removed.
    """

    id: UUID
    sex: Sex = Sex.UNKNOWN
    name: str | None = None
    birth_date: date | None = None
    arm: str | None = None
    has_arm: bool = False
    day_zero: date | None = None
    first_days: frozenset[date] = frozenset()
    closed: bool = False


@dataclass(frozen=True, slots=True)
class KnownAssessment:
    """What is recorded of one instrument on one visit; `scores` by scale code, a reason where there is no value."""

    answers: Mapping[str, float]
    totals: Mapping[str, float]
    scores: Mapping[str, float | Absence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KnownVisit:
    """One recorded visit; its assessments by instrument. On a day too ill to answer, that is why scores are absent."""

    id: UUID
    too_ill: bool = False
    assessments: Mapping[str, KnownAssessment] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KnownRecords:
    """What a clinic already has: patients by code, and the visits of each patient's day as they were recorded."""

    patients: Mapping[str, KnownPatient] = field(default_factory=dict)
    visits: Mapping[tuple[UUID, date], tuple[KnownVisit, ...]] = field(default_factory=dict)


NOTHING_KNOWN = KnownRecords(MappingProxyType({}), MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class PlannedInfusion:
    """The first infusion of a course."""

    on_date: date
    route: Route
    material: Material


@dataclass(frozen=True, slots=True)
class PlannedArm:
    """The arm a patient is in; without FMT, `starts_on` is the day from which times are counted."""

    label: str
    comparison: bool
    starts_on: date | None


@dataclass(frozen=True, slots=True)
class PlannedPatient:
    """A patient of the file. `known_id` is None for one who is new; what is recorded already is left out here."""

    code: str
    known_id: UUID | None
    name: str | None = None
    sex: Sex = Sex.UNKNOWN
    birth_date: date | None = None
    arm: PlannedArm | None = None
    infusion: PlannedInfusion | None = None


@dataclass(frozen=True, slots=True)
class PlannedAssessment:
    """One instrument on one day: what was given, and the scores that follow."""

    instrument: Instrument
    answers: Mapping[str, float]
    totals: Mapping[str, float]
    scores: tuple[ScaleScore, ...]


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """One patient's visit. `known_id` is the recorded visit that new assessments join, None when there is none.

    `turn` counts the visits of one day from 0; `too_ill` says that nothing more could be answered on that day.
    """

    patient: str
    on_date: date
    known_id: UUID | None
    assessments: tuple[PlannedAssessment, ...]
    turn: int = 0
    too_ill: bool = False


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What an import would do, in numbers.

    `scores` counts values; `no_score` counts scales some of whose items were answered, but too few for a score.
    `already_there` counts assessments that are recorded just so. Of the file's rows, `left_out` did not meet the filter
    and `without_scores` had nothing to import but the patient.
    """

    rows: int = 0
    left_out: int = 0
    without_scores: int = 0
    patients_new: int = 0
    patients_known: int = 0
    courses: int = 0
    arms: int = 0
    visits: int = 0
    assessments: int = 0
    scores: int = 0
    no_score: int = 0
    already_there: int = 0

    @property
    def new(self) -> int:
        """How many things would be written; 0 when everything is there already."""
        return self.patients_new + self.courses + self.arms + self.visits + self.assessments


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The outcome of a dry run. Only a plan without problems may be carried out.

    `problems` holds the first ones in the order of the file, `problem_count` says how many there are.
    """

    patients: tuple[PlannedPatient, ...]
    visits: tuple[PlannedVisit, ...]
    counts: ImportCounts
    problems: tuple[ImportProblem, ...]
    problem_count: int = 0

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.problems
