"""One release from the records to the contents of its file, with what must stay behind. Brings numpy."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.actions.releasing.placing import released_visits, series
from outcomes.actions.releasing.public import Part, PublicTables, public_tables, read_part
from outcomes.actions.releasing.recipe import Recipe
from outcomes.actions.releasing.records import Material, persons, records, released_scale
from outcomes.actions.releasing.summing import released_changes, warnings_of
from outcomes.actions.releasing.telling import definitions_told, keys_told, risk_words, warnings_told
from outcomes.change.columns import Changes
from outcomes.exchange.writers.contents import ReleaseContents, Titles
from outcomes.exchange.writers.summary import summary_table
from outcomes.instruments.catalogue import Catalogue
from outcomes.privacy.disclosure import AGREEMENT, PUBLIC, TableRules
from outcomes.privacy.pseudonyms import pseudonyms
from outcomes.privacy.tiers import Because, Prepared, Reason, Tier, decide, prepare
from outcomes.records.queries.release import Standing, standings, stored_events, stored_scores, subjects
from outcomes.records.sealing import KeyRing

NO_LEAVING = "the records stay here"
"""The basis on which a small cohort may enter the safe room: nothing of it leaves but what may be public."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a release is read from, and the day on which."""

    scope: Scope
    session: Session
    keys: KeyRing
    catalogue: Catalogue
    country: str | None
    today: date


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier releases say together with the next one: groups of records, and parts of public tables."""

    groups: tuple[tuple[frozenset[str], ...], ...] = ()
    parts: tuple[tuple[Part, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for: the recipe, the title, the instant, the seed, and a written basis."""

    recipe: Recipe
    title: str
    as_of: datetime
    seed: bytes
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A release ready to be written: its contents, what a page may show of it, and what is kept sealed."""

    contents: ReleaseContents
    counts: Mapping[str, Any]
    kept: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Who stands how, and what the release is made from."""

    standing: Mapping[str, Standing]
    material: Material


def gather(source: Source, recipe: Recipe) -> Gathered:
    """Read everything that a release is made from."""
    standing = standings(source.scope, source.session, recipe.purpose, source.today)
    inside = subjects(source.scope, source.session, source.keys, standing, source.today)
    zeros = {each.key: each.seen.first_day for each in inside}
    scores = stored_scores(source.scope, source.session, recipe.scales, zeros, source.today)
    events = stored_events(source.scope, source.session, zeros, source.today)
    return Gathered(standing, Material(recipe, inside, series(scores, recipe), events))


def counts_shown(standing: Mapping[str, Standing], tier: Tier) -> dict[str, int | None]:
    """Who is in and who is out and why, as counts that may be shown; None where one is withheld.

    No total is shown with them, so that none can be worked out from the others.
    """
    found = Counter(standing.values())
    least = rules_of(tier).minimum
    return {each.value: None if 0 < found[each] < least else found[each] for each in Standing}


def rules_of(tier: Tier) -> TableRules:
    """When a count beside a release is shown."""
    return PUBLIC if tier is Tier.PUBLIC else AGREEMENT


def make(source: Source, asked: Asked, earlier: Earlier, *, thorough: bool = True) -> Made:
    """Make a release, or refuse it.

    Raises:
        RefusedError: with the reason and its numbers.
    """
    found = gather(source, asked.recipe)
    if asked.recipe.tier is Tier.PUBLIC:
        return _public(source, asked, found, earlier)
    return _records(source, asked, found, earlier, thorough=thorough)


# Records


def _records(source: Source, asked: Asked, found: Gathered, earlier: Earlier, *, thorough: bool) -> Made:
    recipe, material = asked.recipe, found.material
    decide(recipe.tier, len(material.subjects), asked.basis)
    done = prepare(
        persons(material, asked.seed),
        material.series.slots,
        asked.seed,
        basis=asked.basis if recipe.tier is Tier.AGREEMENT else NO_LEAVING,
        earlier=earlier.groups,
        thorough=thorough,
    )
    reasons = [each for each in done.reasons if recipe.tier is Tier.AGREEMENT or each.reason is not Reason.ON_A_BASIS]
    tables = records(material, done, source.catalogue)
    kept_scores = _kept_scores(material, done)
    changes = released_changes(tables.long, material, source.catalogue)
    about, warned = warnings_of(changes, recipe.points, _compared(material))
    contents = ReleaseContents(
        release=_name(asked.seed),
        title=asked.title,
        tier=Tier.AGREEMENT,
        as_of=asked.as_of,
        country=source.country or "",
        summaries=(summary_table([each for _, each in changes]),),
        records=tables,
        keys=keys_told(source.catalogue, recipe.scales),
        warnings=warnings_told(warned, _named(source.catalogue, about) if about else None),
        definitions=definitions_told(source.scope, source.session, source.catalogue),
        risk=_risk(recipe.tier, done, reasons) | kept_scores,
        risk_words=risk_words(recipe.tier, done.risk, reasons, kept_scores),
    )
    groups = [sorted(group) for group in done.groups]
    counts = {
        "patients": len(done.rows),
        "scores": kept_scores["scores_leaving"],
        "standing": counts_shown(found.standing, recipe.tier),
    }
    return Made(contents, {"name": contents.release, **counts}, {"groups": groups, "consenting": _digest(found)})


