"""Random cohorts, released by the real action into real files: pycanon and plain counting find what was promised."""

import csv
import shutil
import time
from collections import Counter, defaultdict
from datetime import date, timedelta
from random import Random

import pytest

from outcomes.actions.releasing.recipe import COLUMNS, Use
from outcomes.instruments.catalogue import load_catalogue
from outcomes.privacy.tiers import Reason, Tier
from outcomes.records.session import new_session
from outcomes.terms import Material, ReleaseState, Route, Sex, Trigger, WorkStatus
from tests.cast import make_cast
from tests.databases import open_test_engine
from tests.factories import TODAY, Maker
from tests.privacy.oracle import opinions
from tests.releasing import BOTH, DAYS, SCALES, House, built, consents, row_of, table, zipped

CATALOGUE = load_catalogue()
KNOWN = [name for name, offered in COLUMNS.items() if offered.use is Use.KNOWN]
SENSITIVE = [name for name, offered in COLUMNS.items() if offered.use is Use.SENSITIVE]
BASIS = "Ethics 2026/14"
SEEN = "seen"


def sizes(number, smallest=5, largest=500):
    """Draw sizes of cohorts, small ones as often as large ones."""
    dice = Random(11)
    return [round(smallest * (largest / smallest) ** dice.random()) for _ in range(number)]


def enrolled(work, number, dice):
    """Patients of all kinds: other countries, unknown ages, the very old, rare routes, visits twice and not at all."""
    make = Maker(work)
    donors = [make.donor(f"D-{n}") for n in range(dice.randint(1, 6))]
    for _ in range(number):
        zero = TODAY - timedelta(days=dice.randint(10, 500))
        age = dice.choice((None, *[min(99, max(18, round(dice.gauss(44, 16))))] * 15))
        made = make.patient(
            birth_date=None if age is None else date(zero.year - age, dice.randint(1, 12), dice.randint(1, 28)),
            sex=dice.choice((*[Sex.FEMALE] * 8, *[Sex.MALE] * 3, Sex.OTHER, Sex.UNKNOWN)),
            country=dice.choice((*["TR"] * 14, "DE", "NO", "SE", None)),
            onset_year=dice.choice((None, *[zero.year - dice.randint(0, min(30, (age or 40) - 10))] * 9)),
            trigger=dice.choice((*Trigger, None)),
            work_status=dice.choice(list(WorkStatus)),
            antibiotics_last_3_months=dice.choice((None, False, False, True)),
            consents=consents(BOTH, zero) if dice.random() < 0.95 else (),
        )
        made.course(zero, route=dice.choice(list(Route)), material=Material.DONOR, donor_id=dice.choice(donors))
        for day in DAYS[: dice.choice((4, 4, 4, 4, 3, 3, 2, 1, 0))] + ((35,) if dice.random() < 0.1 else ()):
            if zero + timedelta(days=day) <= TODAY:
                made.scored(zero + timedelta(days=day), fatigue=dice.randint(0, 10), thinking=dice.randint(0, 10))


def released(template, folder, number, seed):
    """One cohort from enrolment to its file: what was asked for, and the row of the release."""
    dice = Random(seed)
    folder.mkdir()
    shutil.copy(template, folder / "house.db")
    engine = open_test_engine(f"sqlite:///{folder / 'house.db'}")
    with new_session(engine) as session:
        cast = make_cast(session)
        session.commit()
    house = House(engine, cast, CATALOGUE, folder)
    house.wrote(lambda work: enrolled(work, number, dice), cast.clinician)
    known, sensitive = (dice.sample(names, dice.randint(1, len(names))) for names in (KNOWN, SENSITIVE))
    basis = BASIS if dice.random() < 0.7 else None
    asked = {"columns": (*known, *sensitive, "route", "donor"), "scales": SCALES, "basis": basis}
    row = row_of(house, built(house, Tier.AGREEMENT, **asked))
    return house, row, [*known, "visits"], sensitive


