import argparse
import csv
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outcomes.cli import analyse
from tests.change.making import REFERENCE

HEADER = "patient,time,score,arm\n"
COLUMNS = ["--patient", "patient", "--time", "time", "--score", "score", "--better", "lower"]
CLAUS = ["--patient", "id", "--time", "time", "--score", "hamd", "--better", "lower", "--at", "4"]


@pytest.fixture
def command(tmp_path, capsys):
    """Run the command on a text; give its exit code and what it printed on both channels."""

    def run(text, *options, columns=COLUMNS):
        file = tmp_path / "scores.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return run_on(file, *columns, *options)

    def run_on(file, *options):
        parser = argparse.ArgumentParser()
        analyse.add_commands(parser.add_subparsers())
        arguments = parser.parse_args(["analyse", str(file), *options])
        code = arguments.run(arguments, None)
        return code, *capsys.readouterr()

    run.on = run_on
    return run


def report(outcome):
    code, out, err = outcome
    assert (code, err) == (0, "")
    return json.loads(out)


TABLE = HEADER + "".join(
    f"{name},{time},{30 - slope * time + wobble},{arm}\n"
    for name, arm, slope in [("a", "x", 1), ("b", "x", 2), ("c", "x", 4), ("d", "y", 1), ("e", "y", 0), ("f", "y", 2)]
    for time, wobble in enumerate([0, 2, -1, 1])
)


def test_it_prints_the_object_that_was_promised(command):
    found = report(command(TABLE, "--json", "--sem", "2", "--arm", "arm", "--control", "y"))
    keys = ["patients", "scores", "skipped_rows", "model", "change", "cohort", "comparison", "warnings"]
    assert list(found) == keys
    assert list(found["model"]) == [
        "kind",
        "converged",
        "singular",
        "reml_criterion",
        "fixed",
        "variance",
        "individual",
    ]
    assert {name: set(part) for name, part in found["model"]["fixed"].items()} == {
        "intercept": {"estimate", "se"},
        "change": {"estimate", "se"},
    }
    assert set(found["model"]["variance"]) == {"intercept", "change", "covariance", "residual"}
    assert set(found["model"]["individual"][0]) == {"patient", "intercept", "change", "change_se"}
    assert set(found["change"][0]) == {"patient", "baseline", "follow_up", "change", "index", "verdict"}
    assert list(found["cohort"]) == ["n", "mean_change", "sd_change", "better", "unchanged", "worse", "missing"]
    assert list(found["comparison"]) == ["sd_individual_response", "ci95", "ln_vr", "ln_vr_se"]
    assert found["model"]["kind"] == "slope"


def test_post_from_makes_the_model_before_and_after(command):
    assert report(command(TABLE, "--json", "--post-from", "2"))["model"]["kind"] == "pre-post"


def test_sd_and_reliability_give_the_error(command):
    one = report(command(TABLE, "--json", "--sd", "4", "--reliability", "0.75"))["change"]
    other = report(command(TABLE, "--json", "--sem", "2"))["change"]
    assert one == other


ANSWERS = {
    "sleepstudy": ("sleepstudy.csv", ["Subject", "Days", "Reaction"], []),
    "orthodont": ("orthodont.csv", ["Subject", "age0", "distance"], []),
    "claus_hamd_prepost": ("claus_2020.csv", ["id", "time", "hamd"], ["--post-from", "2"]),
}


@pytest.mark.skipif(not REFERENCE.is_dir(), reason=f"no reference data in {REFERENCE}")
@pytest.mark.parametrize("name", ANSWERS)
def test_the_command_gives_lme4s_answers(command, name):
    file, columns, options = ANSWERS[name]
    answer = json.loads((REFERENCE / f"{name}_lme4.json").read_text())
    patient, time, score = columns
    chosen = ["--patient", patient, "--time", time, "--score", score, "--better", "lower", "--json", *options]
    found = report(command.on(REFERENCE / file, *chosen))["model"]
    assert found["converged"]
    assert found["singular"] is answer["singular"]
    assert found["reml_criterion"] == pytest.approx(answer["REMLcrit"], rel=1e-6)
    fixed = [found["fixed"][part]["estimate"] for part in ("intercept", "change")]
    assert fixed == pytest.approx(list(answer["fixef"].values()), rel=1e-6)
    errors = [found["fixed"][part]["se"] for part in ("intercept", "change")]
    assert errors == pytest.approx(list(answer["se_fixef"].values()), rel=1e-5)
    variances = [found["variance"][part] for part in ("intercept", "change", "covariance", "residual")]
    assert variances == pytest.approx([row["vcov"] for row in answer["varcorr"]], rel=1e-4)


@pytest.mark.skipif(not REFERENCE.is_dir(), reason=f"no reference data in {REFERENCE}")
def test_the_command_gives_the_published_indices(command):
    """Jacobson and Truax' index of the 40 people with a first and a last visit; SD of their first scores."""
    with (REFERENCE / "claus_2020.csv").open(newline="") as file:
        first = {row["id"]: float(row["hamd"]) for row in csv.DictReader(file) if float(row["time"]) == 1}
    found = report(command.on(REFERENCE / "claus_2020.csv", *CLAUS, "--json", "--sem", "1"))["change"]
    known = [row for row in found if row["change"] is not None]
    mean = sum(first[row["patient"]] for row in known) / len(known)
    sd = (sum((first[row["patient"]] - mean) ** 2 for row in known) / (len(known) - 1)) ** 0.5
    options = ["--json", "--sd", repr(sd), "--reliability", "0.8"]
    found = {
        row["patient"]: row for row in report(command.on(REFERENCE / "claus_2020.csv", *CLAUS, *options))["change"]
    }
    with (REFERENCE / "claus_hamd_expected_rci.csv").open(newline="") as file:
        expected = {row["id"]: float(row["rci"]) for row in csv.DictReader(file) if row["method"] == "JT"}
    assert len(expected) == 40
    for name, value in expected.items():
        assert found[f"{name}.0"]["index"] == pytest.approx(value, abs=1e-9)


