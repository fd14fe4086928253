"""Releases: what leaves, what never does, who approves and takes, and what two of them say together."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from outcomes.access.scope import ReleaseScope
from outcomes.actions.enrol import withdraw_consent
from outcomes.actions.errors import Invalid, NotAllowed, NotFound
from outcomes.actions.release import again, approve, ask, demand_persons, lay_aside, take
from outcomes.actions.release_build import build, same_bytes, what_differs
from outcomes.actions.release_room import Bench, breaks, look, run, run_over, send
from outcomes.actions.releasing.recipe import COLUMNS as OFFERED
from outcomes.actions.releasing.records import common
from outcomes.actions.releasing.secret import kept_of, rewrap_releases
from outcomes.privacy.attack import recovered
from outcomes.privacy.columns import LEAVING, NotAllowedError, allowed, kind_of
from outcomes.privacy.succession import isolated
from outcomes.privacy.tiers import Tier
from outcomes.records.queries.release_scripts import scripts
from outcomes.records.sealing import KeyRing
from outcomes.records.tables import Consent, Patient, ReleaseTaking, Score
from outcomes.terms import Purpose, ReleaseState, ScriptState
from outcomes.web.database import write_apart
from tests.cast import MASTER_KEYS
from tests.factories import NOON, TODAY, Maker
from tests.releasing import (
    BOTH,
    CANARY,
    SCALES,
    approved,
    built,
    consents,
    copied,
    crowd,
    every_byte,
    furnish,
    row_of,
    table,
    wanted,
    zipped,
)


@pytest.fixture(scope="module")
def untouched(sqlite_template, tmp_path_factory):
    """A house that nobody changes; the others are copies."""
    return furnish(sqlite_template, tmp_path_factory.mktemp("untouched"))


@pytest.fixture(scope="module")
def house(untouched, tmp_path_factory):
    """The house of tests that leave the patients as they are."""
    return copied(untouched, tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def agreement(house):
    return built(house, Tier.AGREEMENT)


@pytest.fixture(scope="module")
def public(house):
    return built(house, Tier.PUBLIC)


@pytest.fixture
def own_house(untouched, tmp_path):
    """A house of one test's own, for what changes its records."""
    return copied(untouched, tmp_path)


def number_of(text):
    """A number of a text file; None where there is none."""
    return None if text in {None, "", "NA"} else float(text)


# What leaves


def test_every_stored_score_of_a_consenting_patient_leaves_value_for_value(house, agreement):
    def stored(session):
        told = select(Score.scale, Score.value, Score.standard_error, Score.absence).where(Score.scale.in_(SCALES))
        return Counter(tuple(row) for row in session.execute(told))

    left = Counter(
        (row["scale"], number_of(row["value"]), number_of(row["standard_error"]), row["absence"])
        for row in table(zipped(house, agreement), "long")
    )
    in_clear = Counter({(s, v, e, a or "measured"): n for (s, v, e, a), n in house.read(stored).items()})
    withheld = sum(n for key, n in left.items() if key[3] == "withheld")
    missing = in_clear - left
    assert sum(in_clear.values()) > 300
    assert sum(missing.values()) <= withheld
    assert not {key: n for key, n in (left - in_clear).items() if key[3] != "withheld"}


def test_groups_counted_again_from_the_written_bytes_keep_their_promise(house, agreement):
    rows = table(zipped(house, agreement), "patients")
    known = ("sex", "country", "age", "years_ill", "visits")
    groups = Counter(tuple(row[name] for name in known) for row in rows)
    different = {key: {row["work_status"] for row in rows if tuple(row[n] for n in known) == key} for key in groups}
    assert len(rows) >= 40
    assert min(groups.values()) >= 5
    assert min(map(len, different.values())) >= 2


def test_nobody_s_date_word_or_key_is_in_any_byte(house, agreement):
    def told(session):
        patients = session.execute(select(Patient.id, Patient.code)).all()
        return {str(row[0]) for row in patients} | {row[0].hex for row in patients}

    dates = house.read(lambda session: set(session.scalars(select(Score.on_date))))
    hidden = {CANARY, "Işık", str(agreement), agreement.hex, str(house.cast.clinic_id), *house.read(told)}
    hidden |= {each.isoformat() for each in dates - {NOON.date()}}
    needles = {each.encode() for each in hidden} | {each.encode("utf-16-le") for each in hidden}
    files = list(every_byte(zipped(house, agreement)))
    assert len(files) > 30
    assert [(name, needle) for name, content in files for needle in needles if needle in content] == []


