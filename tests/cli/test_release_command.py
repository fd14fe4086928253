"""`release list`, `build`, `risk`, `again` and `write`, as an operator types them."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from outcomes.actions.release import approve
from outcomes.cli import release
from outcomes.cli.main import run
from outcomes.records.tables import ReleaseTaking
from outcomes.terms import ReleaseState
from tests.actions.test_release import leave
from tests.house.source import ROOT
from tests.releasing import CANARY, House, copied, crowd, every_byte, furnish, row_of
from tests.web.conftest import settings_for

CLINIC = ("--clinic", "Bosphorus Clinic")
ASKED = ("--title", "Fatigue", "--purpose", "A meta-analysis")
AGREEMENT = ("build", "--tier", "agreement", *ASKED, "--columns", "sex,age,work_status,route,events")
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WHY = ("--why", "our meta-analysis")
bench = release._bench


@pytest.fixture(autouse=True)
def quick(request, monkeypatch):
    """Let groups be sought quickly; a test with that word in its name seeks them thoroughly, as the command does."""
    if "thorough" not in request.node.name:
        monkeypatch.setattr(release, "_bench", lambda counter: replace(bench(counter), thorough=False))


class Desk:
    """A house and the command over it: what it answered, and all that it said."""

    def __init__(self, house: House, capsys) -> None:
        self.house, self.capsys, self.said = house, capsys, []

    def __call__(self, *words, clinic=CLINIC) -> tuple[int, str, str]:
        url = f"sqlite:///{self.house.engine.url.database}"
        try:
            deed, *rest = words
            code = run(["release", deed, *clinic, *map(str, rest)], lambda: settings_for(self.house.data, url))
        except SystemExit as left:  # argparse leaves by itself when the words are wrong
            code = left.code
        told = self.capsys.readouterr()
        self.said += [told.out, told.err]
        return code, told.out, told.err


@pytest.fixture(scope="module")
def untouched(sqlite_template, tmp_path_factory):
    """A house with a crowd in it that nobody changes."""
    return furnish(sqlite_template, tmp_path_factory.mktemp("untouched"), 42)


@pytest.fixture(scope="module")
def house(untouched, tmp_path_factory):
    """The house of tests that leave the patients as they are."""
    return copied(untouched, tmp_path_factory.mktemp("house"))


@pytest.fixture
def command(house, capsys):
    """The command over it; whatever it says, it says nothing of a person."""
    desk = Desk(house, capsys)
    yield desk
    assert [line for line in desk.said if CANARY in line or "Işık" in line] == []


@pytest.fixture
def own_command(untouched, tmp_path, capsys):
    """The command over a house of one test's own."""
    desk = Desk(copied(untouched, tmp_path), capsys)
    yield desk
    assert [line for line in desk.said if CANARY in line or "Işık" in line] == []


@pytest.fixture(scope="module")
def kept():
    """The releases of this module's house, by their tier."""
    return {}


@pytest.fixture
def agreement(command, kept):
    """The id of a release under agreement that the command built."""
    if "agreement" not in kept:
        kept["agreement"] = built(command, *AGREEMENT)
    return kept["agreement"]


def built(command, *words):
    code, out, _ = command(*words)
    assert code == 0, out
    return UUID(ID.search(out)[0])


def approved(house, release_id):
    """Let an administrator approve it at the desk; a command is nobody and approves none."""
    version = row_of(house, release_id).version
    house.wrote(lambda work: approve(work, release_id, version))


# Building


def test_a_thorough_build_says_how_far_it_is_what_was_measured_and_that_it_waits(command):
    code, out, err = command(*AGREEMENT)
    assert code == 0
    assert re.search(rf"^{ID.pattern} built\n", out)
    assert "Every patient looks like at least 4 others" in out
    assert {"reading", "long", "workbook", "packages", "cdisc.QS"} <= set(re.findall(r"\r([\w.]+): ", err))
    assert re.search(r"\rlong: \d+ of \d+ ", err)
    row = row_of(command.house, UUID(ID.search(out)[0]))
    assert (row.state, row.prepared_by) == (ReleaseState.BUILT, None)


def test_a_public_build_holds_counts_alone(command):
    code, out, _ = command("build", "--tier", "public", *ASKED)
    assert code == 0
    assert "recovered 0 of them to within 5 patients" in out
    names = ZipFile(written(command, UUID(ID.search(out)[0]))).namelist()
    assert not [name for name in names if "patients" in name or "long" in name or name.startswith(("fhir", "cdisc"))]