# files as they come


def test_empty_cells_and_na_are_missing(command):
    found = report(command(HEADER + "a,0,30,\na,1,,\nb,0,NA,x\nb,1,20,x\n,,,\n\nc,0,4,\n", "--json"))
    assert (found["patients"], found["scores"], found["skipped_rows"]) == (3, 3, 2)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + TABLE,
        TABLE.replace("\n", "\r\n"),
        TABLE.replace(",", ";"),
        TABLE.replace(",", "\t"),
        TABLE.replace("time", " time "),
        "\n\n" + TABLE,
        TABLE.replace("patient", '"patient"'),
    ],
)
def test_files_may_come_from_any_spreadsheet(command, text):
    assert report(command(text, "--json")) == report(command(TABLE, "--json"))


@pytest.mark.parametrize("name", ["007", " 7", "Ağaç ışık", "1e3", "a;b", '"quoted, name"'])
def test_identifiers_come_back_as_they_were(command, name):
    text = TABLE.replace("\na,", f"\n{name},")
    named = name.strip('"')
    assert report(command(text, "--json"))["change"][0]["patient"] == named


def test_without_json_it_speaks_to_people(command):
    code, out, _ = command(TABLE, "--sem", "2", "--arm", "arm", "--control", "y")
    assert code == 0
    assert "6 patients, 24 scores" in out
    assert "beyond usual variation" in out
    assert "few_people" in out


# refusals: exit code 2 and one line


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", [], "empty"),
        ("\n \n", [], "empty"),
        (HEADER, [], "no score"),
        ("patient,time,points\na,0,1\n", [], "column 'score' is missing"),
        ("patient,time,score,score\na,0,1,2\n", [], "there twice"),
        (HEADER + "a,0,thirty,\n", [], "line 2: the score is not a number"),
        (HEADER + "a,0,3,\na,1,nan,\n", [], "line 3: the score is not a number"),
        (HEADER + "a,0,inf,\n", [], "the score is not a number"),
        (HEADER + "a,0,1_0,\n", [], "the score is not a number"),
        (HEADER + 'a,0,"3,5",\n', [], "the score is not a number"),
        (HEADER + "a,pre,3,\n", [], "the time is not a number"),
        (HEADER + "a,,3,\n", [], "without a time"),
        (HEADER + ",0,3,\n", [], "without a patient"),
        (HEADER + "a,0,3,\nb,0,3,\na,0.0,4,\n", [], "line 4: a second score"),
        (HEADER + 'a,0,"3,\n', [], "line 2"),
        (b"patient,time,score\n\xff\xfe,0,1\n", [], "UTF-8"),
        (TABLE, ["--arm", "arm"], "belong together"),
        (TABLE, ["--control", "y"], "belong together"),
        (TABLE, ["--arm", "arm", "--control", "z"], "nobody is in the arm"),
        (TABLE, ["--arm", "group", "--control", "z"], "column 'group' is missing"),
        (TABLE, ["--sd", "4"], "belong together"),
        (TABLE, ["--sd", "4", "--reliability", "1"], "reliability"),
        (TABLE, ["--sd", "4", "--reliability", "0.8", "--sem", "1"], "either"),
        (TABLE, ["--sem", "0"], "--sem must be a positive number"),
        (TABLE, ["--mid", "-1"], "--mid must be a positive number"),
        (TABLE, ["--at", "nan"], "--at must be a number"),
        (TABLE, ["--at", "1", "--post-from", "2"], "before the first time"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(command, text, options, said):
    code, out, err = command(text, *options, "--json")
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_a_file_that_is_not_there_is_said_to_be_so(command, tmp_path):
    code, out, err = command.on(tmp_path / "none.csv", *COLUMNS)
    assert (code, out, err.count("\n")) == (2, "", 1)


CELL = st.one_of(st.sampled_from(["", "NA", "a", "b", "0", "1", "2", "3.5", "-1", "x"]), st.integers(-5, 40).map(str))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELL, CELL, CELL, CELL), max_size=30), st.booleans())
def test_any_table_is_analysed_or_refused(command, rows, split):
    text = HEADER + "".join(",".join(row) + "\n" for row in rows)
    code, out, err = command(text, "--json", "--sem", "2", *(["--post-from", "2"] if split else []))
    assert code in {0, 2}
    if code == 0:
        assert json.loads(out)["patients"] > 0
    else:
        assert err.count("\n") == 1


NUMERIC = st.tuples(st.sampled_from("abcdef"), st.integers(0, 4), st.integers(0, 12))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(NUMERIC, min_size=1, max_size=30, unique_by=lambda row: row[:2]), st.booleans())
def test_any_small_cohort_is_analysed(command, rows, split):
    text = HEADER + "".join(f"{patient},{time},{score},\n" for patient, time, score in rows)
    found = report(command(text, "--json", "--sem", "2", *(["--post-from", "2"] if split else [])))
    cohort = found["cohort"]
    counted = cohort["better"] + cohort["unchanged"] + cohort["worse"]
    assert counted == cohort["n"] <= found["patients"] - cohort["missing"]
