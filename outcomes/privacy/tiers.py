"""Tiers: which release the data allow, and the record-level table made so that it holds its promise.

The tier is decided by counts and by a recorded basis, never by hope. What cannot be made safe is refused with a reason.
Imported without numpy; making a table loads it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from importlib import import_module
from typing import TYPE_CHECKING

from outcomes.change.windows import TimePoint
from outcomes.privacy.pseudonyms import pseudonyms, shuffled
from outcomes.privacy.succession import Groups, carried, isolated

if TYPE_CHECKING:
    from outcomes.privacy.quasi import Label, Quasi
    from outcomes.privacy.recoding import Recoded
    from outcomes.privacy.risk import Risk

FEWEST_FOR_RECORDS = 40
PUBLIC_K = 11
AGREEMENT_K = 5
BAND_YEARS = 5
OLDEST, LONGEST = 90, 60
"""Ages from 90 and illness of 60 years and more are one band each."""
OTHER, UNKNOWN = "other", "unknown"
LEAST_DIFFERENT = 2


class Tier(IntEnum):
    """How far the data are opened."""

    PUBLIC = 1
    AGREEMENT = 2
    SAFE_ROOM = 3


class Reason(StrEnum):
    """Why a release is refused, or what was done to make it safe."""

    TOO_FEW_TO_COUNT = "too_few_to_count"
    TOO_FEW_FOR_RECORDS = "too_few_for_records"
    ON_A_BASIS = "on_a_basis"
    NO_GROUP = "no_group"
    RISK_TOO_HIGH = "risk_too_high"
    ISOLATED = "isolated"
    DROPPED = "dropped"
    WAITING = "waiting"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Because:
    """A reason with its numbers."""

    reason: Reason
    numbers: Mapping[str, int] = field(default_factory=dict)


class RefusedError(ValueError):
    """A release is refused; carries the reason."""

    def __init__(self, because: Because) -> None:
        super().__init__(f"{because.reason}: {dict(because.numbers)}")
        self.because = because


@dataclass(frozen=True, slots=True)
class Decision:
    """The tier that the data allow: its smallest group, whether records may leave, and why."""

    tier: Tier
    k: int
    reasons: tuple[Because, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """What the clinic knows of one patient who consents, as far as it may leave at all.

    `key` is internal and never leaves. Ages and years of illness are whole years at day 0. `visits` are the codes of
    the visit windows in which something was measured; `scores` one value a window, None where there is none.
    """

    key: str
    sex: str
    country: str | None
    age: int | None
    years_ill: int | None
    visits: tuple[str, ...]
    sensitive: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    scores: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleasedRow:
    """One patient as released. `key` leads back and stays here; `withheld` names visits that must not be written."""

    key: str
    pseudonym: str
    group: int
    labels: Mapping[str, str]
    visits: tuple[str, ...]
    withheld: tuple[str, ...]
    sensitive: Mapping[str, str]
    codes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A record-level table that may leave: its rows in the release's order, its groups, its risk and what was done."""

    decision: Decision
    rows: tuple[ReleasedRow, ...]
    groups: tuple[frozenset[str], ...]
    risk: "Risk"
    reasons: tuple[Because, ...]


def decide(asked: Tier, patients: int, basis: str | None = None) -> Decision:
    """Decide which tier the data allow.

    Parameters:
        asked: the tier that somebody wants.
        patients: patients who consent to this use.
        basis: the clinic's written basis for opening a small cohort under agreement.

    Returns:
        The decision with its smallest group.

    Raises:
        RefusedError: too few patients, with the number that it takes.

    References:
        EMA Policy 0070, external guidance (a risk of 0.09, eleven patients); WP216, Opinion 05/2014.

    Example:
        >>> decide(Tier.AGREEMENT, 60).k
        5
        >>> decide(Tier.AGREEMENT, 30)
        Traceback (most recent call last):
        ...
        outcomes.privacy.tiers.RefusedError: too_few_for_records: {'patients': 30, 'needed': 40}
    """
    k = PUBLIC_K if asked is Tier.PUBLIC else AGREEMENT_K
    if patients < k:
        raise RefusedError(Because(Reason.TOO_FEW_TO_COUNT, {"patients": patients, "needed": k}))
    if asked is not Tier.AGREEMENT or patients >= FEWEST_FOR_RECORDS:
        return Decision(asked, k)
    numbers = {"patients": patients, "needed": FEWEST_FOR_RECORDS}
    if not (basis or "").strip():
        raise RefusedError(Because(Reason.TOO_FEW_FOR_RECORDS, numbers))
    return Decision(asked, k, (Because(Reason.ON_A_BASIS, numbers),))


