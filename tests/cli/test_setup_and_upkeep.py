"""The commands that set up and keep up, as an operator types them, on a data folder of their own."""

import json
import re
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from config import read_settings
from outcomes.cli.main import run


@pytest.fixture
def command(tmp_path, capsys):
    def type_in(*words, demo=False):
        settings = {"OUTCOMES_DATA": str(tmp_path), "OUTCOMES_DEMO": "1" if demo else "0"}
        code = run(words, lambda: read_settings(settings))
        said = capsys.readouterr()
        return code, said.out, said.err

    return type_in


INIT = ("init", "--clinic", "Bosphorus Clinic", "--name", "Selin Aydemir", "--email", "selin@example.org")


def test_init_prints_a_link_that_is_good_once(command):
    code, out, _ = command(*INIT)
    assert code == 0
    assert re.search(r"http://localhost:8000/invitation/\S{40,}", out)


def test_a_new_clinic_has_a_plan_that_needs_no_licence(command, tmp_path):
    command(*INIT)
    with sqlite3.connect(tmp_path / "outcomes.db") as file:
        number, primary, points = file.execute("SELECT number, primary_scale, time_points FROM protocol").fetchone()
    assert (number, primary) == (1, "own_fatigue.score")
    assert {"own_fatigue", "own_thinking", "own_quality_of_life"} == set(json.loads(points)[0]["instruments"])


def test_init_refuses_what_cannot_be(command):
    code, _, err = command(*INIT, "--time-zone", "Mars/Olympus")
    assert code == 2
    assert "time zone" in err


def test_init_is_not_for_the_demo(command):
    assert command(*INIT, demo=True)[0] == 2


def test_prepare_makes_the_demo_once(command):
    assert command("prepare", demo=True)[0] == 0
    assert "80 of 80" not in command("prepare", demo=True)[2]
    assert command("rescore", demo=True)[0] == 0
    code, _, err = command("verify", demo=True)
    assert code == 0
    assert int(re.search(r"(\d+) entries, 0 faults", err)[1]) > 1000


def test_verify_names_what_was_changed_behind_the_back(command, tmp_path):
    command(*INIT)
    assert command("anchor")[0] == 0
    with sqlite3.connect(tmp_path / "outcomes.db") as file:
        names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in names:
            file.execute(f"DROP TRIGGER {name}")
        file.execute("UPDATE clinic SET name = 'Another Clinic'")
    code, out, err = command("verify")
    assert code == 1
    assert re.search(r"row_changed clinic/\S+/name", out)
    assert "trigger_changed" in out
    assert " 0 faults" not in err


def test_tidy_throws_away_what_is_old(command, tmp_path):
    command("prepare", demo=True)
    old = (datetime.now(UTC) - timedelta(days=40)).isoformat(sep=" ")
    with sqlite3.connect(tmp_path / "outcomes.db") as file:
        (clinic,) = file.execute("SELECT clinic_id FROM clinic").fetchone()
        (member,) = file.execute("SELECT id FROM membership").fetchone()
        row = (clinic, member, "visit:x", "{}", 1, old, old)
        columns = "clinic_id, membership_id, form, fields, sequence, started_at, saved_at"
        file.execute(f"INSERT INTO draft ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    code, out, _ = command("tidy", demo=True)
    assert code == 0
    assert out.startswith("1 drafts")