def written(command, release_id):
    """The file of a release as the sealed room keeps it, opened."""
    with command.house.bench().room(release_id).read() as source:
        path = Path(command.house.data) / f"{release_id}.zip"
        path.write_bytes(source.read())
    return path


def test_a_build_that_is_refused_says_why_in_words_and_with_its_code(sqlite_template, tmp_path, capsys):
    command = Desk(furnish(sqlite_template, tmp_path, 20), capsys)
    code, out, _ = command(*AGREEMENT)
    assert code == 2
    assert "refused" in out
    assert "20 patients consent to this use. Below 40, records give people away" in out
    on_basis, out, _ = command(*AGREEMENT, "--basis", "Ethics 2026/14")
    assert (on_basis, "it is opened on the clinic's written basis" in out) == (0, True)
    code, out, _ = command("build", "--tier", "public", *ASKED)
    assert (code, "withheld" in out) == (0, True)


def test_a_build_that_breaks_off_says_so(command, monkeypatch):
    def fail(*_words):
        raise OSError("a disk with P-017 on it")

    monkeypatch.setattr("outcomes.actions.release_build.write_package", fail)
    code, out, err = command(*AGREEMENT)
    assert (code, "broken_off" in out, "P-017" in out + err) == (1, True, False)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((*AGREEMENT, "--scales", "no.such"), "No such scales: no.such."),
        ((*AGREEMENT[:-1], "sex,shoe_size"), "No such columns: shoe_size."),
        (("build", "--tier", "agreement", "--title", " ", "--purpose", "x"), "This field is needed."),
        (("build", "--tier", "agreement", "--title", "x" * 201, "--purpose", "x"), "This is too long."),
        (("build", "--tier", "secret", *ASKED), "invalid choice: 'secret'"),
        (("build", "--title", "x", "--purpose", "x"), "--tier"),
        (("risk", "17"), "invalid UUID value"),
        (("write", str(uuid4()), "x.zip"), "--why"),
        (("shred", str(uuid4())), "invalid choice: 'shred'"),
    ],
)
def test_wrong_words_are_refused_with_what_is_wrong(command, words, told):
    before = command("list")[1]
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert told in err
    assert command("list")[1] == before


def test_a_clinic_among_several_is_told_by_its_name(command):
    for clinic in ((), ("--clinic", "No such clinic")):
        assert command("list", clinic=clinic)[::2] == (2, "Say which clinic, by its name: --clinic.\n")


# Looking


def test_the_list_names_every_release_and_how_far_it_has_come(command, agreement):
    code, out, _ = command("list")
    assert code == 0
    assert re.search(rf"^{agreement} \S+ tier 2 built: Fatigue$", out, re.MULTILINE)
    assert command("list", clinic=("--clinic", "Elsewhere Clinic"))[:2] == (0, "")


def test_the_risk_is_told_in_words_and_as_json(command, agreement):
    code, out, _ = command("risk", agreement)
    words, numbers = out.split("\n{", 1)
    told = json.loads("{" + numbers)
    assert code == 0
    assert "guesses a patient's record rightly in at most" in words
    assert (told["k"], told["smallest"] >= 5, told["prosecutor"] <= 0.2) == (5, True, True)
    assert told["diversity"]["work_status"] >= 2


@pytest.mark.parametrize("words", [("risk",), ("again",), ("write", "x.zip", *WHY)])
def test_a_release_that_is_not_there_is_not_there(command, tmp_path, words):
    deed, *rest = words
    file = [tmp_path / rest[0], *rest[1:]] if rest else []
    code, out, err = command(deed, uuid4(), *file)
    assert (code, out, err) == (2, "", "There is no such release.\n")
    assert not (tmp_path / "x.zip").exists()


def test_another_clinic_s_release_is_not_there(command, agreement):
    assert command("risk", agreement, clinic=("--clinic", "Elsewhere Clinic"))[2] == "There is no such release.\n"


# Again


def test_again_gives_the_same_bytes(command, agreement):
    code, out, _ = command("again", agreement)
    assert (code, out) == (0, f"The same bytes: {row_of(command.house, agreement).file_sha256}\n")


