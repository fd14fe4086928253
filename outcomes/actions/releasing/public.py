"""The tables of a public release: counts and bands of eleven people at least, laid beside all earlier ones.

A number changes from one public release to the next only where eleven people at least have come to it and eleven at
least, or nobody, have left it. Until then the number of the earlier release stands; where somebody of it has taken
back the consent, it is withheld instead. Brings numpy.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from outcomes.actions.releasing.recipe import COLUMNS
from outcomes.actions.releasing.records import Material
from outcomes.actions.releasing.summing import all_changes
from outcomes.actions.releasing.words import TOO_EARLY, WORDS, coded, codes
from outcomes.change.columns import CLASSES, MISSING, NOTHING, Changes, Columns
from outcomes.exchange.writers.contents import WITHHELD, Cells, Code, Column, Kind, Table, said
from outcomes.instruments.catalogue import Catalogue
from outcomes.privacy.attack import recovered
from outcomes.privacy.cells import Cell, counted
from outcomes.privacy.disclosure import PUBLIC, Published, band, published, published_together
from outcomes.voice import N_

FILTERS = ("sex", "route", "material")
EVERYBODY = "everybody"
BANDS = {
    "before": N_("Score before FMT"),
    "at_visit": N_("Score at this visit"),
    "change": N_("Change"),
}
WITHIN = 5


@dataclass(frozen=True, slots=True)
class Part:
    """Numbers that are released together or not at all, and the internal keys of the people in each count.

    `values` is what a band is made of, by key; a corrected score changes it.
    """

    name: str
    groups: Mapping[str, frozenset[str]]
    values: Mapping[str, str]
    rows: Mapping[str, Sequence[Cells]]

    def as_data(self) -> dict[str, Any]:
        """Turn it into what is kept sealed, for the releases to come."""
        return {
            "name": self.name,
            "groups": {name: sorted(keys) for name, keys in self.groups.items()},
            "values": dict(self.values),
            "rows": {table: [list(row) for row in rows] for table, rows in self.rows.items()},
        }


def read_part(data: Mapping[str, Any]) -> Part:
    """Read a part that was kept."""
    groups = {name: frozenset(keys) for name, keys in data["groups"].items()}
    return Part(data["name"], groups, data["values"], data["rows"])


@dataclass(frozen=True, slots=True)
class PublicTables:
    """What a public release says, what of it stands as before or is withheld, and what an attack on it gave."""

    tables: tuple[Table, ...]
    parts: tuple[Part, ...]
    kept: tuple[str, ...]
    withheld: tuple[str, ...]
    cells: int
    hidden: int
    found: int


def public_tables(
    material: Material, catalogue: Catalogue, earlier: Sequence[Sequence[Part]], least: int = PUBLIC.minimum
) -> PublicTables:
    """Make the tables of a public release.

    Parameters:
        material: everybody who consents to counts.
        catalogue: the instruments.
        earlier: the parts of every earlier public release, the oldest first.
        least: people who must come to a number, or leave it, before it changes.
    """
    attacked = [_people(material), *_changes(list(all_changes(material, catalogue)), catalogue)]
    here = {each.key for each in material.subjects}
    settled = [(part, *_settled(part, earlier, here, least)) for part, _, _ in attacked]
    parts = tuple(part for _, part, _ in settled if part is not None)
    return PublicTables(
        tables=_tables(parts),
        parts=parts,
        kept=tuple(part.name for part, _, what in settled if what == "kept"),
        withheld=tuple(part.name for part, _, what in settled if what == "withheld"),
        cells=sum(len(shown.counts) for _, shown, _ in attacked),
        hidden=sum(len(shown.withheld) for _, shown, _ in attacked),
        found=sum(len(recovered(shown.counts, truth, shown.choices, within=WITHIN)) for _, shown, truth in attacked),
    )


def _settled(part: Part, earlier: Sequence[Sequence[Part]], here: set[str], least: int) -> tuple[Part | None, str]:
    """Release a part as it is now, as it was, or not at all."""
    before = [old for release in earlier for old in release if old.name == part.name]
    if all(_apart(part, old, least) for old in before):
        return part, "new"
    latest = before[-1]
    gone = set().union(*latest.groups.values()) - here
    return (None, "withheld") if gone else (latest, "kept")


def _apart(now: Part, then: Part, least: int) -> bool:
    """Whether nobody, or enough people, came to each number and left it."""
    for name in {*now.groups, *then.groups}:
        new, old = now.groups.get(name, frozenset()), then.groups.get(name, frozenset())
        if any(0 < len(moved) < least for moved in (new - old, old - new)):
            return False
    changed = {key for key in {*now.values, *then.values} if now.values.get(key) != then.values.get(key)}
    return not 0 < len(changed) < least


# Who is in it


def _people(material: Material) -> tuple[Part, Published, Mapping[Cell, int]]:
    names = [name for name in FILTERS if name in material.recipe.columns]
    filters: dict[str, list[str]] = {
        name: [coded(each.seen.sex if name == "sex" else getattr(each, name)) for each in material.subjects]
        for name in names
    } or {EVERYBODY: [EVERYBODY] * len(material.subjects)}
    shown, truth = published(filters), counted(filters)
    keys = [each.key for each in material.subjects]
    groups = {_named(cell): _holding(cell, filters, keys) for cell in truth}
    rows = [(*_sides(cell), count) for cell, count in shown.counts.items()]
    return Part("people", groups, {}, {"people": rows}), shown, truth


def _named(cell: Cell) -> str:
    return "&".join(f"{name}={value}" for name, value in cell)


def _holding(cell: Cell, filters: Mapping[str, Sequence[str]], keys: Sequence[str]) -> frozenset[str]:
    return frozenset(key for n, key in enumerate(keys) if all(filters[name][n] == value for name, value in cell))


def _sides(cell: Cell) -> tuple[str, str, str, str]:
    """Write a cell in four columns, "everybody" where a filter is left out."""
    sides = [*cell, *[(EVERYBODY, EVERYBODY)] * (2 - len(cell))]
    return (*sides[0], *sides[1])


# What came of it


def _changes(
    found: Sequence[tuple[Columns, Changes]], catalogue: Catalogue
) -> Iterator[tuple[Part, Published, Mapping[Cell, int]]]:
    """The counts and bands of every scale at every visit."""
    filters = {_name(each): _filters(each) for _, each in found}
    shown = published_together(filters, links([each for _, each in found], catalogue))
    for data, each in found:
        name = _name(each)
        yield _change(data.keys, each, shown[name], counted(filters[name]))


def links(found: Iterable[Changes], catalogue: Catalogue) -> list[list[tuple[str, Cell]]]:
    """Name the counts that say nearly the same of one visit: who is early, and of one instrument who is missing."""
    linked: dict[tuple[str, ...], list[tuple[str, Cell]]] = defaultdict(list)
    for each in found:
        visit, instrument = each.point.code, catalogue.instrument_of(each.scale.key).code
        linked[TOO_EARLY, visit].append((_name(each), (("class", TOO_EARLY),)))
        linked[MISSING, visit, instrument].append((_name(each), (("class", MISSING),)))
    return list(linked.values())


def _name(found: Changes) -> str:
    return f"{found.scale.key}.{found.point.code}"


def _filters(found: Changes) -> dict[str, list[str]]:
    classes = [TOO_EARLY if code == NOTHING else CLASSES[code] for code in found.classes.tolist()]
    return {"class": classes, "measured": ["no" if name in {TOO_EARLY, MISSING} else "yes" for name in classes]}


def _change(
    keys: Sequence[str], found: Changes, shown: Published, truth: Mapping[Cell, int]
) -> tuple[Part, Published, Mapping[Cell, int]]:
    """The counts and bands of one scale at one visit."""
    filters = _filters(found)
    groups = {_named(cell): _holding(cell, filters, keys) for cell in truth}
    values = {key: text for key, text in zip(keys, _values(found), strict=True) if text}
    place = (found.scale.key, found.point.code)
    rows = {"changes": list(_counts(place, shown)), "bands": list(_bands(place, found))}
    return Part(_name(found), groups, values, rows), shown, truth


def _counts(place: tuple[str, str], shown: Published) -> Iterator[Cells]:
    yield (*place, EVERYBODY, shown.count())
    for name in shown.choices["class"]:
        yield (*place, name, shown.count(**{"class": name}))


def _bands(place: tuple[str, str], found: Changes) -> Iterator[Cells]:
    for name, column in (("before", found.baseline), ("at_visit", found.follow_up), ("change", found.change)):
        told = band([value for value in column.tolist() if isfinite(value)])
        for share, value in told.quantiles.items() if told else ():
            yield (*place, name, share, value)


def _values(found: Changes) -> Iterator[str]:
    for before, after in zip(found.baseline.tolist(), found.follow_up.tolist(), strict=True):
        yield f"{before}|{after}" if isfinite(before) or isfinite(after) else ""


# As tables


def _tables(parts: Sequence[Part]) -> tuple[Table, ...]:
    people = Table("people", said(N_("Who is in it")), _people_columns(), _rows(parts, "people"))
    changes = Table("changes", said(N_("What came of it, in counts")), _change_columns(), _rows(parts, "changes"))
    bands = Table("bands", said(N_("Distributions as quantiles")), _band_columns(), _rows(parts, "bands"))
    return people, changes, bands


def _rows(parts: Iterable[Part], table: str) -> list[Sequence[Cells]]:
    return [[tuple(row) for part in parts for row in part.rows.get(table, ())]]


def _people_columns() -> tuple[Column, ...]:
    values = tuple(Code(code, words) for name in FILTERS for code, words in codes(name) if code != "*")
    known = {each.code: each for each in (*_everybody(), *values)}
    filters = (*_everybody(), *(Code(name, said(COLUMNS[name].title)) for name in FILTERS))
    return (
        Column("filter", Kind.CODE, said(N_("Filter")), filters),
        Column("value", Kind.CODE, said(N_("Value")), tuple(known.values())),
        Column("filter_2", Kind.CODE, said(N_("Second filter")), filters),
        Column("value_2", Kind.CODE, said(N_("Value of the second filter")), tuple(known.values())),
        _patients(),
    )


def _everybody() -> tuple[Code, ...]:
    return (Code(EVERYBODY, said(N_("everybody"))),)


def _patients() -> Column:
    return Column("patients", Kind.INTEGER, said(N_("Patients")), reason=WITHHELD)


def _place() -> tuple[Column, ...]:
    return Column("scale", Kind.TEXT, said(N_("Scale"))), Column("visit", Kind.TEXT, said(N_("Visit window")))


def _change_columns() -> tuple[Column, ...]:
    classes = (*_everybody(), *(Code(str(code), said(text)) for code, text in WORDS["class"].items()))
    return (*_place(), Column("class", Kind.CODE, said(N_("Change from before FMT")), classes), _patients())


def _band_columns() -> tuple[Column, ...]:
    what = tuple(Code(code, said(text)) for code, text in BANDS.items())
    return (
        *_place(),
        Column("what", Kind.CODE, said(N_("Of what")), what),
        Column("share", Kind.NUMBER, said(N_("Share of people below"))),
        Column("value", Kind.NUMBER, said(N_("Number"))),
    )