def in_window(day: int, points: Sequence[TimePoint]) -> str | None:
    """Name the visit window of a day, so that neither a date nor the day itself leaves.

    Parameters:
        day: days from FMT.
        points: the planned visits.

    Returns:
        The code of the window, None outside of all of them.

    Raises:
        Nothing.

    References:
        Hripcsak et al. 2016, https://doi.org/10.1093/jamia/ocw001 (why shifted dates alone do not hide).

    Example:
        >>> in_window(95, [TimePoint("m3", {}, 91, 14, 28)])
        'm3'
    """
    return next((point.code for point in points if point.holds(day)), None)


def banded(value: int | None, most: int) -> int | None:
    """Take a number of years down to the start of its band of five, all above the end as one.

    Parameters:
        value: whole years.
        most: the start of the last band.

    Returns:
        The start of the band.

    Raises:
        Nothing.

    References:
        HIPAA Privacy Rule, 45 CFR 164.514(b)(2)(i)(C): ages over 89 are one category.

    Example:
        >>> (banded(44, 90), banded(97, 90), banded(None, 90))
        (40, 90, None)
    """
    return None if value is None else min(most, max(0, value) // BAND_YEARS * BAND_YEARS)


def merged(column: Sequence[str], least: int) -> tuple[list[str], int]:
    """Merge rare codes into one, until each code that is left has enough patients.

    Parameters:
        column: one code a patient.
        least: patients that a code needs.

    Returns:
        The column, and how many different codes were merged.

    Raises:
        Nothing.

    References:
        Hundepool et al. 2012, https://doi.org/10.1002/9781118348239 (recoding of rare categories).

    Example:
        >>> merged(["enema"] * 5 + ["capsule"] * 2 + ["gastroscopy"], 3)
        (['enema', 'enema', 'enema', 'enema', 'enema', 'other', 'other', 'other'], 2)
    """
    count = Counter(column)
    ranked = sorted(count, key=lambda code: (count[code], code))
    gone = [code for code in ranked if count[code] < least]
    for code in ranked[len(gone) :]:
        if not gone or sum(count[each] for each in gone) >= least:
            break
        gone.append(code)
    return [OTHER if code in gone else code for code in column], len(gone)


def quasi_identifiers(people: Sequence[Person], visits: Sequence[str]) -> "list[Quasi]":
    """Name the quasi-identifiers of a patient: sex, country, age, years of illness, and which visits there are.

    Parameters:
        people: everybody in the release.
        visits: the codes of all visit windows.

    Returns:
        The columns with the ways in which each may be coarsened.

    Raises:
        Nothing.

    References:
        El Emam & Arbuckle 2013, Anonymizing Health Data (which attributes are known to others).

    Example:
        >>> [column.name for column in quasi_identifiers([], ["m3"])]
        ['sex', 'country', 'age', 'years_ill', 'visits']
    """
    quasi, hierarchies = (import_module(f"outcomes.privacy.{name}") for name in ("quasi", "hierarchies"))
    countries = {person.country or UNKNOWN for person in people}
    return [
        hierarchies.shipped("sex"),
        hierarchies.under("country", sorted(countries)),
        quasi.Numbers("age", 0, OLDEST),
        quasi.Numbers("years_ill", 0, LONGEST),
        quasi.Pattern("visits", tuple(visits)),
    ]


def _values(people: Sequence[Person]) -> dict[str, list[object]]:
    """Write the quasi-identifiers as columns, years in bands."""
    return {
        "sex": [person.sex for person in people],
        "country": [person.country or UNKNOWN for person in people],
        "age": [banded(person.age, OLDEST) for person in people],
        "years_ill": [banded(person.years_ill, LONGEST) for person in people],
        "visits": [person.visits for person in people],
    }


def written(label: "Label", name: str) -> str:
    """Write a label as a file does; a range of years names the last year of its last band.

    Parameters:
        label: the label of a group.
        name: the column.

    Returns:
        The text.

    Raises:
        Nothing.

    References:
        None.

    Example:
        >>> from outcomes.privacy.quasi import Span
        >>> (written(Span(40, 45), "age"), written(Span(85, 90), "age"), written(None, "age"))
        ('40-49', '85+', 'unknown')
    """
    if label is None:
        return UNKNOWN
    ends = {"age": OLDEST, "years_ill": LONGEST}
    low, high = getattr(label, "low", None), getattr(label, "high", None)
    if name not in ends or low is None or high is None:
        return str(label)
    return f"{low:g}+" if high >= ends[name] else f"{low:g}-{high + BAND_YEARS - 1:g}"


def prepare(
    people: Sequence[Person],
    visits: Sequence[str],
    seed: bytes,
    *,
    basis: str | None = None,
    earlier: Sequence[Groups] = (),
    k: int = AGREEMENT_K,
    least: int = LEAST_DIFFERENT,
    thorough: bool = True,
) -> Prepared:
    """Make the record-level table of a release under agreement, or refuse it.

    Those released before keep their group, newcomers are grouped among themselves, and nobody is in a group of fewer
    than k patients or with fewer than `least` different values of a sensitive column. Patients who fit nowhere are left
    out and counted. Before it is handed over the table is measured as written and compared with all earlier releases.

    Parameters:
        people: patients who consent to this use, each once.
        visits: the codes of all visit windows, in their order.
        seed: the release's seed; the same seed and data make the same table.
        basis: the clinic's written basis where there are fewer than 40 patients.
        earlier: the groups of every earlier release, the oldest first.
        k: patients in the smallest group, 5 at least.
        least: different values of each sensitive column in a group.
        thorough: lose as little as possible, which takes seconds to a minute; False gives a quick preview.

    Returns:
        The table with its groups, its measured risk and what was done to make it safe.

    Raises:
        RefusedError: too few patients, no group can be made, or the measured risk is too high.
        ValueError: k under 5, or a patient named twice.

    References:
        See `decide`, `recoding.recode`, `succession.isolated` and `risk.measured`.

    Example:
        >>> crowd = [Person(f"p{n}", "female", "TR", 40 + n % 9, 5, ("m3",), {"work": "ab"[n % 2]}) for n in range(40)]
        >>> done = prepare(crowd, ["m3"], bytes(32))
        >>> (len(done.rows), done.risk.smallest >= 5)
        (40, True)
    """
    if k < AGREEMENT_K or len({person.key for person in people}) != len(people):
        raise ValueError("a release needs groups of five at least, and each patient once")
    decision = decide(Tier.AGREEMENT, len(people), basis)
    ordered = sorted(people, key=lambda person: person.key)
    groups, waiting = _grouped(ordered, visits, earlier, k, least, thorough)
    if not groups:
        raise RefusedError(Because(Reason.NO_GROUP, {"patients": len(people), "needed": k}))
    by_key = {person.key: person for person in ordered}
    inside = [by_key[key] for group in groups for key in sorted(group)]
    codes, merges = _codes(inside, k)
    rows = _rows(inside, groups, visits, codes, seed)
    out = len(people) - len(rows)
    risk = _measured(rows, by_key, groups, visits, out)
    _refuse_unsafe(risk, groups, earlier, k, least)
    left = out - waiting
    told = [Because(Reason.DROPPED, {"patients": left})] if left else []
    told += [Because(Reason.WAITING, {"patients": waiting})] if waiting else []
    told += [Because(Reason.MERGED, {"codes": merges})] if merges else []
    return Prepared(decision, rows, groups, risk, (*decision.reasons, *told))


def _grouped(
    people: Sequence[Person], visits: Sequence[str], earlier: Sequence[Groups], k: int, least: int, thorough: bool
) -> tuple[tuple[frozenset[str], ...], int]:
    """Keep the groups of the release before, and group newcomers; say how many have to wait."""
    kept = carried([person.key for person in people], earlier, k)
    by_key = {person.key: person for person in people}
    stay = tuple(group for group in kept.groups if _diverse([by_key[key] for key in group], least))
    new = [by_key[key] for key in kept.newcomers]
    waiting = len(kept.withheld) + sum(len(group) for group in kept.groups if group not in stay)
    if len(new) < k:
        return stay, waiting + (len(new) if earlier else 0)
    done = _recoded(new, visits, k, least, thorough)
    return (*stay, *(frozenset(new[row].key for row in group.rows) for group in done.groups)), waiting


def _diverse(people: Sequence[Person], least: int) -> bool:
    """Whether a group has enough different values of every sensitive column."""
    return all(len({person.sensitive[name] for person in people}) >= least for name in people[0].sensitive)


def _recoded(people: Sequence[Person], visits: Sequence[str], k: int, least: int, thorough: bool) -> "Recoded":
    recoding = import_module("outcomes.privacy.recoding")
    sensitive = {name: [person.sensitive[name] for person in people] for name in people[0].sensitive}
    columns = quasi_identifiers(people, visits)
    done: Recoded = recoding.recode(_values(people), columns, k, sensitive=sensitive, least=least, thorough=thorough)
    return done


def _codes(people: Sequence[Person], k: int) -> tuple[list[dict[str, str]], int]:
    """Merge rare codes of donors, routes and the like, column by column."""
    found: list[dict[str, str]] = [{} for _ in people]
    total = 0
    for name in people[0].codes:
        column, number = merged([person.codes[name] for person in people], k)
        total += number
        for row, code in zip(found, column, strict=True):
            row[name] = code
    return found, total


def _labels(people: Sequence[Person], groups: Groups, visits: Sequence[str]) -> "list[dict[str, Label]]":
    """Give every group its labels; `people` lie group by group."""
    numpy = import_module("numpy")
    values = _values(people)
    columns = [column.code(values[column.name]) for column in quasi_identifiers(people, visits)]
    found, start = [], 0
    for group in groups:
        rows = numpy.arange(start, start + len(group))
        found.append({column.name: column.label(rows) for column in columns})
        start += len(group)
    return found


def _rows(
    people: Sequence[Person], groups: Groups, visits: Sequence[str], codes: Sequence[Mapping[str, str]], seed: bytes
) -> tuple[ReleasedRow, ...]:
    """Write every patient with the labels of the group, under a random name and in a random order."""
    labels = _labels(people, groups, visits)
    number = [place for place, group in enumerate(groups) for _ in group]
    names = pseudonyms(seed, [person.key for person in people])
    made = {
        person.key: _row(person, names[person.key], group, labels[group], codes[place])
        for place, (person, group) in enumerate(zip(people, number, strict=True))
    }
    return tuple(made[key] for key in shuffled(seed, list(made)))


def _row(person: Person, name: str, group: int, labels: "Mapping[str, Label]", codes: Mapping[str, str]) -> ReleasedRow:
    withheld: tuple[str, ...] = getattr(labels["visits"], "withheld", ())
    seen = tuple(visit for visit in person.visits if visit not in withheld)
    texts = {column: written(label, column) for column, label in labels.items()}
    return ReleasedRow(person.key, name, group, texts, seen, withheld, dict(person.sensitive), codes)


def _measured(
    rows: Sequence[ReleasedRow], by_key: Mapping[str, Person], groups: Groups, visits: Sequence[str], out: int
) -> "Risk":
    """Measure the table as it is written."""
    risk = import_module("outcomes.privacy.risk")
    sensitive = {name: [row.sensitive[name] for row in rows] for name in rows[0].sensitive}
    people = [by_key[key] for group in groups for key in sorted(group)]
    found: Risk = risk.measured(
        [tuple(row.labels.values()) for row in rows],
        sensitive,
        [_seen(by_key[row.key], row, visits) for row in rows],
        dropped=out,
        loss_of=_loss_of(people, groups, visits, out),
    )
    return found


def _seen(person: Person, row: ReleasedRow, visits: Sequence[str]) -> tuple[float | None, ...]:
    """Give the scores that leave: those of withheld visits do not."""
    scores = dict(zip(person.visits, person.scores, strict=False))
    return tuple(scores.get(visit) if visit in row.visits else None for visit in visits)


def _loss_of(people: Sequence[Person], groups: Groups, visits: Sequence[str], out: int) -> dict[str, float]:
    """Say what each column lost; a patient left out counts as all."""
    numpy = import_module("numpy")
    values, found = _values(people), {}
    for quasi in quasi_identifiers(people, visits):
        column, lost, start = quasi.code(values[quasi.name]), 0.0, 0
        for group in groups:
            lost += len(group) * column.lost(numpy.arange(start, start + len(group)))
            start += len(group)
        found[quasi.name] = (lost + out) / (len(people) + out)
    return found


def _refuse_unsafe(risk: "Risk", groups: Groups, earlier: Sequence[Groups], k: int, least: int) -> None:
    """Refuse what does not hold the promise, whatever made it."""
    poorest = min((different or 0 for different in risk.diversity.values()), default=least)
    if (risk.smallest or 0) < k or poorest < least:
        raise RefusedError(Because(Reason.RISK_TOO_HIGH, {"smallest": risk.smallest or 0, "needed": k}))
    shown = isolated(groups, earlier, k)
    if shown:
        raise RefusedError(Because(Reason.ISOLATED, {"patients": min(each.patients for each in shown), "needed": k}))