def test_a_canary_that_leaves_is_seen(house, agreement):
    files = dict(every_byte(zipped(house, agreement)))
    assert any(b"own_fatigue.score" in content for content in files.values())


def test_rare_ways_of_answering_are_not_told():
    patients = [{"self"}] * 9 + [{"self", "proxy"}] * 2 + [{"paper"}] * 6
    assert common(patients, 5) == {"self"}
    assert common([{"self"}] * 9 + [{"paper"}] * 6, 5) == {"self", "paper"}
    assert common([{"self"}] * 9 + [{"proxy"}] * 2, 5) == frozenset()


def test_columns_are_offered_only_when_they_may_leave():
    assert {kind_of(source) for offered in OFFERED.values() for source in offered.sources} <= LEAVING


def test_a_column_that_may_not_leave_is_refused():
    with pytest.raises(NotAllowedError):
        allowed("course.note")


def test_the_same_release_again_is_the_same_bytes(house, agreement):
    target = BytesIO()
    manifest = same_bytes(house.bench(), agreement, target, lambda _step: None)
    assert manifest.sha256 == row_of(house, agreement).file_sha256


def test_two_releases_share_no_names(house, agreement):
    other = built(house, Tier.AGREEMENT)
    names = [{row["patient"] for row in table(zipped(house, each), "patients")} for each in (agreement, other)]
    assert names[0]
    assert not names[0] & names[1]


def test_the_file_is_sealed_where_it_lies(house, agreement):
    room = house.bench().room(agreement)
    sealed = [path for path in room.folder.iterdir() if path.stem == agreement.hex]
    assert sorted(path.suffix for path in sealed) == [".key", ".sealed"]
    assert all(b"PK\x03\x04" not in path.read_bytes()[:200] and path.stat().st_mode & 0o077 == 0 for path in sealed)


def test_the_risk_stands_in_the_row_and_in_the_file(house, agreement):
    row, archive = row_of(house, agreement), zipped(house, agreement)
    inside = json.loads(archive.read("risk/risk.json"))
    assert (inside["k"], inside["smallest"] >= 5, inside["diversity"]["work_status"] >= 2) == (5, True, True)
    assert row.risk["smallest"] == inside["smallest"]
    assert row.risk["words"]["en"] == archive.read("risk/risk.en.txt").decode().splitlines()


# Public tables


def test_no_public_count_is_small_and_none_can_be_worked_out(house, public):
    archive = zipped(house, public)
    counts = [row["patients"] for name in ("people", "changes") for row in table(archive, name)]
    shown = [int(float(each)) for each in counts if each not in {"", "NA"}]
    risk = json.loads(archive.read("risk/risk.json"))
    assert len(shown) > 20
    assert [n for n in shown if 0 < n < 11] == []
    assert risk["recovered"] == 0
    assert "long" not in {name.rsplit("/", 1)[-1].removesuffix(".csv") for name in archive.namelist()}


def test_the_attack_on_the_published_numbers_recovers_nothing(house, public):
    rows = table(zipped(house, public), "changes")
    places = {(row["scale"], row["visit"]) for row in rows}
    truth = kept_of_release(house, public)
    found = []
    for place in places:
        own = {row["class"]: row["patients"] for row in rows if (row["scale"], row["visit"]) == place}
        groups = truth[".".join(place)]
        classes = [name.removeprefix("class=") for name in groups if name.startswith("class=") and "&" not in name]
        shown = {(): number_of(own["everybody"]), **{(("class", each),): number_of(own.get(each)) for each in classes}}
        real = {(): len(groups[""]), **{(("class", each),): len(groups[f"class={each}"]) for each in classes}}
        found += recovered(shown, real, {"class": classes})
    assert len(places) >= 6
    assert found == []