def _kept_scores(material: Material, done: Prepared) -> dict[str, int]:
    """Of the scores of those inside, how many leave: a visit that not everybody of a group has stays here."""
    own = [(set(row.visits), material.series.of(row.key)) for row in done.rows]
    leaving = sum(each.slot in visits for visits, scores in own for each in scores)
    return {"scores_on_record": sum(len(scores) for _, scores in own), "scores_leaving": leaving}


def _named(catalogue: Catalogue, found: Changes) -> tuple[Titles, Titles]:
    """The titles of a scale and of a visit."""
    return released_scale(catalogue, found.scale.key).title, found.point.title


def _compared(material: Material) -> int:
    """How many are in a comparison group, as far as that is open."""
    return sum(each.seen.comparison for each in material.subjects)


def _risk(tier: Tier, done: Prepared, reasons: Sequence[Because]) -> dict[str, Any]:
    return {
        "tier": int(tier),
        "k": done.decision.k,
        "reasons": [{"reason": each.reason.value, "numbers": dict(each.numbers)} for each in reasons],
        **_plain(done.risk.as_json()),
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


# Counts


def _public(source: Source, asked: Asked, found: Gathered, earlier: Earlier) -> Made:
    recipe, material = asked.recipe, found.material
    decide(Tier.PUBLIC, len(material.subjects))
    done = public_tables(material, source.catalogue, earlier.parts)
    contents = ReleaseContents(
        release=_name(asked.seed),
        title=asked.title,
        tier=Tier.PUBLIC,
        as_of=asked.as_of,
        country=source.country or "",
        summaries=done.tables,
        scales=tuple(released_scale(source.catalogue, key) for key in recipe.scales),
        visits=released_visits(recipe),
        keys=keys_told(source.catalogue, recipe.scales),
        warnings=warnings_told(()),
        risk=_public_risk(done),
        risk_words=risk_words(Tier.PUBLIC, None, (), _public_risk(done)),
    )
    counts = {"standing": counts_shown(found.standing, Tier.PUBLIC), "tables": len(done.parts)}
    kept = {"parts": [each.as_data() for each in done.parts], "consenting": _digest(found)}
    return Made(contents, {"name": contents.release, **counts}, kept)


def _public_risk(done: PublicTables) -> dict[str, Any]:
    return {
        "tier": int(Tier.PUBLIC),
        "smallest_count": PUBLIC.minimum,
        "doubt": PUBLIC.doubt,
        "counts": done.cells,
        "withheld": done.hidden,
        "recovered": done.found,
        "kept_from_an_earlier_release": len(done.kept),
        "tables_withheld": len(done.withheld),
    }


def _name(seed: bytes) -> str:
    """The release's own name: drawn, so that it says nothing of the clinic's records."""
    return pseudonyms(seed, ["release"])["release"]


def _digest(found: Gathered) -> dict[str, Any]:
    """What a later look compares: who was in it, and a fingerprint of each patient's scores."""
    material = found.material
    prints = {
        each.key: sha256(repr([tuple(one.score)[1:] for one in material.series.of(each.key)]).encode()).hexdigest()
        for each in material.subjects
    }
    return {"prints": prints}


def earlier_of(kept: Sequence[Mapping[str, Any]]) -> Earlier:
    """Read what was kept of earlier releases, the oldest first."""
    groups = [tuple(frozenset(group) for group in each["groups"]) for each in kept if "groups" in each]
    parts = [tuple(read_part(part) for part in each["parts"]) for each in kept if "parts" in each]
    return Earlier(tuple(groups), tuple(parts))


@dataclass(frozen=True, slots=True)
class Differences:
    """What has changed for a release since it was made, in patients."""

    withdrawn: int
    newcomers: int
    changed: int

    @property
    def any(self) -> bool:
        """Whether anything has."""
        return bool(self.withdrawn or self.newcomers or self.changed)

    def as_data(self) -> dict[str, int]:
        """Turn them into plain numbers."""
        return asdict(self)


def differences(source: Source, recipe: Recipe, kept: Mapping[str, Any]) -> Differences:
    """Say what is different now from when a release was made."""
    now, then = _digest(gather(source, recipe))["prints"], kept["consenting"]["prints"]
    stayed = now.keys() & then.keys()
    changed = sum(now[key] != then[key] for key in stayed)
    return Differences(len(then.keys() - now.keys()), len(now.keys() - then.keys()), changed)
