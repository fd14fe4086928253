"""Releases at the desk: asked for, built, approved by a second person, taken for a reason, laid aside.

Building itself is in `release_build`, which brings numpy and is loaded where a release is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from outcomes.access.rules import Act
from outcomes.access.scope import scope_of
from outcomes.actions.errors import Invalid
from outcomes.actions.once import once
from outcomes.actions.releasing.recipe import Recipe, as_data, read_recipe
from outcomes.actions.releasing.room import ReleaseRoom
from outcomes.actions.releasing.secret import keep_secret, kept_of
from outcomes.actions.work import Work, add, edit_row, found, may, the_clinic
from outcomes.privacy.pseudonyms import new_seed
from outcomes.privacy.tiers import Tier
from outcomes.records.queries.plan import plan
from outcomes.records.queries.research import ONE_PERSON, one_person_approves
from outcomes.records.tables import Clinic, Release, ReleaseApproval, ReleaseTaking
from outcomes.terms import ReleaseState
from outcomes.voice import N_

LONGEST_TITLE, LONGEST_TEXT, LONGEST_WHY, SHORTEST_WHY = 200, 1000, 500, 8


@dataclass(frozen=True, slots=True)
class ReleaseForm:
    """What somebody asks for. `visits` None stands for all of them and for scores outside every window."""

    title: str
    purpose: str
    tier: Tier
    scales: tuple[str, ...]
    columns: tuple[str, ...] = ()
    visits: tuple[str, ...] | None = None
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A release as it is handed over: its name, its size and sum, and the place of its file."""

    name: str
    size: int
    sha256: str
    room: ReleaseRoom


def ask(work: Work, form: ReleaseForm, key: str | None = None) -> UUID:
    """Note what is asked for; building it is the next step. Returns the release's id.

    Raises:
        NotAllowed: the actor prepares no releases.
        Invalid: a field does not fit.
    """
    may(work, Act.PREPARE_RELEASE)
    recipe = _recipe(work, form)
    return once(work, key, form, lambda: _ask(work, form, recipe))


def _ask(work: Work, form: ReleaseForm, recipe: Recipe) -> UUID:
    row = Release(
        id=uuid4(),
        tier=int(form.tier),
        title=form.title.strip(),
        purpose=form.purpose.strip(),
        as_of=work.now.replace(microsecond=0),
        recipe=as_data(recipe),
        risk={},
        state=ReleaseState.BUILDING.value,
        basis=(form.basis or "").strip() or None,
        prepared_by=work.actor.membership_id,
    )
    release_id = add(work, row)
    keep_secret(work, release_id, {"seed": new_seed().hex()})
    return release_id


def _recipe(work: Work, form: ReleaseForm) -> Recipe:
    _check_text("title", form.title, LONGEST_TITLE)
    _check_text("purpose", form.purpose, LONGEST_TEXT)
    if len(form.basis or "") > LONGEST_TEXT:
        raise Invalid("too_long", "basis", N_("This is too long."))
    known = {scale.key for scale in work.catalogue.scales()}
    if not form.scales or not set(form.scales) <= known:
        raise Invalid("scales", "scales", N_("Choose at least one scale."))
    points = plan(scope_of(work.actor), work.session).points
    everything = (*(point.code for point in points), "outside")
    visits = everything if form.visits is None else tuple(code for code in everything if code in form.visits)
    if not visits:
        raise Invalid("visits", "visits", N_("Choose at least one visit."))
    return Recipe(form.tier, form.scales, visits, form.columns, points)


def _check_text(name: str, text: str, most: int) -> None:
    if not text.strip():
        raise Invalid("needed", name, N_("This field is needed."))
    if len(text) > most:
        raise Invalid("too_long", name, N_("This is too long."))


def again(work: Work, release_id: UUID) -> UUID:
    """Ask for the same once more, with today's records, under a name of its own.

    Raises:
        NotAllowed: the actor prepares no releases.
        Invalid: nobody knows any more how it was made, or what was asked for is no longer there.
    """
    may(work, Act.PREPARE_RELEASE)
    old = found(work, Release, release_id)
    if not old.recipe:
        raise Invalid("no_recipe", None, N_("How this release was made is not known. Prepare a new one."))
    recipe = read_recipe(old.recipe)
    form = ReleaseForm(
        *(old.title, old.purpose or old.title, recipe.tier, recipe.scales, recipe.columns, recipe.visits, old.basis)
    )
    return _ask(work, form, _recipe(work, form))