def test_what_one_table_of_a_visit_withholds_no_other_one_tells(own_house):
    """Who has not come yet has not for any scale. Here all but one are early at twelve months, and that one for one."""

    def one_more(work):
        zero = TODAY - timedelta(days=345)
        made = Maker(work).patient("P-early", consents=consents(BOTH, zero))
        made.course(zero).scored(zero, fatigue=7, thinking=7).scored(TODAY, fatigue=3)

    own_house.wrote(one_more, own_house.cast.clinician)
    rows = table(zipped(own_house, built(own_house, Tier.PUBLIC)), "changes")
    found = {row["scale"]: row["patients"] for row in rows if (row["visit"], row["class"]) == ("month_12", "too_early")}
    assert found == dict.fromkeys(SCALES, "NA")


def kept_of_release(house, release_id):
    kept = house.wrote(lambda work: kept_of(work, release_id))
    return {part["name"]: part["groups"] for part in kept["parts"]}


def test_a_second_public_release_changes_no_number_by_fewer_than_eleven(own_house):
    first = approved(own_house, built(own_house, Tier.PUBLIC))
    own_house.wrote(lambda work: crowd(work, 3, seed=8, offset=100), own_house.cast.clinician)
    second = built(own_house, Tier.PUBLIC)
    for name in ("people", "changes", "bands"):
        assert table(zipped(own_house, first), name) == table(zipped(own_house, second), name)
    assert json.loads(zipped(own_house, second).read("risk/risk.json"))["kept_from_an_earlier_release"] > 0


def test_numbers_with_somebody_who_took_back_the_consent_are_withheld(own_house):
    approved(own_house, built(own_house, Tier.PUBLIC))
    leave(own_house, 1, Purpose.RESEARCH_AGGREGATE)
    second = built(own_house, Tier.PUBLIC)
    assert table(zipped(own_house, second), "people") == []


# Withdrawal, newcomers, refusals


def leave(house, number, purpose=Purpose.RESEARCH_RECORD_LEVEL):
    """Let some patients take back their consent."""

    def withdraw(work):
        chosen = (
            select(Consent)
            .where(Consent.purpose == purpose, Consent.withdrawn_on.is_(None))
            .order_by(Consent.patient_id)
        )
        rows = work.session.scalars(chosen.limit(number)).all()
        for row in rows:
            withdraw_consent(work, row.patient_id, row.id, work.today)
        return [row.patient_id.hex for row in rows]

    return house.wrote(withdraw, house.cast.clinician)


def test_who_takes_back_the_consent_is_not_in_the_next_release(own_house):
    first = built(own_house, Tier.AGREEMENT)
    gone = leave(own_house, 2)
    told = own_house.wrote(lambda work: what_differs(work, first))
    second = own_house.wrote(lambda work: again(work, first))
    build(own_house.bench(), second)
    kept = own_house.wrote(lambda work: kept_of(work, second))
    assert told.withdrawn == 2
    assert not set(gone) & {key for group in kept["groups"] for key in group}
    assert row_of(own_house, second).state == ReleaseState.BUILT


def test_two_releases_one_after_another_isolate_nobody(own_house):
    first = approved(own_house, built(own_house, Tier.AGREEMENT))
    own_house.wrote(lambda work: crowd(work, 3, seed=8, offset=100), own_house.cast.clinician)
    leave(own_house, 1)
    second = built(own_house, Tier.AGREEMENT)
    groups = [own_house.wrote(lambda work, each=each: kept_of(work, each)["groups"]) for each in (first, second)]
    assert isolated(groups[1], [groups[0]], 5) == ()
    assert row_of(own_house, second).risk["reasons"]


def test_too_few_patients_are_refused_with_the_reason(sqlite_template, tmp_path):
    house = furnish(sqlite_template, tmp_path, 20)
    row = row_of(house, built(house, Tier.AGREEMENT))
    assert (row.state, row.risk["refused"]["reason"]) == (ReleaseState.REFUSED, "too_few_for_records")
    assert row.risk["refused"]["numbers"] == {"patients": 20, "needed": 40}
    assert not house.bench().room(row.id).has_file
    on_basis = row_of(house, built(house, Tier.AGREEMENT, basis="Ethics 2026/14"))
    assert on_basis.state in {ReleaseState.BUILT, ReleaseState.REFUSED}
    assert on_basis.risk.get("refused", {}).get("reason") != "too_few_for_records"


