"""Scales, errors and cohorts for the tests of change."""

from pathlib import Path
from typing import Any

from outcomes.change.columns import Columns, Person, columns
from outcomes.change.individual import ErrorInForce
from outcomes.instruments.definition import MeasurementError, Scale, Threshold
from outcomes.terms import Better, Domain, ErrorKind, Language

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference"


def a_scale(**different: Any) -> Scale:
    """Chalder-like: 0 to 33 in whole points, lower is better, no error and no threshold unless given."""
    fields: dict[str, Any] = {
        "key": "chalder11.likert",
        "code": "likert",
        "title": {Language.ENGLISH: "Fatigue, 11 items", Language.TURKISH: "Yorgunluk, 11 madde"},
        "domain": Domain.FATIGUE,
        "items": (),
        "minimum": 0.0,
        "maximum": 33.0,
        "step": 1.0,
        "better": Better.LOWER,
        "unit": "points",
        "decimals": 0,
        "errors": (),
        "thresholds": (),
        "cutoffs": (),
        "loinc": None,
        "headline": True,
    }
    return Scale(**{**fields, **different})


def a_threshold(value: float = 6.5) -> Threshold:
    return Threshold(value, "patients' own rating", "ME/CFS", "Collin & Crawley 2017", unverified=False, default=True)


def published(kind: ErrorKind, sem: float | None = 2.0, population: str = "MS") -> MeasurementError:
    return MeasurementError(kind, sem, "6 months", population, "A source 2013", unverified=False)


def an_error(sem: float | None = 2.0, kind: ErrorKind = ErrorKind.RETEST) -> ErrorInForce:
    return ErrorInForce(kind, sem, "6 months", "MS", "A source 2013")


def a_cohort(scores: dict[str, list[tuple[int, float | None]]]) -> Columns:
    """Everybody's (day, value) pairs as columns."""
    rows = [(key, day, value) for key, pairs in scores.items() for day, value in pairs]
    return columns([Person(key) for key in scores], rows)