# Approval


def approve(work: Work, release_id: UUID, version: int) -> None:
    """Approve a release, of exactly the file that was built; from then on it can be taken.

    Raises:
        NotAllowed: the actor prepares no releases.
        Invalid: it is not ready, the actor prepared it, or another release has left since it was built.
        StaleVersion: it has changed since it was looked at.
    """
    may(work, Act.PREPARE_RELEASE)
    row = found(work, Release, release_id)
    if row.state != ReleaseState.BUILT or row.file_sha256 is None:
        raise Invalid("not_ready", None, N_("Only a release that is ready can be approved."))
    if row.prepared_by == work.actor.membership_id and not one_person_approves(scope_of(work.actor), work.session):
        raise Invalid("own", None, N_("Whoever prepared a release does not approve it. Another administrator does."))
    _still_alone(work, row)
    edit_row(work, row, version, {"state": ReleaseState.APPROVED.value})
    approval = {"release_id": row.id, "membership_id": work.actor.membership_id, "at": work.now}
    add(work, ReleaseApproval(**approval, file_sha256=row.file_sha256))


def _still_alone(work: Work, row: Release) -> None:
    """Refuse a release that was built before another one left: the two were never laid side by side."""
    built_beside = kept_of(work, row.id).get("beside", [])
    left = [each.hex for each in left_before(work, row)]
    if left != built_beside:
        raise Invalid("another_left", None, N_("Another release has left since this one was built. Build it anew."))


def left_before(work: Work, row: Release) -> list[UUID]:
    """The releases of the same kind that have left, the oldest first."""
    same = (Release.tier == int(Tier.PUBLIC)) if row.tier == Tier.PUBLIC else (Release.tier != int(Tier.PUBLIC))
    left = (ReleaseState.APPROVED.value, ReleaseState.RETIRED.value)
    statement = (
        select(Release.id)
        .where(Release.clinic_id == work.clinic_id, Release.id != row.id, same, Release.state.in_(left))
        .where(Release.file_sha256.is_not(None))
        .order_by(Release.as_of, Release.id)
    )
    return list(work.session.scalars(statement))


def demand_persons(work: Work, *, two: bool) -> None:
    """Say whether a second person is needed for each release.

    Raises:
        NotAllowed: the actor prepares no releases.
    """
    may(work, Act.PREPARE_RELEASE)
    clinic: Clinic = the_clinic(work)
    clinic.settings = {**clinic.settings, ONE_PERSON: not two}
    work.session.flush()


def lay_aside(work: Work, release_id: UUID, version: int) -> None:
    """Let nobody take a release any more, or throw away one that never left.

    Raises:
        NotAllowed: the actor prepares no releases.
        StaleVersion: it has changed since it was looked at.
    """
    may(work, Act.PREPARE_RELEASE)
    row = found(work, Release, release_id)
    edit_row(work, row, version, {"state": ReleaseState.RETIRED.value})


# Taking


def take(work: Work, release_id: UUID, why: str, data: Path) -> Taken:
    """Write down who takes a release and what for, and hand it over.

    Raises:
        NotAllowed: the actor takes no releases.
        NotFound: there is none that the actor may take.
        Invalid: no reason is given.
    """
    may(work, Act.TAKE_RELEASE)
    row = found(work, Release, release_id, locked=False)
    if row.state != ReleaseState.APPROVED or row.tier == Tier.SAFE_ROOM or row.file_sha256 is None:
        raise Invalid("not_there", None, N_("This release cannot be taken."))
    if not SHORTEST_WHY <= len(why.strip()) <= LONGEST_WHY:
        raise Invalid("why", "why", N_("Say in a few words what you take it for."))
    taking = ReleaseTaking(
        release_id=row.id,
        membership_id=work.actor.membership_id,
        at=work.now,
        why=why.strip(),
        file_sha256=row.file_sha256,
    )
    add(work, taking)
    room = ReleaseRoom(data, work.keys, work.clinic_id, row.id)
    return Taken(file_name(row.counts), row.file_bytes or 0, row.file_sha256, room)


def file_name(counts: Mapping[str, Any] | None) -> str:
    """Name the file of a release after the name it has in itself."""
    return f"release-{(counts or {}).get('name', 'file')}.zip"