# Approval and taking


def test_whoever_prepared_it_does_not_approve_it_unless_the_clinic_says_so(house):
    release_id = built(house, Tier.PUBLIC)
    version = row_of(house, release_id).version
    with pytest.raises(Invalid) as refused:
        house.wrote(lambda work: approve(work, release_id, version))
    assert refused.value.code == "own"
    house.wrote(lambda work: demand_persons(work, two=False))
    house.wrote(lambda work: approve(work, release_id, version))
    house.wrote(lambda work: demand_persons(work, two=True))
    assert row_of(house, release_id).state == ReleaseState.APPROVED


def test_two_releases_built_side_by_side_do_not_both_leave(own_house):
    one, other = built(own_house, Tier.AGREEMENT), built(own_house, Tier.AGREEMENT)
    approved(own_house, one)
    with pytest.raises(Invalid) as refused:
        approved(own_house, other)
    assert refused.value.code == "another_left"


def test_a_researcher_takes_an_approved_release_for_a_reason(own_house):
    release_id = built(own_house, Tier.AGREEMENT)
    researcher, data = own_house.cast.researcher, own_house.data
    with pytest.raises(Invalid, match="not_there"):
        own_house.wrote(lambda work: take(work, release_id, "a meta-analysis", data), researcher)
    approved(own_house, release_id)
    with pytest.raises(Invalid, match="why"):
        own_house.wrote(lambda work: take(work, release_id, " ", data), researcher)
    taken = own_house.wrote(lambda work: take(work, release_id, "a meta-analysis", data), researcher)
    with taken.room.read() as file:
        assert len(file.read()) == taken.size
    rows = own_house.read(lambda session: session.scalars(select(ReleaseTaking)).all())
    assert [(row.membership_id, row.why) for row in rows] == [(researcher.membership_id, "a meta-analysis")]
    own_house.wrote(lambda work: lay_aside(work, release_id, row_of(own_house, release_id).version))
    with pytest.raises(Invalid, match="not_there"):
        own_house.wrote(lambda work: take(work, release_id, "a meta-analysis", data), researcher)


@pytest.mark.parametrize("name", ["clinician", "patient", "researcher"])
def test_nobody_else_prepares_or_approves(house, agreement, name):
    actor = getattr(house.cast, name)
    for do in (
        lambda work: ask(work, wanted(Tier.PUBLIC)),
        lambda work: again(work, agreement),
        lambda work: approve(work, agreement, 1),
        lambda work: lay_aside(work, agreement, 1),
        lambda work: demand_persons(work, two=False),
    ):
        with pytest.raises(NotAllowed):
            house.wrote(do, actor)


@pytest.mark.parametrize("name", ["clinician", "patient"])
def test_nobody_else_takes(house, agreement, name):
    with pytest.raises(NotAllowed):
        house.wrote(lambda work: take(work, agreement, "a meta-analysis", house.data), getattr(house.cast, name))


def test_another_clinic_s_release_is_not_there(house, agreement):
    elsewhere = replace(house.cast.administrator, clinic_id=house.cast.elsewhere_id)
    with pytest.raises(NotFound):
        house.wrote(lambda work: approve(work, agreement, 1), elsewhere)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": " "}, "title"),
        ({"purpose": ""}, "purpose"),
        ({"scales": ()}, "scales"),
        ({"scales": ("no.such",)}, "scales"),
        ({"visits": ()}, "visits"),
        ({"title": "x" * 201}, "title"),
    ],
)
def test_what_is_asked_for_must_be_there(house, changed, field):
    with pytest.raises(Invalid) as refused:
        house.wrote(lambda work: ask(work, wanted(Tier.PUBLIC, **changed)))
    assert refused.value.field == field


def test_the_same_form_twice_is_one_release(house):
    ids = [house.wrote(lambda work: ask(work, wanted(Tier.PUBLIC), "a key")) for _ in range(2)]
    assert ids[0] == ids[1]


