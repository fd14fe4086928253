"""Invented cohorts and the file that a release of them makes, for the tests of privacy."""

import csv
from pathlib import Path
from random import Random

from outcomes.privacy.tiers import Person, Prepared

VISITS = ("baseline", "m1", "m3", "m6", "m12")
QUASI = ["sex", "country", "age", "years_ill", "visits"]
WORK = ("disability", "sick_leave", "part_time", "full_time")
ROUTES = ("enema", "enema", "enema", "capsule", "capsule", "gastroscopy")


def person(dice: Random, key: str) -> Person:
    seen = VISITS[: dice.choice((5, 5, 5, 5, 4, 3, 2))]
    return Person(
        key,
        dice.choice(("female", "female", "female", "male")),
        dice.choice(("TR",) * 12 + ("NO", "DE", None)),
        dice.choice((None, *[round(dice.gauss(44, 14))] * 20)) or 50,
        min(70, int(dice.expovariate(1 / 8))),
        seen,
        {"work_status": dice.choice(WORK)},
        {"route": dice.choice(ROUTES), "donor": f"D{dice.randrange(9)}"},
        tuple(float(dice.randrange(11)) for _ in seen),
    )


def crowd(number: int, seed: int) -> list[Person]:
    dice = Random(seed)
    return [person(dice, f"{seed}-{n:04}") for n in range(number)]


def write(done: Prepared, path: Path) -> Path:
    """Write what leaves as a plain file."""
    names = list(done.rows[0].sensitive)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", *QUASI, *names, *done.rows[0].codes])
        for row in done.rows:
            labels = [row.labels[name] for name in QUASI]
            writer.writerow([row.pseudonym, *labels, *row.sensitive.values(), *row.codes.values()])
    return path


def counted_again(path: Path, sensitive: str) -> tuple[int, int]:
    """Count k and l of a file with nothing but dictionaries."""
    groups: dict[tuple[str, ...], list[str]] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            groups.setdefault(tuple(row[name] for name in QUASI), []).append(row[sensitive])
    return min(map(len, groups.values())), min(len(set(values)) for values in groups.values())