def laid_out(archive, folder):
    """What pycanon is asked about: the written table of patients itself, and with what the scores tell beside it.

    Groups of the same labels may have other visits withheld, and the table of scores shows which: that tells more.
    """
    path, finer = folder / "patients.csv", folder / "patients_and_visits.csv"
    path.write_bytes(archive.read("data/csv/patients.csv"))
    visits = defaultdict(set)
    for row in table(archive, "long"):
        withheld = "-" if row["absence"] == "withheld" else ""
        visits[row["patient"]].add(f"{withheld}{row['visit']}.{row['occurrence']}")
    patients = [{**row, SEEN: "+".join(sorted(visits[row["patient"]]))} for row in table(archive, "patients")]
    with finer.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, patients[0])
        writer.writeheader()
        writer.writerows(patients)
    return path, finer


def counted(path, known, sensitive):
    """Count with nothing but dictionaries: the smallest group and the fewest different sensitive values in one."""
    groups, names = defaultdict(list), Counter()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            groups[tuple(row[name] for name in known)].append(row)
            names[row["patient"]] += 1
    assert max(names.values()) == 1, "a patient stands twice"
    return min(map(len, groups.values())), min(
        len({row[name] for row in group}) for group in groups.values() for name in sensitive
    )


def broken_promises(files):
    """Let pycanon and our own counting say of each file whether it holds; files by path, known, sensitive columns."""
    told = opinions(files)
    own = [counted(*each) for each in files]
    found = [(str(file[0]), one, other) for file, one, other in zip(files, told, own, strict=True)]
    return [each for each in found if each[1] != each[2] or each[1][0] < 5 or each[1][1] < 2]


def examined(template, folder, numbers):
    """Release many cohorts and have what was written counted: files, refusals, and each broken promise."""
    files, refused, broken = [], Counter(), []
    for seed, number in enumerate(numbers):
        house, row, known, sensitive = released(template, folder / str(seed), number, seed)
        if row.state == ReleaseState.REFUSED:
            refused[Reason(row.risk["refused"]["reason"])] += 1
            broken += [] if row.risk["refused"]["numbers"] else [f"{seed}: refused without its numbers"]
            broken += [f"{seed}: refused, and there is a file"] if house.bench().room(row.id).has_file else []
        else:
            whole, finer = laid_out(zipped(house, row.id), folder / str(seed))
            files += [(whole, known, sensitive), (finer, [*known, SEEN], sensitive)]
        house.engine.dispose()
    return len(files) // 2, refused, broken + broken_promises(files)


def test_what_the_desk_writes_holds_its_promise(sqlite_template, tmp_path):
    written, refused, broken = examined(sqlite_template, tmp_path, [6, 47, 55, 24])
    assert (written >= 2, broken) == (True, [])
    assert written + refused.total() == 4


@pytest.mark.full
def test_what_the_desk_writes_of_two_hundred_cohorts_holds_its_promise(sqlite_template, tmp_path):
    began = time.monotonic()
    written, refused, broken = examined(sqlite_template, tmp_path, sizes(200))
    print(f"{written} written, {dict(refused)} refused, {(time.monotonic() - began) / 200:.1f} s a cohort")  # noqa: T201
    assert (written >= 100, refused.total() >= 20, broken) == (True, True, [])


def test_a_file_that_breaks_its_promise_is_found_out(sqlite_template, tmp_path):
    """One patient with other labels, and one whose scores tell of another visit: each stands alone."""
    house, row, known, sensitive = released(sqlite_template, tmp_path / "house", 50, 3)
    whole, finer = laid_out(zipped(house, row.id), tmp_path)
    files = [(whole, known, sensitive), (finer, [*known, SEEN], sensitive)]
    assert broken_promises(files) == []
    header, first, *rest = finer.read_text(encoding="utf-8").splitlines()
    finer.write_text("\n".join([header, f"{first}+month_24.1", *rest]) + "\n", encoding="utf-8")
    assert broken_promises(files) == [(str(finer), (1, 1), (1, 1))]
    header, first, *rest = whole.read_text(encoding="utf-8").splitlines()
    place = header.split(",").index(known[0])
    alone = ",".join("nobody else" if n == place else cell for n, cell in enumerate(first.split(",")))
    whole.write_text("\n".join([header, alone, *rest]) + "\n", encoding="utf-8")
    assert [each[1] for each in broken_promises(files)] == [(1, 1), (1, 1)]
