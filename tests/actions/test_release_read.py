"""The file that the desk writes, read as a researcher reads it: in R, and by its own words."""

import re
from collections import Counter, defaultdict
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from outcomes.actions.releasing.secret import kept_of
from outcomes.privacy.pseudonyms import pseudonyms
from outcomes.privacy.tiers import Tier
from outcomes.records.tables import Patient
from tests.actions.test_release import leave
from tests.exchange.in_r import demand, faults
from tests.releasing import approved, built, copied, crowd, furnish, row_of, table, zipped

KNOWN = ("sex", "country", "age", "years_ill", "visits")


@pytest.fixture(scope="module")
def house(sqlite_template, tmp_path_factory):
    return furnish(sqlite_template, tmp_path_factory.mktemp("house"), 45)


@pytest.fixture(scope="module")
def agreement(house):
    return built(house, Tier.AGREEMENT)


@pytest.fixture(scope="module")
def public(house):
    return built(house, Tier.PUBLIC)


@pytest.mark.parametrize(("tier", "fewest"), [("agreement", 10_000), ("public", 300)])
def test_every_cell_and_label_is_read_in_r(house, tmp_path, request, tier, fewest):
    demand()
    zipped(house, request.getfixturevalue(tier)).extractall(tmp_path / "release")
    seen, wrong = faults(tmp_path / "release", tmp_path / "back")
    assert (seen > fewest, wrong) == (True, [])


def test_it_says_how_many_of_the_scores_leave(house, agreement):
    archive, row = zipped(house, agreement), row_of(house, agreement)
    leaving = sum(score["absence"] != "withheld" for score in table(archive, "long"))
    assert row.counts["scores"] == row.risk["scores_leaving"] == leaving
    assert 100 < leaving <= row.risk["scores_on_record"]
    assert f"scores of these patients {leaving} leave." in archive.read("README.md").decode()


def test_warnings_say_what_they_are_about(house, agreement):
    english, turkish = (zipped(house, agreement).read(name).decode() for name in ("README.md", "BENIOKU.md"))
    assert re.search(r"one scale at the visit where most were measured: Fatigue, 0 to 10; \d months?[.]", english)
    assert "Yorgunluk, 0–10; " in turkish


def test_a_title_that_says_the_same_twice_is_said_once(house, agreement):
    page = zipped(house, agreement).read("codebook/codebook.en.html").decode()
    assert "Fatigue, 0 to 10: Fatigue, 0 to 10" not in page
    assert "<code>month_3</code>: 3 months" in page
    assert "<code>month_3</code>: month_3" not in page


def test_nothing_about_whoever_made_it_is_in_it(house, agreement, tmp_path):
    """No author, no program's user, no comment of the zip; every entry bears the release's own instant."""
    archive = zipped(house, agreement)
    assert archive.comment == b""
    assert {(entry.comment, entry.extra[:2]) for entry in archive.infolist()} <= {(b"", b""), (b"", b"\x01\x00")}
    assert len({entry.date_time for entry in archive.infolist()}) == 1
    book = ZipFile(BytesIO(archive.read("data/release.xlsx")))
    core, app = (book.read(f"docProps/{name}.xml").decode() for name in ("core", "app"))
    assert "<dc:creator></dc:creator><cp:lastModifiedBy></cp:lastModifiedBy>" in core
    assert "<Company></Company>" in app
    assert "<Manager>" not in app


def test_the_order_of_patients_is_not_that_of_their_enrolment(house, agreement):
    """The rows lie in an order drawn for this release: another one has another."""
    first, second = (enrolled_as(house, each) for each in (agreement, built(house, Tier.AGREEMENT)))
    assert len(first) > 35
    assert first[:10] != second[:10]
    for codes in (first, second):
        pairs = [(one, other) for n, one in enumerate(codes) for other in codes[n + 1 :]]
        assert 0.3 < sum(one > other for one, other in pairs) / len(pairs) < 0.7


def enrolled_as(house, release_id):
    """The clinic's own codes, given in the order of enrolment, of the patients in the order of the file."""
    kept = house.wrote(lambda work: kept_of(work, release_id))
    keys = [key for group in kept["groups"] for key in group]
    names = {name: key for key, name in pseudonyms(bytes.fromhex(kept["seed"]), keys).items()}
    code_of = house.read(
        lambda session: {id_.hex: code for id_, code in session.execute(select(Patient.id, Patient.code))}
    )
    return [code_of[names[row["patient"]]] for row in table(zipped(house, release_id), "patients")]


def test_two_files_laid_side_by_side_set_no_few_apart(house, tmp_path):
    """Scores join the patients of two releases; who is in one of them alone is nobody, or a whole group."""
    own = copied(house, tmp_path)
    first = approved(own, built(own, Tier.AGREEMENT))
    gone = leave(own, 1)
    own.wrote(lambda work: crowd(work, 3, seed=8, offset=100), own.cast.clinician)
    second = built(own, Tier.AGREEMENT)
    before, after = (series(own, each) for each in (first, second))
    assert gone
    assert len(before.keys() - after.keys()) >= 5
    for one, other in ((before, after), (after, before)):
        apart = [one[key] for key in one.keys() - other.keys()]
        assert not apart or min(Counter(apart).values()) >= 5


def series(house, release_id):
    """Everybody's scores as written, which single most of them out, with the labels of their group."""
    archive, found = zipped(house, release_id), defaultdict(list)
    for row in table(archive, "long"):
        if row["absence"] != "withheld":
            found[row["patient"]].append((row["scale"], row["visit"], row["occurrence"], row["value"]))
    labels = {row["patient"]: tuple(row[name] for name in KNOWN) for row in table(archive, "patients")}
    told = {tuple(sorted(scores)): labels[patient] for patient, scores in found.items()}
    assert len(told) > 0.9 * len(labels)
    return told
