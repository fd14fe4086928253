"""What somebody asks of a release: its tier, scales, visits and columns; and which columns there are to choose from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from outcomes.change.windows import TimePoint, as_stored, time_points
from outcomes.exchange.writers.contents import OUTSIDE
from outcomes.privacy.columns import allowed
from outcomes.privacy.tiers import Tier
from outcomes.terms import Purpose
from outcomes.voice import N_


class Use(StrEnum):
    """What a column is to somebody who wants to recognise a patient."""

    KNOWN = "known"
    SENSITIVE = "sensitive"
    TREATMENT = "treatment"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class Offered:
    """A column that may be asked for, and the columns of the records that it comes from.

    What is drawn or worked out anew (a name of this release alone, an age in a band of years) has no source here.
    """

    title: str
    use: Use
    sources: tuple[str, ...] = ()


COLUMNS: Mapping[str, Offered] = {
    "sex": Offered(N_("Sex"), Use.KNOWN, ("patient.sex",)),
    "country": Offered(N_("Country"), Use.KNOWN, ("patient.country",)),
    "age": Offered(N_("Age at the first infusion, in bands of years"), Use.KNOWN),
    "years_ill": Offered(N_("Years of illness, in bands"), Use.KNOWN, ("patient.onset_year",)),
    "work_status": Offered(N_("Work or study"), Use.SENSITIVE, ("patient.work_status",)),
    "trigger": Offered(N_("What the illness began with"), Use.SENSITIVE, ("patient.trigger",)),
    "antibiotics": Offered(
        N_("Antibiotics in the three months before"), Use.SENSITIVE, ("patient.antibiotics_last_3_months",)
    ),
    "route": Offered(N_("Route"), Use.TREATMENT, ("infusion.route",)),
    "material": Offered(N_("Material"), Use.TREATMENT, ("infusion.material",)),
    "state": Offered(N_("State of the material"), Use.TREATMENT, ("infusion.state",)),
    "donor_kind": Offered(N_("Kind of donor"), Use.TREATMENT, ("donor.kind",)),
    "donor": Offered(N_("Donor, under a name of this release alone"), Use.TREATMENT),
    "events": Offered(
        N_("Adverse events, without their words"),
        Use.EVENTS,
        (
            "adverse_event.grade",
            "adverse_event.seriousness",
            "adverse_event.relation_to_fmt",
            "adverse_event.outcome",
            "adverse_event.crash_after_exertion",
        ),
    ),
}
SCORES = ("score.scale", "score.value", "score.standard_error", "score.absence", "score.items", "score.items_used")
HOW = ("score.key_version", "assessment.answered_by", "assessment.language", "visit.qualifying")
PURPOSES = {
    Tier.PUBLIC: Purpose.RESEARCH_AGGREGATE,
    Tier.AGREEMENT: Purpose.RESEARCH_RECORD_LEVEL,
    Tier.SAFE_ROOM: Purpose.RESEARCH_RECORD_LEVEL,
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a release is made of. `visits` are codes of time points, and `OUTSIDE`; `points` are all windows."""

    tier: Tier
    scales: tuple[str, ...]
    visits: tuple[str, ...]
    columns: tuple[str, ...]
    points: tuple[TimePoint, ...]

    def __post_init__(self) -> None:
        """Refuse a column that may not leave, whoever asks for it.

        Raises:
            NotAllowedError: naming the column.
            ValueError: a column that is not offered, or no scale.
        """
        unknown = [name for name in self.columns if name not in COLUMNS]
        if unknown or not self.scales:
            raise ValueError(f"not offered: {unknown}")
        allowed(*SCORES, *HOW, *(source for name in self.columns for source in COLUMNS[name].sources))

    @property
    def purpose(self) -> Purpose:
        """What patients must have consented to."""
        return PURPOSES[self.tier]

    def of_use(self, use: Use) -> tuple[str, ...]:
        """The columns asked for that are of one use, in the order in which they are offered."""
        return tuple(name for name, offered in COLUMNS.items() if offered.use is use and name in self.columns)

    @property
    def in_order(self) -> tuple[str, ...]:
        """The visits asked for in the order of their days, scores outside every window last."""
        planned = [point.code for point in sorted(self.points, key=lambda point: point.day)]
        return tuple(code for code in (*planned, OUTSIDE) if code in self.visits)


def as_data(recipe: Recipe) -> dict[str, Any]:
    """Turn a recipe into what is stored."""
    return {
        "tier": int(recipe.tier),
        "scales": list(recipe.scales),
        "visits": list(recipe.visits),
        "columns": list(recipe.columns),
        "points": as_stored(recipe.points),
    }


def read_recipe(data: Mapping[str, Any]) -> Recipe:
    """Read a stored recipe."""

    def texts(name: str) -> tuple[str, ...]:
        found: Sequence[str] = data[name]
        return tuple(map(str, found))

    tier, points = Tier(int(data["tier"])), time_points(data["points"])
    return Recipe(tier, texts("scales"), texts("visits"), texts("columns"), points)
