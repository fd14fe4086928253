"""What is looked at on the cohort's page: which scale, which visit, which people. Read from the address.

Whatever the address names that is not there is passed over, so that an old bookmark still opens.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TypeVar

from outcomes.change.windows import TimePoint
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Scale
from outcomes.records.queries.cohort import CohortFilter, CohortPatient
from outcomes.records.queries.plan import Plan
from outcomes.terms import Domain, Route, Severity, Sex
from outcomes.voice import N_, Voice
from outcomes.web.clinic.patients_page import Choosing
from outcomes.web.words import choices

Word = TypeVar("Word", bound=StrEnum)

EVERYBODY, TREATED, ARM = "all", "treated", "arm:"
YEARS: Mapping[str, tuple[float | None, float | None, str]] = {
    "0-2": (None, 2.0, N_("up to 2 years")),
    "2-5": (2.0, 5.0, N_("2 to 5 years")),
    "5-10": (5.0, 10.0, N_("5 to 10 years")),
    "10-": (10.0, None, N_("more than 10 years")),
}
MOST = 0.5
"""A page opens at the latest visit that has come round for at least this share of people."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a clinic has to choose from."""

    scales: tuple[Scale, ...]
    points: tuple[TimePoint, ...]
    patients: tuple[CohortPatient, ...]
    primary: str | None

    @property
    def visits(self) -> tuple[TimePoint, ...]:
        """The follow-ups of the protocol, earliest first."""
        return tuple(point for point in self.points if not point.is_baseline)

    @property
    def compared(self) -> bool:
        """Whether there are treated people and a comparison group, and nobody's arm is hidden from the reader."""
        groups = {each.comparison for each in self.patients}
        return groups == {True, False} and not any(each.hidden for each in self.patients)


@dataclass(frozen=True, slots=True)
class Choice:
    """One scale at one visit of some people. `asked` holds the same as it stands in an address."""

    scale: Scale
    point: TimePoint
    points: tuple[TimePoint, ...]
    people: CohortFilter
    asked: tuple[tuple[str, str], ...]

    @property
    def address(self) -> dict[str, str]:
        """The parts of an address that lead to the same choice whenever it is opened."""
        return {name: value for name, value in self.asked if value}

    def of(self, name: str) -> str:
        """What is chosen in one list."""
        return dict(self.asked)[name]


def offer(catalogue: Catalogue, plan: Plan, scored: Sequence[str], patients: tuple[CohortPatient, ...]) -> Offer:
    """Gather what can be chosen; the protocol's primary scale stands first, then scales by domain.

    An impression of change is a judgement itself and is compared with nothing, so it is not offered.
    """
    compared = [scale for scale in catalogue.scales() if scale.key in scored and scale.domain is not Domain.IMPRESSION]
    compared.sort(key=partial(_place, plan.primary_scale))
    return Offer(tuple(compared), plan.points, patients, plan.primary_scale)


def read(offered: Offer, args: Mapping[str, str]) -> Choice | None:
    """Read a choice from an address; None where there is no scale or no visit to choose."""
    if not offered.scales or not offered.visits:
        return None
    scale = next((scale for scale in offered.scales if scale.key == args.get("scale")), offered.scales[0])
    asked_point = next((point for point in offered.visits if point.code == args.get("visit")), None)
    point = asked_point or opening_visit(offered)
    route, sex, severity = _word(Route, args, "route"), _word(Sex, args, "sex"), _word(Severity, args, "severity")
    donor = _among(donors(offered), args.get("donor", ""))
    ill, arm = _among(YEARS, args.get("ill", "")), _arm(offered, args.get("arm", ""))
    years = YEARS[ill][:2] if ill else (None, None)
    people = CohortFilter(
        route=route,
        donor=donor or None,
        arm=arm.removeprefix(ARM) if arm.startswith(ARM) else None,
        comparison=False if arm == TREATED else None,
        sex=sex,
        severity=severity,
        years_from=years[0],
        years_to=years[1],
    )
    values = (scale.key, point.code, route or "", donor, arm, sex or "", severity or "", ill)
    return Choice(scale, point, offered.points, people, tuple(zip(NAMES, values, strict=True)))


NAMES = ("scale", "visit", "route", "donor", "arm", "sex", "severity", "ill")


def opening_visit(offered: Offer) -> TimePoint:
    """The latest visit that has come round for most people, else the first."""
    enough, observed = MOST * len(offered.patients), sorted(each.observed for each in offered.patients)
    reached = [point for point in offered.visits if len(observed) - bisect_left(observed, point.closes) >= enough]
    return reached[-1] if reached and offered.patients else offered.visits[0]


def donors(offered: Offer) -> tuple[str, ...]:
    """The donors whose material anybody received, as far as the reader may know."""
    return tuple(sorted({donor for each in offered.patients for donor in each.donors}))


def arms(offered: Offer) -> tuple[str, ...]:
    """The arms that the reader may know."""
    return tuple(sorted({each.arm for each in offered.patients if each.arm}))


def lists(voice: Voice, offered: Offer, choice: Choice) -> tuple[Choosing, ...]:
    """The lists to choose from, as the page shows them."""
    anybody = voice.say("any")
    options = (
        [(scale.key, scale_name(voice, offered, scale)) for scale in offered.scales],
        [(point.code, voice.pick(point.title)) for point in offered.visits],
        choices(voice, Route, anybody),
        [("", anybody), *((donor, donor) for donor in donors(offered))],
        list(_arm_options(voice, offered)),
        choices(voice, Sex, anybody),
        choices(voice, Severity, anybody),
        [("", anybody), *((code, voice.say(text)) for code, (_, _, text) in YEARS.items())],
    )
    return tuple(
        Choosing(name, voice.say(label), tuple(listed), choice.of(name))
        for (name, label), listed in zip(LABELS.items(), options, strict=True)
    )


LABELS = {
    "scale": N_("Scale"),
    "visit": N_("Visit"),
    "route": N_("Route"),
    "donor": N_("Donor"),
    "arm": N_("People"),
    "sex": N_("Sex"),
    "severity": N_("Severity before FMT"),
    "ill": N_("Ill for"),
}


def scale_name(voice: Voice, offered: Offer, scale: Scale) -> str:
    """Name a scale in the list, the protocol's primary one as such."""
    title = voice.pick(scale.title)
    return voice.say("%(scale)s (primary)", scale=title) if scale.key == offered.primary else title


def _place(primary: str | None, scale: Scale) -> tuple[bool, bool, int, str]:
    return scale.key != primary, not scale.headline, list(Domain).index(scale.domain), scale.key


def _word(words: type[Word], args: Mapping[str, str], name: str) -> Word | None:
    text = args.get(name, "")
    return words(text) if text in {word.value for word in words} else None


def _among(known: Sequence[str] | Mapping[str, object], text: str) -> str:
    return text if text in known else ""


def _arm(offered: Offer, text: str) -> str:
    """The group to look at: the treated alone where a comparison group is known and nobody's arm is hidden."""
    if text == EVERYBODY or (text.startswith(ARM) and text.removeprefix(ARM) in arms(offered)):
        return text
    return TREATED if offered.compared else EVERYBODY


def _arm_options(voice: Voice, offered: Offer) -> Iterator[tuple[str, str]]:
    if offered.compared:
        yield TREATED, voice.say("without the comparison group")
    yield EVERYBODY, voice.say("everybody")
    for arm in arms(offered):
        yield f"{ARM}{arm}", arm