def test_a_building_that_breaks_off_says_so_and_leaves_no_file(house):
    release_id = house.wrote(lambda work: ask(work, wanted(Tier.PUBLIC)))

    def fail(_step):
        raise OSError

    assert build(house.bench(), release_id, fail) is ReleaseState.BROKEN_OFF
    assert not house.bench().room(release_id).has_file


def test_a_rotation_of_keys_takes_releases_along(own_house):
    release_id = built(own_house, Tier.PUBLIC)
    newer = (("newer", bytes(range(32))), *MASTER_KEYS)
    changed = own_house.wrote(lambda work: rewrap_releases(replace(work, keys=KeyRing(newer)), own_house.data))
    alone = KeyRing(newer[:1])
    room = replace(own_house.bench().room(release_id), keys=alone)
    assert changed == 2
    with room.read() as file:
        assert file.read(2) == b"PK"
    assert own_house.wrote(lambda work: kept_of(replace(work, keys=alone), release_id))["seed"]


# The safe room

GOOD = """
import csv, json
rows = list(csv.DictReader(open("data/patients.csv")))
women = sum(row["sex"] == "female" for row in rows)
table = {"name": "sex", "columns": ["sex", "n"], "rows": [["female", women], ["all", len(rows)]]}
json.dump({"tables": [table]}, open("out/result.json", "w"))
"""
OUT = """
import json
table = {{"name": "t", "columns": ["n", "x"], "rows": [{row}]}}
json.dump({{"tables": [table]}}, open("out/result.json", "w"))
"""


@pytest.fixture(scope="module")
def safe(house):
    return built(house, Tier.SAFE_ROOM)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (GOOD, None),
        (OUT.format(row="[10, 1]"), "few"),
        (OUT.format(row="[11, 1.23456]"), "figures"),
        (OUT.format(row='[11, "x" * 41]'), "words"),
        (OUT.format(row="[True, 1]"), "few"),
        ("print('nothing')", "no_result"),
        ("raise SystemExit(3)", "failed"),
        ("import socket; socket.socket()", "failed"),
        ("open('/etc/passwd')", "failed"),
        ("open('/tmp/elsewhere', 'w')", "failed"),
        ("import os; os.kill(os.getppid(), 0)", "failed"),
        ("import os; os.truncate('data/patients.csv', 0)", "failed"),
        ("import os; os.execv('/bin/true', ['true'])", "failed"),
        ("x = bytearray(3 << 30)", "failed"),
        ("open('data/patients.csv', 'a')", "failed"),
    ],
)
def test_a_script_is_shut_in_and_gives_small_tables_alone(house, safe, script, told):
    ran = run_over(house.bench().room(safe), script)
    assert (ran.told, ran.output is None) == (told, told is not None)


def test_a_patient_of_the_release_is_named_in_no_result(house, safe):
    name = table(zipped(house, safe), "patients")[0]["patient"]
    result = {"tables": [{"name": "t", "columns": ["n", "x"], "rows": [[11, f"a {name}"]]}]}
    assert breaks(result, frozenset({name})) == "words"


def test_what_a_script_gave_leaves_after_somebody_looked(own_house):
    release_id = approved(own_house, built(own_house, Tier.SAFE_ROOM))
    researcher = own_house.cast.researcher
    with pytest.raises(Invalid, match="not_there"):
        own_house.wrote(lambda work: take(work, release_id, "a meta-analysis", own_house.data), researcher)
    script_id = own_house.wrote(lambda work: send(work, release_id, "Counts", GOOD), researcher)
    bench = Bench(own_house.engine, KeyRing(MASTER_KEYS), own_house.catalogue, own_house.data, researcher, write_apart)
    assert run(bench, script_id) is ScriptState.WAITING

    def seen(session):
        return scripts(ReleaseScope(own_house.cast.clinic_id), session, release_id, researcher.membership_id)[0]

    waiting = own_house.read(seen)
    assert waiting.output is None
    with pytest.raises(NotAllowed):
        own_house.wrote(lambda work: look(work, release_id, script_id, waiting.version, passes=True), researcher)
    own_house.wrote(lambda work: look(work, release_id, script_id, waiting.version, passes=True))
    assert own_house.read(seen).output["tables"][0]["rows"][1] == ["all", 60]