def test_again_says_who_has_withdrawn_and_come_meanwhile(own_command):
    release_id = built(own_command, *AGREEMENT)
    leave(own_command.house, 2)
    own_command.house.wrote(lambda work: crowd(work, 1, seed=8, offset=100), own_command.house.cast.clinician)
    code, out, _ = own_command("again", release_id)
    assert (code, out) == (1, "Other bytes: withdrawn 2, newcomers 1, changed 0\n")


def test_again_is_told_what_the_records_no_longer_allow(own_command):
    release_id = built(own_command, *AGREEMENT)
    leave(own_command.house, 4)
    code, out, err = own_command("again", release_id)
    assert (code, out) == (1, "Other bytes: withdrawn 4, newcomers 0, changed 0\n")
    assert "38 patients consent to this use. Below 40" in err


def test_again_lays_it_beside_the_releases_of_then(own_command):
    """A release that left after this one was built changes nothing of it."""
    first = built(own_command, *AGREEMENT)
    approved(own_command.house, first)
    second = built(own_command, *AGREEMENT)
    approved(own_command.house, second)
    assert own_command("again", first)[0] == 0
    assert own_command("again", second)[0] == 0


def test_a_release_without_a_file_is_not_made_again(sqlite_template, tmp_path, capsys):
    command = Desk(furnish(sqlite_template, tmp_path, 12), capsys)
    release_id = UUID(ID.search(command(*AGREEMENT)[1])[0])
    assert command("again", release_id) == (2, "", "This release has no file to compare with.\n")


# Writing


def test_an_approved_release_is_written_for_its_owner_alone_and_noted(own_command, tmp_path):
    release_id, file = built(own_command, *AGREEMENT), tmp_path / "release.zip"
    code, _, err = own_command("write", release_id, file, *WHY)
    assert (code, err, file.exists()) == (2, "This release cannot be taken.\n", False)
    approved(own_command.house, release_id)
    code, out, _ = own_command("write", release_id, file, *WHY)
    row = row_of(own_command.house, release_id)
    assert (code, out) == (0, f"{file}: {file.stat().st_size} bytes, SHA-256 {row.file_sha256}\n")
    assert ZipFile(file).testzip() is None
    assert [name for name, content in every_byte(ZipFile(file)) if CANARY.encode() in content] == []
    assert file.stat().st_mode & 0o077 == 0
    assert takings(own_command) == [(None, "our meta-analysis")]
    refused = own_command("write", release_id, file, *WHY)
    assert refused == (2, "", f"{file}: File exists\n")
    for nowhere in (tmp_path / "no folder" / "r.zip", file / "r.zip"):
        code, _, err = own_command("write", release_id, nowhere, *WHY)
        assert (code, str(nowhere) in err) == (2, True)
    assert own_command("write", release_id, tmp_path / "two.zip", "--why", " ")[0] == 2
    assert takings(own_command) == [(None, "our meta-analysis")]
    assert not (tmp_path / "two.zip").exists()


def takings(command):
    found = command.house.read(lambda session: session.scalars(select(ReleaseTaking)).all())
    return [(row.membership_id, row.why) for row in found]


def test_a_file_that_breaks_off_is_not_left_behind(own_command, tmp_path):
    release_id = built(own_command, "build", "--tier", "public", *ASKED)
    approved(own_command.house, release_id)
    room = own_command.house.bench().room(release_id)
    next(room.folder.glob("*.sealed")).unlink()
    code, out, err = own_command("write", release_id, tmp_path / "release.zip", *WHY)
    assert (code, out, "No such file" in err) == (1, "", True)
    assert not (tmp_path / "release.zip").exists()


# As a process of its own


def test_it_runs_as_a_process_of_its_own(tmp_path):
    data = tmp_path / "data"
    env = {**os.environ, "OUTCOMES_DEMO": "0", "OUTCOMES_DATA": str(data)}
    init = ("init", "--clinic", "Bosphorus Clinic", "--name", "Selin Aydemir", "--email", "selin@example.org")
    said = [typed(env, *words) for words in (init, ("release", *AGREEMENT, "--scales", "own_fatigue.score"))]
    assert [each.returncode for each in said] == [0, 2], said
    assert "0 patients consent to this use; no number about fewer than 5 may be shown." in said[1].stdout
    assert "reading: 0" in said[1].stderr


def typed(env, *words):
    command = [sys.executable, "-m", "outcomes", *words]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)  # noqa: S603
