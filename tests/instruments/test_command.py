"""`score`, `instruments` and `scoring-manual` on the command line."""

import argparse
import json
from types import SimpleNamespace

import pytest

from outcomes.cli.instruments import add_commands
from outcomes.instruments.catalogue import load_catalogue


@pytest.fixture
def command(tmp_path):
    """Run one command; its packs stand in a folder of this test's own."""
    root = argparse.ArgumentParser()
    add_commands(root.add_subparsers())

    def run(*argv):
        arguments = root.parse_args(argv)
        return arguments.run(arguments, SimpleNamespace(packs=tmp_path / "packs"))

    return run


def test_a_score_in_json(command, capsys):
    assert command("score", "chalder11", "--answers", "1=3,2=0,4=2", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["instrument"], said["version"]) == ("chalder11", "1")
    assert [each["scale"] for each in said["scores"]] == ["likert", "bimodal", "physical", "mental"]
    assert said["scores"][2] == {
        "scale": "physical",
        "value": None,
        "standard_error": None,
        "items_used": 3,
        "items": 7,
        "reason": "This score needs all 7 answers. Without an answer: 3, 5, 6, 7.",
    }


def test_a_score_with_its_standard_error(command, capsys):
    assert command("score", "promis_fatigue_7a", "--answers", "1-7=3", "--json") == 0
    [score] = json.loads(capsys.readouterr().out)["scores"]
    assert (score["value"], score["standard_error"], score["reason"]) == (57.8, 2.9, None)


def test_totals(command, capsys):
    assert command("score", "promis_fatigue_8a", "--totals", "t=61.3, t_se=2.1", "--json") == 0
    [score] = json.loads(capsys.readouterr().out)["scores"]
    assert (score["value"], score["standard_error"], score["items_used"], score["items"]) == (61.3, 2.1, 0, 0)


def test_a_score_for_people(command, capsys):
    assert command("score", "fss9", "--answers", "1-9=6") == 0
    assert capsys.readouterr().out == "mean: 6\n"
    assert command("score", "promis_fatigue_7a", "--answers", "1-7=3") == 0
    assert capsys.readouterr().out == "t: 57.8 ± 2.9\n"
    assert command("score", "fss9", "--answers", "1-8=6") == 0
    assert capsys.readouterr().out == "mean: This score needs all 9 answers. Without an answer: 9.\n"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("score", "chalder11", "--answers", "1=9"), "1: 9 is not one of the answers offered.\n"),
        (("score", "chalder11", "--answers", "12=1"), "chalder11 has no item 12.\n"),
        (("score", "chalder11", "--answers", "1:3"), "“1:3” cannot be read as answers; write them as 1=3, 2=0.\n"),
        (("score", "chalder11", "--answers", "1=nan"), "1: the answer is not a number.\n"),
        (("score", "fss9", "--totals", "mean=54"), "mean: 54 cannot be a total of this scale.\n"),
        (("score", "hads", "--answers", "1=1"), "hads takes totals only, no single answers.\n"),
        (("score", "bells"), 'there is no instrument "bells"; "instruments" lists them\n'),
        (("score", "bell", "--version", "9"), 'there is no instrument "bell" version 9; "instruments" lists them\n'),
    ],
)
def test_bad_answers_end_with_two_and_one_clear_line(command, capsys, argv, said):
    assert command(*argv, "--json") == 2
    heard = capsys.readouterr()
    assert (heard.out, heard.err) == ("", said)


def test_the_list_in_json_names_what_score_answers(command, capsys):
    assert command("instruments", "--json") == 0
    listed = json.loads(capsys.readouterr().out)["instruments"]
    assert [each["instrument"] for each in listed] == list(load_catalogue().codes())
    bell = next(each for each in listed if each["instrument"] == "bell")
    assert bell["items"] == [{"item": "1", "minimum": 0, "maximum": 100, "step": 10}]
    assert bell["scales"][0]["scale"] == "score"
    assert (bell["scales"][0]["minimum"], bell["scales"][0]["maximum"], bell["scales"][0]["better"]) == (
        0,
        100,
        "higher",
    )


def test_the_list_for_people(command, capsys):
    assert command("instruments") == 0
    assert "fss9 1: Fatigue Severity Scale (mean)\n" in capsys.readouterr().out


def test_a_clinics_pack_is_at_hand_and_a_bad_one_is_named(command, capsys, tmp_path):
    packs = tmp_path / "packs"
    packs.mkdir()
    (packs / "bad.toml").write_text('code = "bad"')
    assert command("score", "fss9", "--answers", "1=1") == 2
    assert capsys.readouterr().err == "bad.toml: version: is missing\n"


def test_the_manual_is_written(command, tmp_path):
    assert command("scoring-manual", str(tmp_path / "manual")) == 0
    assert (tmp_path / "manual" / "fss9.md").read_text().count("\n") > 30
