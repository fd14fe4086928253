"""A release in words: its state, what is in it, what was measured, and why it was refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from outcomes.actions.release_room import TOLD
from outcomes.actions.releasing.recipe import COLUMNS, Recipe, read_recipe
from outcomes.actions.releasing.room import Told
from outcomes.exchange.writers.contents import OUTSIDE
from outcomes.instruments.catalogue import Catalogue
from outcomes.privacy.tiers import Because, Reason, Tier
from outcomes.privacy.words import MEANING, TIERS, reason
from outcomes.records.queries.release import Standing
from outcomes.records.queries.release_scripts import ScriptRow
from outcomes.records.queries.research import ReleaseRow
from outcomes.terms import ReleaseState, ScriptState
from outcomes.voice import N_, Voice

STATES = {
    ReleaseState.BUILDING: N_("being built"),
    ReleaseState.REFUSED: N_("refused"),
    ReleaseState.BROKEN_OFF: N_("broken off"),
    ReleaseState.BUILT: N_("waits for approval"),
    ReleaseState.APPROVED: N_("approved"),
    ReleaseState.RETIRED: N_("laid aside"),
}
STANDINGS = {
    Standing.INSIDE: N_("Consent to this use, and treated"),
    Standing.NOT_TREATED: N_("Consent to it, not treated yet"),
    Standing.NOT_ASKED: N_("Have not consented to it"),
    Standing.WITHDRAWN: N_("Have taken their consent back"),
}
SCRIPTS = {
    ScriptState.RUNNING: N_("runs"),
    ScriptState.FAILED: N_("gave nothing that may leave"),
    ScriptState.WAITING: N_("waits to be looked at"),
    ScriptState.PASSED_ON: N_("passed on"),
    ScriptState.HELD_BACK: N_("held back"),
}
LEAST = {Tier.PUBLIC: 11, Tier.AGREEMENT: 5, Tier.SAFE_ROOM: 5}
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class TierWords:
    """A tier as a page names it."""

    tier: Tier
    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class ReleasePage:
    """One release as a page shows it. `standing` says who is in it and who is not, as counts that may be shown."""

    id: UUID
    title: str
    purpose: str
    basis: str
    state: str
    said_state: str
    tier: TierWords
    as_of: str
    version: int
    name: str
    size: str
    sha256: str
    prepared_by: UUID | None
    patients: str
    facts: tuple[tuple[str, str], ...]
    standing: tuple[tuple[str, str], ...]
    risk: tuple[str, ...]
    refusal: str
    running: bool
    told: Told | None

    @property
    def takes_scripts(self) -> bool:
        """Whether scripts run over it."""
        return self.state == ReleaseState.APPROVED and self.tier.tier is Tier.SAFE_ROOM and bool(self.sha256)

    @property
    def takeable(self) -> bool:
        """Whether its file can be handed over."""
        return self.state == ReleaseState.APPROVED and self.tier.tier is not Tier.SAFE_ROOM and bool(self.sha256)


def tiers(voice: Voice) -> tuple[TierWords, ...]:
    """The tiers, and what each means."""
    return tuple(_tier(voice, tier) for tier in Tier)


def _tier(voice: Voice, tier: Tier) -> TierWords:
    return TierWords(tier, voice.say(TIERS[tier]), voice.say(MEANING[tier]))


def release_page(voice: Voice, catalogue: Catalogue, row: ReleaseRow, zone: str, told: Told | None) -> ReleasePage:
    """Put a release into words."""
    counts = row.counts or {}
    building = row.state == ReleaseState.BUILDING
    running = building and (told is None or told.is_alive)
    state = ReleaseState.BROKEN_OFF.value if building and not running else row.state
    return ReleasePage(
        id=row.id,
        title=row.title,
        purpose=row.purpose or "",
        basis=row.basis or "",
        state=state,
        said_state=voice.say(STATES[ReleaseState(state)]) if state in set(ReleaseState) else state,
        tier=_tier(voice, Tier(row.tier)),
        as_of=voice.moment(row.as_of, zone),
        version=row.version,
        name=str(counts.get("name", "")),
        size=voice.say("%(size)s MB", size=voice.number(round((row.file_bytes or 0) / MEGABYTE, 2))),
        sha256=row.file_sha256 or "",
        prepared_by=row.prepared_by,
        patients=voice.number(counts["patients"]) if counts.get("patients") is not None else "–",
        facts=tuple(_facts(voice, catalogue, row, counts)),
        standing=standing_said(voice, counts.get("standing", {}), Tier(row.tier)),
        risk=tuple(row.risk.get("words", {}).get(voice.language.value, ())),
        refusal=_refusal(voice, row.risk.get("refused")),
        running=running,
        told=told,
    )


def _facts(voice: Voice, catalogue: Catalogue, row: ReleaseRow, counts: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    if counts.get("patients") is not None:
        found.append((voice.say("Patients in it"), voice.number(counts["patients"])))
    if counts.get("scores") is not None:
        found.append((voice.say("Scores in it"), voice.number(counts["scores"])))
    if row.recipe:
        recipe = read_recipe(row.recipe)
        found.append((voice.say("Scales"), voice.join([_scale(voice, catalogue, key) for key in recipe.scales])))
        found.append((voice.say("Visits"), voice.join([_visit(voice, recipe, code) for code in recipe.in_order])))
        columns = [voice.say(COLUMNS[name].title) for name in recipe.columns]
        found.append((voice.say("Columns"), voice.join(columns) or voice.say("none")))
    return found


def _scale(voice: Voice, catalogue: Catalogue, key: str) -> str:
    known = {scale.key for scale in catalogue.scales()}
    return voice.pick(catalogue.scale(key).title) if key in known else key


def _visit(voice: Voice, recipe: Recipe, code: str) -> str:
    if code == OUTSIDE:
        return voice.say("outside every visit window")
    return next(voice.pick(point.title) for point in recipe.points if point.code == code)


def standing_said(voice: Voice, counts: Mapping[str, int | None], tier: Tier) -> tuple[tuple[str, str], ...]:
    """Say who is in and who is out and why; a count that may not be shown is said to be small."""
    few = voice.say("fewer than %(n)s", n=voice.number(LEAST[tier]))
    return tuple(
        (voice.say(text), few if counts[each] is None else voice.number(counts[each] or 0))
        for each, text in STANDINGS.items()
        if each in counts
    )


def _refusal(voice: Voice, refused: Mapping[str, Any] | None) -> str:
    return "" if refused is None else reason(voice, Because(Reason(refused["reason"]), refused["numbers"]))


def differences_said(voice: Voice, told: Mapping[str, int]) -> tuple[str, ...]:
    """Say what is different now from when a release was made."""
    sentences: Sequence[str] = (
        voice.count(
            "%(n)s patient in it has taken the consent back or is no longer here.",
            "%(n)s patients in it have taken the consent back or are no longer here.",
            told["withdrawn"],
        ),
        voice.count("%(n)s patient has come.", "%(n)s patients have come.", told["newcomers"]),
        voice.count(
            "%(n)s patient in it has other scores by now.",
            "%(n)s patients in it have other scores by now.",
            told["changed"],
        ),
    )
    numbers = (told["withdrawn"], told["newcomers"], told["changed"])
    found = tuple(text for text, n in zip(sentences, numbers, strict=True) if n)
    return found or (voice.say("Nothing is different. Made again, it gives the same file."),)


@dataclass(frozen=True, slots=True)
class ScriptWords:
    """A script in words; `tables` are what it gave, as far as the reader may see it."""

    id: UUID
    title: str
    at: str
    state: str
    said_state: str
    version: int
    script: str
    told: str
    tables: tuple[Mapping[str, Any], ...]


def script_words(voice: Voice, row: ScriptRow, zone: str) -> ScriptWords:
    """Put a script and what came of it into words."""
    code = (row.told or {}).get("code")
    return ScriptWords(
        id=row.id,
        title=row.title,
        at=voice.moment(row.at, zone),
        state=row.state,
        said_state=voice.say(SCRIPTS[ScriptState(row.state)]) if row.state in set(ScriptState) else row.state,
        version=row.version,
        script=row.script,
        told=voice.say(TOLD[code]) if code in TOLD else "",
        tables=tuple((row.output or {}).get("tables", ())),
    )
